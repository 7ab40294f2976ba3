#include "pianola/audits/model_stability.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/base/statistics.hpp"

namespace pianola {
namespace {

constexpr double kLeastImpulse = 0.01;

void require_fit(const DatasetInfo& data, const TransitionModel& model, const Quantizer& quantizer) {
  const TransitionInfo& info = model.info();
  const std::string who = fmt::format("stability of the transition model '{}'", info.spec);
  if (info.needs_plant) throw UsageError(who + ": it needs the plant, whose own stability is to be audited (--system)");
  if (info.reads_tokens) {
    throw UsageError(who + ": it sees tokens, which no small change of an action moves; train one that sees actions");
  }
  if (info.observation_dim == data.observation_dim && info.action_dim == data.action_dim &&
      quantizer.info().action_dim == data.action_dim) {
    return;
  }
  throw UsageError(
      fmt::format("{}: it is of {} observations and {} actions, dataset '{}' of {} and {}; use the data that it "
                  "was made for",
                  who, info.observation_dim, info.action_dim, data.path, data.observation_dim, data.action_dim));
}

/// What the quantizer makes of a trajectory's first steps; fewer where a chunk is not whole.
std::vector<double> decoded(const Trajectory& t, std::uint64_t id, const Quantizer& quantizer, std::size_t n,
                            const ModelStabilityPlan& plan) {
  const std::size_t m = quantizer.info().action_dim, chunk = quantizer.info().chunk;
  const std::size_t steps = std::min(plan.steps, t.steps) / chunk * chunk;
  std::vector<double> out(steps * m), memory(quantizer.info().memory_size, 0.0);
  const NoiseKey dither = plan.key.child("dither");
  for (std::size_t step = 0; step < steps; step += chunk) {
    const auto h = static_cast<std::uint32_t>(step);
    const CodecContext context{&dither, {&id, 1}, {&h, 1}, memory, std::span(t.observations).subspan(step * n, n)};
    quantizer.quantize(std::span(t.actions).subspan(step * m, chunk * m), context,
                       std::span(out).subspan(step * m, chunk * m));
  }
  return out;
}

/// Lane 0 as recorded, lane i with the action of the i-th chosen step moved; one noise for all, since ids are the same.
class Impulses {
 public:
  Impulses(const TransitionModel& model, const ModelStabilityPlan& plan, double size)
      : plan_(plan),
        size_(size),
        lanes_(plan.impulses + 1),
        n_(model.info().observation_dim),
        m_(model.info().action_dim),
        session_(model.session(lanes_)),
        x_(lanes_ * n_),
        u_(lanes_ * m_) {}

  void roll(std::span<const double> first, std::span<const double> actions, std::uint64_t id, ModelStability& out) {
    const std::size_t steps = actions.size() / m_;
    const std::vector<std::uint64_t> ids(lanes_, id);
    const std::vector<Outcome> running(lanes_, Outcome::running);
    std::vector<std::uint32_t> h(lanes_, 0);
    for (std::size_t i = 0; i < x_.size(); ++i) x_[i] = first[i % n_];
    session_->start(plan_.key, {ids, h, x_, running, nullptr});
    out.gains.resize(std::max(out.gains.size(), steps), 0.0);
    for (std::size_t step = 0; step < steps; ++step) {
      std::ranges::fill(h, static_cast<std::uint32_t>(step));
      for (std::size_t i = 0; i < u_.size(); ++i) u_[i] = actions[step * m_ + i % m_];
      for (std::size_t i = 1; i < lanes_; ++i) {
        if (place(i, steps) == step) move(i, id);
      }
      session_->step({ids, h, {}, u_});
      session_->observe(x_);
      for (std::size_t i = 1; i < lanes_; ++i) {
        if (place(i, steps) <= step) record(i, step - place(i, steps), out);
      }
    }
    out.pairs += plan_.impulses;
  }

 private:
  [[nodiscard]] std::size_t place(std::size_t lane, std::size_t steps) const {
    return (lane - 1) * steps / plan_.impulses;
  }

  void move(std::size_t lane, std::uint64_t id) {
    std::vector<double> direction(m_);
    normals(plan_.key.child("impulse"), id, static_cast<std::uint32_t>(lane), direction);
    double square = 0.0;
    for (const double x : direction) square += x * x;
    for (std::size_t d = 0; d < m_; ++d) u_[lane * m_ + d] += size_ * direction[d] / std::sqrt(square);
  }

  void record(std::size_t lane, std::size_t lag, ModelStability& out) const {
    double square = 0.0;
    for (std::size_t d = 0; d < n_; ++d) square += std::pow(x_[lane * n_ + d] - x_[d], 2);
    if (!std::isfinite(square)) {
      out.diverged += 1;
      return;
    }
    out.gains[lag] = std::max(out.gains[lag], std::sqrt(square) / size_);
  }

  const ModelStabilityPlan& plan_;
  double size_;
  std::size_t lanes_, n_, m_;
  std::unique_ptr<TransitionSession> session_;
  std::vector<double> x_, u_;
};

}  // namespace

ModelStability model_stability(TrajectoryReader& reader, const TransitionModel& model, const Quantizer& quantizer,
                               const ModelStabilityPlan& plan) {
  require_fit(reader.info(), model, quantizer);
  const std::size_t count = std::min(plan.trajectories, reader.size()), m = reader.info().action_dim;
  const std::size_t n = reader.info().observation_dim;
  std::vector<std::vector<double>> starts, actions;
  RunningMean error;
  for (std::size_t i = 0; i < count; ++i) {
    const Trajectory t = reader.read(i);
    actions.push_back(decoded(t, i, quantizer, n, plan));
    starts.emplace_back(t.observations.begin(), t.observations.begin() + static_cast<std::ptrdiff_t>(n));
    std::vector<double> off(actions.back().size());
    action_errors(quantizer, std::span(t.actions).first(off.size()), actions.back(), off);
    for (std::size_t step = 0; step * m < off.size(); ++step) {
      double square = 0.0;
      for (std::size_t d = 0; d < m; ++d) square += off[step * m + d] * off[step * m + d];
      error.add(std::sqrt(square));
    }
  }
  ModelStability out;
  out.impulse = error.mean() > 0.0 ? error.mean() : kLeastImpulse;
  Impulses impulses(model, plan, out.impulse);
  for (std::size_t i = 0; i < count; ++i) {
    throw_if_interrupted();
    if (actions[i].empty()) continue;
    impulses.roll(starts[i], actions[i], i, out);
    ++out.trajectories;
  }
  if (out.trajectories == 0) {
    throw DataError(
        fmt::format("stability of the transition model '{}': dataset '{}' has no trajectory of {} steps, a "
                    "chunk of the quantizer",
                    model.info().spec, reader.info().path, quantizer.info().chunk));
  }
  out.envelope = fit_gain_envelope(out.gains);
  return out;
}

}  // namespace pianola
