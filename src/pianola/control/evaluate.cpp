#include "pianola/control/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/json.hpp"
#include "pianola/control/evaluate_recorder.hpp"
#include "pianola/control/rollout.hpp"

namespace pianola {
namespace {

RolloutPlan rollout_plan(const EvaluatePlan& plan) {
  const Deployment& deployment = plan.deployment;
  if (!deployment.system) throw UsageError("evaluate: there is no system to evaluate on; give one (--system SPEC)");
  if (plan.rollouts == 0) throw UsageError("evaluate: rollouts must be at least 1, but is 0 (--rollouts N)");
  RolloutPlan out;
  out.system = deployment.system;
  if (deployment.expert) out.controllers.push_back(make_controller("expert", deployment));
  for (const auto& spec : plan.controllers) out.controllers.push_back(make_controller(spec, deployment));
  for (const auto& [own, spec] : plan.candidates) out.controllers.push_back(make_controller(spec, own));
  out.key = plan.key;
  out.rollouts = plan.rollouts;
  out.horizon = plan.horizon != 0 ? plan.horizon : deployment.system->info().horizon;
  out.lanes = plan.lanes != 0 ? plan.lanes : balanced_lanes(*deployment.system, plan.rollouts);
  out.progress = plan.progress;
  out.activity = "evaluate";
  return out;
}

Estimate scaled(const Estimate& estimate, double factor) {
  return {estimate.value * factor, estimate.low * factor, estimate.high * factor, estimate.n};
}

ControllerResult result(const ControllerTotals& totals, const ControllerRecipe& recipe, std::uint32_t horizon) {
  ControllerResult out;
  out.name = recipe.spec();
  out.quantizer = recipe.quantizer();
  out.total_return = totals.total_return.estimate();
  out.regret = totals.regret.estimate();
  out.regret_per_step = scaled(out.regret, 1.0 / horizon);
  out.action_error = totals.action_error.estimate();
  if (totals.deviation.count() > 0) out.deviation_bands = totals.deviation.estimates();
  for (const Estimate& band : out.deviation_bands) out.state_deviation_by_step.push_back(band.value);
  out.terminated_fraction = totals.fraction(totals.terminated);
  out.diverged_fraction = totals.fraction(totals.diverged);
  if (const auto* const own = dynamic_cast<const ReportsAuxiliary*>(&recipe)) out.auxiliary = own->auxiliary_report();
  return out;
}

/// Null where there is no auxiliary state; within it what the model has no range for.
nlohmann::ordered_json auxiliary_json(const ControllerResult& controller, std::size_t rollouts) {
  if (!controller.auxiliary) return nullptr;
  const AuxiliaryReport& report = *controller.auxiliary;
  const auto share = [](std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? nlohmann::ordered_json(nullptr)
                      : nlohmann::ordered_json(static_cast<double>(part) / static_cast<double>(whole));
  };
  const bool left = report.has_range && report.first_left != kNever;
  return {{"resyncs_per_step", share(report.resyncs, report.steps)},
          {"left_range_fraction", report.has_range ? share(report.left, rollouts) : nullptr},
          {"left_range_first_step", left ? nlohmann::ordered_json(report.first_left) : nullptr}};
}

nlohmann::ordered_json deviation_json(const ControllerResult& controller) {
  if (controller.state_deviation_by_step.empty()) return nullptr;
  auto out = nlohmann::ordered_json::array();
  for (const double deviation : controller.state_deviation_by_step) out.push_back(number_or_null(deviation));
  return out;
}

nlohmann::ordered_json controller_json(const ControllerResult& controller, std::size_t rollouts) {
  const auto& quantizer = controller.quantizer;
  return {{"name", controller.name},
          {"quantizer", quantizer.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(quantizer)},
          {"return", to_json(controller.total_return)},
          {"regret", to_json(controller.regret)},
          {"regret_per_step", to_json(controller.regret_per_step)},
          {"state_deviation_by_step", deviation_json(controller)},
          {"action_error", to_json(controller.action_error)},
          {"terminated_fraction", controller.terminated_fraction},
          {"diverged_fraction", controller.diverged_fraction},
          {"auxiliary", auxiliary_json(controller, rollouts)}};
}

}  // namespace

Evaluation evaluate(const EvaluatePlan& asked) {
  const RolloutPlan plan = rollout_plan(asked);
  const Expert* const expert = asked.deployment.expert.get();
  EvaluateTotals totals(plan.controllers.size());
  const auto started = std::chrono::steady_clock::now();
  rollout(
      plan,
      [&](const Block&) {
        return std::make_unique<EvaluateRecorder>(plan.key, plan.controllers.size(), plan.horizon, expert);
      },
      [&](Recorder& recorder) { totals.add(static_cast<EvaluateRecorder&>(recorder)); });
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;

  Evaluation out;
  out.system = plan.system->info().spec;
  out.horizon = plan.horizon;
  out.rollouts = plan.rollouts;
  out.has_expert = expert != nullptr;
  out.expert_return = RunningMean{}.estimate();
  if (out.has_expert) {
    const ControllerTotals& reference = totals.controllers.front();
    out.expert_return = reference.total_return.estimate();
    out.expert_terminated_fraction = reference.fraction(reference.terminated);
    out.expert_diverged_fraction = reference.fraction(reference.diverged);
  }
  for (std::size_t c = out.has_expert ? 1 : 0; c < plan.controllers.size(); ++c) {
    out.controllers.push_back(result(totals.controllers[c], *plan.controllers[c], plan.horizon));
  }
  out.steps_per_second = static_cast<double>(totals.steps) / std::max(seconds.count(), 1e-9);
  return out;
}

nlohmann::ordered_json to_json(const Evaluation& evaluation) {
  auto controllers = nlohmann::ordered_json::array();
  for (const auto& controller : evaluation.controllers)
    controllers.push_back(controller_json(controller, evaluation.rollouts));
  const auto of_expert = [&](double fraction) {
    return evaluation.has_expert ? nlohmann::ordered_json(fraction) : nlohmann::ordered_json(nullptr);
  };
  return {{"system", evaluation.system},
          {"horizon", evaluation.horizon},
          {"rollouts", evaluation.rollouts},
          {"expert_return", to_json(evaluation.expert_return)},
          {"expert_terminated_fraction", of_expert(evaluation.expert_terminated_fraction)},
          {"expert_diverged_fraction", of_expert(evaluation.expert_diverged_fraction)},
          {"controllers", std::move(controllers)},
          {"steps_per_second", number_or_null(evaluation.steps_per_second)}};
}

}  // namespace pianola
