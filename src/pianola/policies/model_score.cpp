#include "pianola/policies/model_score.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <span>

#include "pianola/base/dense.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/rows.hpp"

namespace pianola {
namespace {

constexpr std::size_t kLanes = 256;  // transitions judged at a time

/// Some rows of the data as lanes.
struct Lanes {
  std::vector<std::uint64_t> ids;
  std::vector<std::uint32_t> h;
  std::vector<double> states, next, actions;
  std::vector<Token> tokens;
  std::vector<Outcome> outcomes;

  Lanes(const Transitions& data, std::span<const std::size_t> rows) : outcomes(rows.size(), Outcome::running) {
    for (const std::size_t row : rows) {
      ids.push_back(data.trajectory[row]);
      h.push_back(data.h[row]);
      append_row(states, data.states, row, data.observation_dim);
      append_row(next, data.next, row, data.observation_dim);
      append_row(actions, data.actions, row, data.action_dim);
      append_row(tokens, data.tokens, row, data.max_tokens);
    }
  }
  [[nodiscard]] Situation situation() const { return {ids, h, states, outcomes, nullptr}; }
  [[nodiscard]] TokenStep played() const { return {ids, h, tokens, actions}; }
};

std::vector<std::size_t> range(std::size_t begin, std::size_t end) {
  std::vector<std::size_t> out;
  for (std::size_t i = begin; i < end; ++i) out.push_back(i);
  return out;
}

/// First rows of the trajectories, and the end.
std::vector<std::size_t> firsts(const Transitions& data) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (i == 0 || data.trajectory[i] != data.trajectory[i - 1]) out.push_back(i);
  }
  out.push_back(data.size());
  return out;
}

/// Mean of trajectories' means.
Estimate over_trajectories(const std::vector<double>& values, const std::vector<std::size_t>& first) {
  RunningMean mean;
  for (std::size_t t = 0; t + 1 < first.size(); ++t) {
    double sum = 0.0;
    for (std::size_t i = first[t]; i < first[t + 1]; ++i) sum += values[i];
    mean.add(sum / static_cast<double>(first[t + 1] - first[t]));
  }
  return mean.estimate();
}

Calibration calibrate(std::vector<double>& transforms) {
  Calibration out;
  std::ranges::sort(transforms);
  const auto n = static_cast<double>(transforms.size());
  for (std::size_t i = 0; i < transforms.size(); ++i) {
    const double u = transforms[i];
    ++out.counts[std::min(Calibration::kBins - 1,
                          static_cast<std::size_t>(u * static_cast<double>(Calibration::kBins)))];
    out.deviation = std::max({out.deviation, u - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - u});
  }
  return out;
}

/// Asks the model about every row: ask(session, lanes, out) fills `width` numbers of each. Empty if it knows none, or
/// not all are numbers.
template <class Ask>
std::vector<double> asked(const TransitionModel& model, const Transitions& data, std::size_t width, const Ask& ask) {
  std::vector<double> out(data.size() * width);
  for (std::size_t begin = 0; begin < data.size(); begin += kLanes) {
    const Lanes lanes(data, range(begin, std::min(begin + kLanes, data.size())));
    const auto session = model.session(lanes.ids.size());
    session->start(NoiseKey(), lanes.situation());
    if (!ask(*session, lanes, std::span(out).subspan(begin * width, lanes.ids.size() * width))) return {};
  }
  if (std::ranges::any_of(out, [](double x) { return std::isnan(x); })) return {};
  return out;
}

std::vector<Calibration> calibration(const TransitionModel& model, const Transitions& data) {
  const std::size_t dim = data.observation_dim;
  const auto transforms =
      asked(model, data, dim, [](TransitionSession& session, const Lanes& lanes, std::span<double> out) {
        return session.integral_transform(lanes.played(), lanes.next, out);
      });
  std::vector<Calibration> out;
  for (std::size_t d = 0; !transforms.empty() && d < dim; ++d) {
    std::vector<double> column;
    for (std::size_t i = 0; i < data.size(); ++i) column.push_back(transforms[i * dim + d]);
    out.push_back(calibrate(column));
  }
  return out;
}

/// Log-loss of one state's tokens.
class TokenLoss {
 public:
  explicit TokenLoss(const Policy& policy)
      : vocabularies_(policy.info().vocabularies), session_(policy.session(1)), previous_(1) {}

  double of(std::span<const double> state, const TokenStep& step) {
    seen_.assign(state.begin(), state.end());
    session_->begin({step.ids, step.h, state, outcomes_, nullptr}, seen_);
    double sum = 0.0;
    for (std::size_t p = 0; p < vocabularies_.size(); ++p) {
      logits_.resize(vocabularies_[p]);
      session_->logits(previous_, logits_);
      previous_[0] = step.tokens[p];
      sum += log_sum_exp(logits_) - static_cast<double>(logits_[previous_[0]]);
    }
    return sum;
  }

 private:
  const std::vector<std::uint32_t>& vocabularies_;
  std::unique_ptr<PolicySession> session_;
  std::vector<Token> previous_;
  std::vector<Outcome> outcomes_{Outcome::running};
  std::vector<float> seen_, logits_;
};

/// What is summed by step: a number for each of DriftStep's estimates.
enum Quantity { kModel, kHeld, kLossModel, kLossHeld, kLossReal, kQuantities };

/// Sums of one trajectory, [horizon] each.
struct TrajectoryDrift {
  explicit TrajectoryDrift(std::size_t horizon) {
    for (auto& one : sums) one.resize(horizon);
    for (auto& one : counts) one.resize(horizon);
  }
  void add(Quantity quantity, std::size_t j, double value) {
    sums[quantity][j] += value;
    ++counts[quantity][j];
  }
  std::array<std::vector<double>, kQuantities> sums;
  std::array<std::vector<std::size_t>, kQuantities> counts;
};

/// Rows of one trajectory from each of whose starts x̃ is rolled: unbroken stretches of at most `horizon` steps.
std::vector<std::vector<std::size_t>> stretches(const Transitions& data, std::size_t begin, std::size_t end,
                                                std::size_t horizon) {
  std::vector<std::vector<std::size_t>> out;
  for (std::size_t i = begin; i < end; ++i) {
    const bool follows = i > begin && data.h[i] == data.h[i - 1] + 1 && !out.empty() && out.back().size() < horizon;
    if (!follows) out.emplace_back();
    out.back().push_back(i);
  }
  return out;
}

class DriftMeter {
 public:
  DriftMeter(const TransitionModel& model, const Transitions& data, const ScoreOptions& options)
      : model_(model), data_(data), options_(options) {
    if (options.policy != nullptr) loss_.emplace(*options.policy);
  }

  TrajectoryDrift trajectory(std::size_t begin, std::size_t end) {
    TrajectoryDrift out(options_.horizon);
    for (const auto& rows : stretches(data_, begin, end, options_.horizon)) roll(rows, out);
    return out;
  }
  [[nodiscard]] double left() const {
    return rolls_ == 0 ? 0.0 : static_cast<double>(left_) / static_cast<double>(rolls_);
  }

 private:
  void roll(const std::vector<std::size_t>& rows, TrajectoryDrift& out) {
    const auto session = model_.session(1);
    const ObservationGeometry& geometry = model_.info().geometry;
    session->start(options_.key, Lanes(data_, std::span(rows).first(1)).situation());
    const auto held = std::span(data_.states).subspan(rows.front() * data_.observation_dim, data_.observation_dim);
    std::vector<double> imagined(data_.observation_dim);
    for (std::size_t j = 0; j < rows.size(); ++j) {
      const Lanes lane(data_, std::span(rows).subspan(j, 1));
      if (j > 0 && loss_) add_losses(lane, imagined, held, j - 1, out);
      session->step(lane.played());
      session->observe(imagined);
      out.add(kModel, j, observation_distance(geometry, imagined, lane.next));
      out.add(kHeld, j, observation_distance(geometry, held, lane.next));
    }
    ++rolls_;
    const auto left = session->left_range();
    left_ += !left.empty() && left[0] != kNever ? 1 : 0;
  }

  void add_losses(const Lanes& lane, std::span<const double> imagined, std::span<const double> held, std::size_t j,
                  TrajectoryDrift& out) {
    out.add(kLossModel, j, loss_->of(imagined, lane.played()));
    out.add(kLossHeld, j, loss_->of(held, lane.played()));
    out.add(kLossReal, j, loss_->of(lane.states, lane.played()));
  }

  const TransitionModel& model_;
  const Transitions& data_;
  const ScoreOptions& options_;
  std::optional<TokenLoss> loss_;
  std::size_t rolls_ = 0, left_ = 0;
};

/// 1, 2, 4, … and the horizon.
std::vector<std::size_t> reported_steps(std::size_t horizon) {
  std::vector<std::size_t> out;
  for (std::size_t step = 1; step < horizon; step *= 2) out.push_back(step);
  out.push_back(horizon);
  return out;
}

void measure_drift(const TransitionModel& model, const Transitions& data, const ScoreOptions& options,
                   ModelScore& score) {
  const auto first = firsts(data);
  std::array<std::vector<RunningMean>, kQuantities> means;
  for (auto& one : means) one.resize(options.horizon);
  DriftMeter meter(model, data, options);
  for (std::size_t t = 0; t + 1 < first.size(); ++t) {
    const TrajectoryDrift drift = meter.trajectory(first[t], first[t + 1]);
    for (std::size_t q = 0; q < kQuantities; ++q) {
      for (std::size_t j = 0; j < options.horizon; ++j) {
        const auto count = static_cast<double>(drift.counts[q][j]);
        if (count > 0.0) means[q][j].add(drift.sums[q][j] / count);
      }
    }
  }
  for (const std::size_t step : reported_steps(options.horizon)) {
    const auto at = [&](Quantity q) { return means[q][step - 1].estimate(); };
    if (at(kModel).n == 0) break;
    score.drift.push_back({step, at(kModel), at(kHeld), at(kLossModel), at(kLossHeld), at(kLossReal)});
  }
  score.left_range = meter.left();
}

void check(const TransitionModel& model, const Transitions& data) {
  if (model.info().needs_plant) {
    throw UsageError(fmt::format("model score: the model '{}' needs a plant, which data have not; score a learned one",
                                 model.info().spec));
  }
  if (data.size() == 0) throw UsageError("model score: there is no transition; give at least one");
}

}  // namespace

bool loss_can_be_scored(const Policy& policy, const Quantizer& quantizer) {
  return policy.info().history == 1 && quantizer.info().chunk == 1 && quantizer.info().fixed_length;
}

Estimate log_likelihood(const TransitionModel& model, const Transitions& data) {
  check(model, data);
  const auto densities =
      asked(model, data, 1, [](TransitionSession& session, const Lanes& lanes, std::span<double> out) {
        return session.log_density(lanes.played(), lanes.next, out);
      });
  return densities.empty() ? RunningMean{}.estimate() : over_trajectories(densities, firsts(data));
}

ModelScore score_model(const TransitionModel& model, const Transitions& data, const ScoreOptions& options) {
  check(model, data);
  if (options.horizon == 0) throw UsageError("model score: horizon must be at least 1, but is 0");
  ModelScore score;
  score.transitions = data.size();
  score.trajectories = firsts(data).size() - 1;
  score.log_likelihood = log_likelihood(model, data);
  score.calibration = calibration(model, data);
  measure_drift(model, data, options, score);
  return score;
}

}  // namespace pianola
