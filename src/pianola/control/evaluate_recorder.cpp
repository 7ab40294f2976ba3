#include "pianola/control/evaluate_recorder.hpp"

#include <algorithm>
#include <cmath>

namespace pianola {
namespace {

double distance(const double* a, const double* b, std::size_t dim) {
  double sum = 0.0;
  for (std::size_t d = 0; d < dim; ++d) sum += (a[d] - b[d]) * (a[d] - b[d]);
  return std::sqrt(sum);
}

}  // namespace

EvaluateRecorder::EvaluateRecorder(const NoiseKey& key, std::size_t controllers, std::uint32_t horizon,
                                   const Expert* expert)
    : key_(key), horizon_(horizon), expert_(expert), results_(controllers) {}

void EvaluateRecorder::begin(Ids ids) {
  const std::size_t lanes = ids.size();
  seen_ = 0;
  for (std::size_t c = 0; c < results_.size(); ++c) {
    LaneResults& results = results_[c];
    results.total_return.assign(lanes, 0.0);
    results.action_error.assign(lanes, 0.0);
    results.steps.assign(lanes, 0);
    results.errors.assign(lanes, 0);
    results.outcome.assign(lanes, Outcome::running);
    if (has_expert() && c > 0) results.deviation.resize(lanes * horizon_);
  }
  h_.resize(lanes);
}

void EvaluateRecorder::step(const StepView& view) {
  std::ranges::fill(h_, view.h);
  for (std::size_t c = 0; c < results_.size(); ++c) {
    record(c, view);
    if (has_expert() && c > 0) record_deviation(c, view);
    if (has_action_error() && c > 0) record_error(c, view);
  }
  seen_ = view.h + 1;
}

void EvaluateRecorder::record(std::size_t c, const StepView& view) {
  LaneResults& results = results_[c];
  for (std::size_t lane = 0; lane < view.ids.size(); ++lane) {
    results.total_return[lane] += view.rewards[c][lane];
    results.steps[lane] += view.before[c][lane] == Outcome::running ? 1 : 0;
    results.outcome[lane] = view.after[c][lane];
  }
}

void EvaluateRecorder::record_deviation(std::size_t c, const StepView& view) {
  const std::size_t lanes = view.ids.size(), dim = view.observations[c].size() / lanes;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const double* const own = view.observations[c].data() + lane * dim;
    const double* const expert = view.observations[0].data() + lane * dim;
    results_[c].deviation[lane * horizon_ + view.h] = distance(own, expert, dim);
  }
}

void EvaluateRecorder::record_error(std::size_t c, const StepView& view) {
  const std::size_t lanes = view.ids.size(), dim = view.actions[c].size() / lanes;
  expert_actions_.resize(view.actions[c].size());
  expert_->act(key_, Situation{view.ids, h_, view.observations[c], view.before[c]}, expert_actions_);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    if (view.before[c][lane] != Outcome::running) continue;
    const double error = distance(view.actions[c].data() + lane * dim, expert_actions_.data() + lane * dim, dim);
    if (!std::isfinite(error)) continue;  // one of the actions is none
    results_[c].action_error[lane] += error;
    ++results_[c].errors[lane];
  }
}

void EvaluateRecorder::end() {
  for (LaneResults& results : results_) {
    if (results.deviation.empty() || seen_ == 0) continue;
    for (std::size_t lane = 0; lane < results.steps.size(); ++lane) {  // all frozen since the last view
      const auto row = results.deviation.begin() + static_cast<std::ptrdiff_t>(lane * horizon_);
      std::fill(row + seen_, row + horizon_, row[seen_ - 1]);
    }
  }
}

void EvaluateTotals::add(const EvaluateRecorder& block) {
  for (std::size_t c = 0; c < controllers.size(); ++c) {
    const LaneResults& results = block.lanes()[c];
    const LaneResults& reference = block.lanes()[0];
    ControllerTotals& totals = controllers[c];
    for (std::size_t lane = 0; lane < results.steps.size(); ++lane) {
      totals.total_return.add(results.total_return[lane]);
      steps += results.steps[lane];
      totals.terminated += results.outcome[lane] == Outcome::terminated ? 1 : 0;
      totals.diverged += results.outcome[lane] == Outcome::diverged ? 1 : 0;
      if (!block.has_expert() || c == 0) continue;
      totals.regret.add(reference.total_return[lane] - results.total_return[lane]);
      totals.deviation.add(std::span(results.deviation).subspan(lane * block.horizon(), block.horizon()));
      if (results.errors[lane] > 0) totals.action_error.add(results.action_error[lane] / results.errors[lane]);
    }
  }
}

}  // namespace pianola
