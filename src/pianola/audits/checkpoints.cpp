// Audit: how much of a return is when training stopped. The weights that a run kept on its way
// (policies/run_candidates) are deployed as the audited ones are, all under the same noise; validation loss is known
// not to rank them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/audits/audit.hpp"
#include "pianola/base/json.hpp"
#include "pianola/control/evaluate.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

Evaluation played(const AuditPlan& plan) {
  EvaluatePlan evaluation;
  evaluation.deployment = plan.deployment;
  for (const RunCandidate& candidate : plan.candidates) {
    Deployment deployment = plan.deployment;
    deployment.policy = candidate.policy, deployment.action_policy = candidate.action_policy;
    evaluation.candidates.push_back({std::move(deployment), plan.controller});
  }
  evaluation.key = plan.key, evaluation.rollouts = plan.rollouts, evaluation.horizon = plan.horizon;
  evaluation.progress = plan.progress;
  return evaluate(evaluation);
}

AuditSection run(const AuditPlan& plan, AuditFindings&) {
  AuditSection section;
  if (plan.candidates.size() < 2) {
    section.fields = nullptr;
    section.summary =
        "One set of weights: how much the return depends on when training stopped is not known; audit --run of a run "
        "that kept several on its way (train --candidates) tells.";
    return section;
  }
  const Evaluation evaluation = played(plan);
  RunningMean returns;
  double least = HUGE_VAL, most = -HUGE_VAL;
  Json rows = Json::array();
  XyChart chart;
  section.table = {{"training steps", "return", "regret"}, {}, {true, true, true}};
  for (std::size_t i = 0; i < plan.candidates.size(); ++i) {
    const ControllerResult& result = evaluation.controllers[i];
    const std::uint64_t steps = plan.candidates[i].steps;
    returns.add(result.total_return.value);
    least = std::min(least, result.total_return.value), most = std::max(most, result.total_return.value);
    rows.push_back({{"steps", steps}, {"return", to_json(result.total_return)}, {"regret", to_json(result.regret)}});
    section.table.rows.push_back({format_number(static_cast<double>(steps)), format_plus_minus(result.total_return),
                                  format_plus_minus(result.regret)});
    chart.points.push_back(chart_point("kept weights", static_cast<double>(steps), result.total_return));
  }
  const double spread = std::sqrt(returns.variance());
  section.fields = {{"spread", number_or_null(spread)}, {"range", number_or_null(most - least)}, {"rows", rows}};
  section.summary = fmt::format(
      "Returns of the {} weights that the run kept lie between {} and {} (standard deviation {}), under the same "
      "noise.",
      plan.candidates.size(), format_number(least), format_number(most), format_number(spread, 3));
  section.table_caption = "± is half of the 95 % interval over rollouts.";
  chart.title = "Return by when training stopped";
  chart.x = {.title = "training steps"};
  chart.y = {.title = "return"};
  section.pictures = {{trend_chart(chart),
                       "What differs by more than the intervals is luck of the stopping time, a statistical error that "
                       "neither tokens nor the plant explain."}};
  return section;
}

}  // namespace

AuditEntry audit_entry_checkpoints() { return {"checkpoints", "When training stopped", run, nullptr}; }

}  // namespace pianola
