#include "pianola/control/collect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/base/rows.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/control/rollout.hpp"

namespace pianola {
namespace {

/// The trajectories of one block.
class CollectRecorder final : public Recorder {
 public:
  explicit CollectRecorder(const CollectPlan& plan) : plan_(plan) {}

  [[nodiscard]] bool wants_next_observations() const override { return true; }

  void begin(Ids ids) override {
    for (const std::uint64_t id : ids) trajectories_.emplace_back().name = fmt::format("demo_{}", id);
  }

  void step(const StepView& view) override {
    for (std::size_t lane = 0; lane < view.ids.size(); ++lane) {
      if (view.before[0][lane] != Outcome::running) continue;
      trajectories_[lane].outcome = view.after[0][lane];
      if (view.after[0][lane] != Outcome::diverged) add_row(trajectories_[lane], view, lane);
    }
  }

  void end() override {}

  [[nodiscard]] const std::vector<Trajectory>& trajectories() const { return trajectories_; }

 private:
  void add_row(Trajectory& to, const StepView& view, std::size_t lane) const {
    const SystemInfo& system = plan_.system->info();
    append_row(to.observations, view.observations[0], lane, system.observation_dim);
    append_row(to.actions, view.actions[0], lane, system.action_dim);
    append_row(to.next_observations, view.next_observations[0], lane, system.observation_dim);
    if (plan_.perturb_sigma > 0.0) append_row(to.executed_actions, view.executed[0], lane, system.action_dim);
    to.rewards.push_back(view.rewards[0][lane]);
    to.dones.push_back(view.after[0][lane] == Outcome::terminated ? 1.0 : 0.0);
    if (system.step_seconds > 0.0) to.timestamps.push_back(view.h * system.step_seconds);
    ++to.steps;
  }

  const CollectPlan& plan_;
  std::vector<Trajectory> trajectories_;
};

void check(const CollectPlan& plan) {
  if (!plan.system) throw UsageError("collect: there is no system to collect on; give one (--system SPEC)");
  if (!std::isfinite(plan.perturb_sigma) || plan.perturb_sigma < 0.0) {
    throw UsageError(fmt::format("collect: perturb sigma must be finite and at least 0, but is {} (--perturb sigma=…)",
                                 plan.perturb_sigma));
  }
  if (!(plan.clean >= 0.0 && plan.clean <= 1.0)) {
    throw UsageError(
        fmt::format("collect: the clean fraction must lie in [0, 1], but is {} (--perturb …,clean=0.5)", plan.clean));
  }
}

RolloutPlan rollout_plan(const CollectPlan& plan) {
  RolloutPlan out;
  out.system = plan.system;
  out.controllers.push_back(make_controller("expert", Deployment{plan.system, plan.expert, nullptr, nullptr}));
  out.key = plan.key;
  out.rollouts = plan.trajectories;
  out.horizon = plan.horizon;
  out.lanes = plan.lanes != 0 ? plan.lanes : balanced_lanes(*plan.system, plan.trajectories);
  out.progress = plan.progress;
  out.activity = "collect";
  if (plan.perturb_sigma > 0.0) {
    out.disturb = [&plan, noise = plan.key.child("perturb")](std::uint64_t id, std::uint32_t h,
                                                             std::span<double> action) {
      if (!perturbed(plan, id)) return;
      for (std::size_t d = 0; d < action.size(); ++d) {
        action[d] += plan.perturb_sigma * normal(noise, id, h, static_cast<std::uint32_t>(d));
      }
    };
  }
  return out;
}

void require_steps(const Trajectory& trajectory, const CollectPlan& plan) {
  if (trajectory.steps > 0) return;
  throw UsageError(
      fmt::format("collect: {} diverges in its first step: the expert '{}' has no finite action for the initial state "
                  "of '{}', or one that no state follows; check that it is an expert of this system",
                  trajectory.name, plan.expert->info().spec, plan.system->info().spec));
}

}  // namespace

bool perturbed(const CollectPlan& plan, std::uint64_t i) {
  if (plan.perturb_sigma <= 0.0) return false;
  // The count of noisy trajectories among the first i grows by one here; the margin absorbs rounding of 1 − clean.
  const auto noisy_among = [&](double n) { return std::floor(n * (1.0 - plan.clean) + 1e-9); };
  return noisy_among(static_cast<double>(i) + 1.0) > noisy_among(static_cast<double>(i));
}

Collection collect(const CollectPlan& plan, const std::function<void(const Trajectory&)>& sink) {
  check(plan);
  Collection out;
  RunningMean total_return;
  std::size_t terminated = 0, diverged = 0;
  rollout(
      rollout_plan(plan), [&](const Block&) { return std::make_unique<CollectRecorder>(plan); },
      [&](Recorder& recorder) {
        for (const Trajectory& trajectory : static_cast<CollectRecorder&>(recorder).trajectories()) {
          require_steps(trajectory, plan);
          sink(trajectory);
          double sum = 0.0;
          for (const double reward : trajectory.rewards) sum += reward;
          total_return.add(sum);
          terminated += trajectory.outcome == Outcome::terminated ? 1 : 0;
          diverged += trajectory.outcome == Outcome::diverged ? 1 : 0;
          out.steps += trajectory.steps;
          ++out.trajectories;
        }
      });
  out.total_return = total_return.estimate();
  if (out.trajectories > 0) {
    const auto n = static_cast<double>(out.trajectories);
    out.terminated_fraction = static_cast<double>(terminated) / n;
    out.diverged_fraction = static_cast<double>(diverged) / n;
  }
  return out;
}

DatasetInfo collected_info(const CollectPlan& plan) {
  check(plan);
  const SystemInfo& system = plan.system->info();
  DatasetInfo out;
  out.observation_dim = system.observation_dim;
  out.action_dim = system.action_dim;
  out.action_kinds = system.action_kinds;
  if (system.action_range.finite()) out.action_range = system.action_range;
  out.attributes["system"] = system.spec;
  if (plan.expert) out.attributes["expert"] = plan.expert->info().spec;
  if (!system.simulator.empty()) out.attributes["simulator"] = system.simulator;
  out.attributes["seed"] = std::to_string(plan.key.value());
  out.attributes["horizon"] = std::to_string(plan.horizon != 0 ? plan.horizon : system.horizon);
  if (plan.perturb_sigma > 0.0) {
    out.attributes["perturb"] =
        "sigma=" + spec_detail::format_value(plan.perturb_sigma) + ",clean=" + spec_detail::format_value(plan.clean);
  }
  return out;
}

}  // namespace pianola
