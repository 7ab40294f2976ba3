#include "pianola/audits/open_loop_drift.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/policies/recorded_history.hpp"

namespace pianola {
namespace {

constexpr std::size_t kLanes = 64;

double norm(std::span<const double> v) {
  double square = 0.0;
  for (const double x : v) square += x * x;
  return std::sqrt(square);
}

void require_fit(const DatasetInfo& data, const Policy& policy, const Quantizer& quantizer) {
  const PolicyInfo& sees = policy.info();
  if (quantizer.info().memory_size > 0) {
    throw UsageError("open-loop drift: the quantizer has a moving scale; only the closed loop says what it costs");
  }
  if (data.observation_dim != sees.observation_dim || data.action_dim != quantizer.info().action_dim) {
    throw UsageError(fmt::format(
        "open-loop drift: dataset '{}' has {} observations and {} action dimensions, but the policy sees {} and plays "
        "{}; use data of the robot that it was trained for (--observation says which fields it observes)",
        data.path, data.observation_dim, data.action_dim, sees.observation_dim, quantizer.info().action_dim));
  }
}

/// The policy's decisions of one trajectory.
class Decisions {
 public:
  Decisions(const Policy& policy, const Quantizer& quantizer, const DecodeOptions& options, const NoiseKey& key)
      : policy_(policy),
        quantizer_(quantizer),
        key_(key),
        decoder_(policy, quantizer, options, kLanes),
        chunk_(quantizer.info().chunk),
        m_(quantizer.info().action_dim),
        n_(policy.info().observation_dim),
        width_(quantizer.info().max_tokens) {}

  /// actions: [count × chunk × m], tokens, wanted: [count × max_tokens], of steps 0 … count − 1.
  std::vector<double> actions;
  std::vector<Token> tokens, wanted;

  void decide(const Trajectory& t, std::uint64_t id) {
    const std::size_t count = t.steps - chunk_ + 1;
    actions.resize(count * chunk_ * m_), tokens.resize(count * width_), wanted.resize(count * width_);
    for (std::size_t first = 0; first < count; first += kLanes) {
      throw_if_interrupted();
      batch(t, id, first, std::min(kLanes, count - first));
    }
  }

 private:
  void batch(const Trajectory& t, std::uint64_t id, std::size_t first, std::size_t lanes) {
    gather(t, id, first, lanes);
    const std::vector<Outcome> outcomes(kLanes, Outcome::running);
    decided_.resize(kLanes * chunk_ * m_), played_.assign(kLanes * width_, 0), scores_.resize(kLanes * width_);
    decoder_.decide(key_, {ids_, h_, rows_, outcomes}, histories_, decided_, played_, scores_);
    data_.assign(kLanes * width_, 0), lengths_.assign(kLanes, 0);
    const NoiseKey dither = key_.child("dither");
    quantizer_.encode(chunks_, {&dither, ids_, h_, {}, rows_}, {data_, lengths_});
    std::copy_n(decided_.begin(), lanes * chunk_ * m_, &actions[first * chunk_ * m_]);
    std::copy_n(played_.begin(), lanes * width_, &tokens[first * width_]);
    for (std::size_t i = 0; i < lanes * width_; ++i) {
      wanted[first * width_ + i] = i % width_ < lengths_[i / width_] ? data_[i] : 0;
    }
  }

  /// Lanes beyond the last step see the last one again.
  void gather(const Trajectory& t, std::uint64_t id, std::size_t first, std::size_t lanes) {
    const std::size_t back = policy_.info().history;
    ids_.assign(kLanes, id), h_.resize(kLanes), rows_.resize(kLanes * n_);
    histories_.resize(kLanes * back * n_), chunks_.resize(kLanes * chunk_ * m_);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const std::size_t step = first + std::min(lane, lanes - 1);
      h_[lane] = static_cast<std::uint32_t>(step);
      std::copy_n(&t.observations[step * n_], n_, &rows_[lane * n_]);
      for (std::size_t i = 0; i < chunk_ * m_; ++i) {
        chunks_[lane * chunk_ * m_ + i] = static_cast<float>(t.actions[step * m_ + i]);
      }
      recorded_history(t.observations, step, policy_.info(),
                       std::span(histories_).subspan(lane * back * n_, back * n_));
    }
  }

  const Policy& policy_;
  const Quantizer& quantizer_;
  NoiseKey key_;
  Decoder decoder_;
  std::size_t chunk_, m_, n_, width_;
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint32_t> h_, lengths_;
  std::vector<float> histories_, chunks_, scores_;
  std::vector<double> rows_, decided_;
  std::vector<Token> played_, data_;
};

class Tally {
 public:
  explicit Tally(const Quantizer& quantizer)
      : quantizer_(quantizer),
        chunk_(quantizer.info().chunk),
        m_(quantizer.info().action_dim),
        width_(quantizer.info().max_tokens),
        by_lookahead_(chunk_) {}

  void add(const Trajectory& t, const Decisions& decisions) {
    const std::size_t count = t.steps - chunk_ + 1;
    std::vector<double> drift(m_, 0.0), error(chunk_ * m_);
    RunningMean mean, repeating, wrong, repeats, data_repeats;
    std::vector<RunningMean> lookahead(chunk_);
    for (std::size_t h = 0; h < count; ++h) {
      action_errors(quantizer_, std::span(t.actions).subspan(h * m_, chunk_ * m_),
                    std::span(decisions.actions).subspan(h * chunk_ * m_, chunk_ * m_), error);
      for (std::size_t j = 0; j < chunk_; ++j) lookahead[j].add(norm(std::span(error).subspan(j * m_, m_)));
      const double first = norm(std::span(error).first(m_));
      mean.add(first);
      for (std::size_t d = 0; d < m_; ++d) drift[d] += error[d];
      add_step(h, first, norm(drift));
      wrong.add(same(decisions.tokens, decisions.wanted, h, h) ? 0.0 : 1.0);
      if (h == 0) continue;
      repeating.add(norm_of_change(t, h));
      repeats.add(same(decisions.tokens, decisions.tokens, h, h - 1) ? 1.0 : 0.0);
      data_repeats.add(same(decisions.wanted, decisions.wanted, h, h - 1) ? 1.0 : 0.0);
    }
    error_.add(mean.mean()), token_error_.add(wrong.mean());
    if (count > 1)
      repeating_.add(repeating.mean()), repeats_.add(repeats.mean()), data_repeats_.add(data_repeats.mean());
    for (std::size_t j = 0; j < chunk_; ++j) by_lookahead_[j].add(lookahead[j].mean());
    ++out_.trajectories;
    out_.decisions += count;
  }

  OpenLoopDrift finish() {
    const auto estimates = [](const std::vector<RunningMean>& means) {
      std::vector<Estimate> out;
      out.reserve(means.size());
      for (const RunningMean& mean : means) out.push_back(mean.estimate());
      return out;
    };
    out_.error = error_.estimate(), out_.repeating_error = repeating_.estimate();
    out_.error_by_step = estimates(by_step_), out_.drift_by_step = estimates(drift_);
    out_.error_by_lookahead = estimates(by_lookahead_);
    out_.token_error = token_error_.estimate();
    out_.repeat_rate = repeats_.estimate(), out_.repeat_rate_of_data = data_repeats_.estimate();
    return out_;
  }

 private:
  void add_step(std::size_t h, double error, double drift) {
    if (h == by_step_.size()) by_step_.emplace_back(), drift_.emplace_back();
    by_step_[h].add(error), drift_[h].add(drift);
  }
  [[nodiscard]] bool same(const std::vector<Token>& a, const std::vector<Token>& b, std::size_t i,
                          std::size_t j) const {
    return std::equal(&a[i * width_], &a[i * width_] + width_, &b[j * width_]);
  }
  [[nodiscard]] double norm_of_change(const Trajectory& t, std::size_t h) const {
    double square = 0.0;
    for (std::size_t d = 0; d < m_; ++d) {
      const double change = t.actions[h * m_ + d] - t.actions[(h - 1) * m_ + d];
      square += change * change;
    }
    return std::sqrt(square);
  }

  const Quantizer& quantizer_;
  std::size_t chunk_, m_, width_;
  RunningMean error_, repeating_, token_error_, repeats_, data_repeats_;
  std::vector<RunningMean> by_step_, by_lookahead_, drift_;
  OpenLoopDrift out_;
};

}  // namespace

OpenLoopDrift open_loop_drift(TrajectoryReader& reader, const Policy& policy, const Quantizer& quantizer,
                              const DecodeOptions& options, const NoiseKey& key) {
  require_fit(reader.info(), policy, quantizer);
  Decisions decisions(policy, quantizer, options, key);
  Tally tally(quantizer);
  for (std::size_t i = 0; i < reader.size(); ++i) {
    if (reader.steps(i) < quantizer.info().chunk) continue;
    const Trajectory t = reader.read(i);
    decisions.decide(t, i);
    tally.add(t, decisions);
  }
  OpenLoopDrift drift = tally.finish();
  if (drift.trajectories == 0) {
    throw DataError(fmt::format("open-loop drift: dataset '{}' has no trajectory of {} steps, a chunk of the policy",
                                reader.info().path, quantizer.info().chunk));
  }
  return drift;
}

}  // namespace pianola
