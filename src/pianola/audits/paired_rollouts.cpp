#include "pianola/audits/paired_rollouts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pianola/control/rollout.hpp"

namespace pianola {
namespace {

/// ‖a − b‖ of each row; a, b: [rows × dim].
void distances(std::span<const double> a, std::span<const double> b, std::size_t dim, std::span<double> out) {
  if (dim == 1) {  // all rows at once
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::abs(a[i] - b[i]);
    return;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    double sum = 0.0;
    for (std::size_t d = i * dim; d < (i + 1) * dim; ++d) sum += (a[d] - b[d]) * (a[d] - b[d]);
    out[i] = std::sqrt(sum);
  }
}

class PairedRecorder final : public Recorder {
 public:
  PairedRecorder(const PairedRolloutPlan& plan, std::size_t controllers)
      : plan_(plan), rewards_(controllers), deviations_(controllers), errors_(controllers), outcomes_(controllers) {}

  void begin(Ids ids) override {
    ids_.assign(ids.begin(), ids.end());
    seen_ = 0;
    h_.assign(ids.size(), 0);
    distances_.resize(ids.size());
    for (std::size_t c = 0; c < rewards_.size(); ++c) {
      rewards_[c].assign(ids.size() * plan_.horizon, 0.0);
      deviations_[c].assign(ids.size() * plan_.horizon, 0.0);
      errors_[c].assign(ids.size(), {});
      outcomes_[c].assign(ids.size(), Outcome::running);
    }
  }

  void step(const StepView& view) override {
    std::ranges::fill(h_, view.h);
    for (std::size_t c = 0; c < rewards_.size(); ++c) {
      distances(view.observations[c], view.observations[0], view.observations[c].size() / ids_.size(), distances_);
      double *reward = &rewards_[c][view.h], *deviation = &deviations_[c][view.h];
      for (std::size_t lane = 0; lane < ids_.size(); ++lane) {
        reward[lane * plan_.horizon] = view.rewards[c][lane];
        deviation[lane * plan_.horizon] = distances_[lane];
      }
      std::ranges::copy(view.after[c], outcomes_[c].begin());
      if (c > 0 && !plan_.plant.expert->info().needs_plant) record_errors(c, view);
    }
    seen_ = view.h + 1;
  }

  void end() override {
    for (auto& rows : deviations_) {  // all frozen since the last view
      for (std::size_t lane = 0; lane < ids_.size() && seen_ > 0; ++lane) {
        const auto row = rows.begin() + static_cast<std::ptrdiff_t>(lane * plan_.horizon);
        std::fill(row + seen_, row + plan_.horizon, row[seen_ - 1]);
      }
    }
  }

  void visit(const std::function<void(const PairedRollout&)>& visit) const {
    std::vector<PlayedRollout> played(rewards_.size());
    for (std::size_t lane = 0; lane < ids_.size(); ++lane) {
      for (std::size_t c = 0; c < played.size(); ++c) played[c] = of(c, lane);
      visit({ids_[lane], played});
    }
  }

 private:
  struct Errors {
    double sum = 0.0;
    std::size_t steps = 0;
  };

  void record_errors(std::size_t c, const StepView& view) {
    const std::size_t dim = view.actions[c].size() / ids_.size();
    expert_actions_.resize(view.actions[c].size());
    plan_.plant.expert->act(plan_.key, Situation{view.ids, h_, view.observations[c], view.before[c]}, expert_actions_);
    distances(view.actions[c], expert_actions_, dim, distances_);
    for (std::size_t lane = 0; lane < ids_.size(); ++lane) {
      if (view.before[c][lane] != Outcome::running || !std::isfinite(distances_[lane])) continue;
      errors_[c][lane].sum += distances_[lane];
      ++errors_[c][lane].steps;
    }
  }

  [[nodiscard]] PlayedRollout of(std::size_t c, std::size_t lane) const {
    const std::size_t row = lane * plan_.horizon;
    PlayedRollout out;
    out.rewards = {&rewards_[c][row], plan_.horizon};
    out.deviations = {&deviations_[c][row], plan_.horizon};
    for (const double reward : out.rewards) out.total_return += reward;
    const Errors& errors = errors_[c][lane];
    out.action_error =
        errors.steps > 0 ? errors.sum / static_cast<double>(errors.steps) : std::numeric_limits<double>::quiet_NaN();
    out.outcome = outcomes_[c][lane];
    return out;
  }

  const PairedRolloutPlan& plan_;
  std::uint32_t seen_ = 0;
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint32_t> h_;
  // Each indexed by controller, the expert first:
  std::vector<std::vector<double>> rewards_, deviations_;  // [lanes × H]
  std::vector<std::vector<Errors>> errors_;
  std::vector<std::vector<Outcome>> outcomes_;
  std::vector<double> expert_actions_, distances_;
};

}  // namespace

void paired_rollouts(const PairedRolloutPlan& plan, const std::function<void(const PairedRollout&)>& visit) {
  RolloutPlan rollouts;
  rollouts.system = plan.plant.system;
  rollouts.controllers.push_back(make_controller("expert", plan.plant));
  rollouts.controllers.insert(rollouts.controllers.end(), plan.controllers.begin(), plan.controllers.end());
  static_cast<RolloutSet&>(rollouts) = plan;
  rollouts.lanes = balanced_lanes(*plan.plant.system, plan.rollouts);
  const std::size_t controllers = rollouts.controllers.size();
  rollout(
      rollouts, [&](const Block&) { return std::make_unique<PairedRecorder>(plan, controllers); },
      [&](Recorder& recorder) { static_cast<PairedRecorder&>(recorder).visit(visit); });
}

}  // namespace pianola
