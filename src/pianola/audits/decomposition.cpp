// Audit: where the regret comes from (docs/theory.md §8), exact in simulation, rollouts paired under shared noise:
//
//   J(π*) − J(π̂) = [J(π*) − J(q#π*)]  quantization and its propagation
//                + [J(q#π*) − J(π̂)]   statistics: what the learner adds
//
// q#π* is deployed by a controller of the audited one's kind (`augmented` beside `augmented`, and so on), so that the
// second term holds what was learned and nothing else; without a trained policy it is 0. Beside it the gap between what
// a validation set sees (errors in the expert's situations) and what the loop meets (errors in the controller's own).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/audits/audit.hpp"
#include "pianola/audits/paired_rollouts.hpp"
#include "pianola/audits/reference_controller.hpp"
#include "pianola/audits/witness.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/json.hpp"
#include "pianola/control/profile_mean.hpp"
#include "pianola/report/chart_look.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kRounding = 1e-12;  // of the return

/// q#π* deployed as the audited controller deploys the policy; null where the audited one is it, or plays no tokens.
std::shared_ptr<const ControllerRecipe> reference_of(const AuditPlan& plan) {
  if (plan.deployment.quantizer == nullptr || plan.deployment.action_policy != nullptr) return nullptr;
  if (plan.plays_quantized_expert()) return nullptr;
  const auto spec = reference_controller(plan.controller);
  return spec ? make_controller(*spec, untrained(plan.deployment)) : nullptr;
}

class Tally {
 public:
  /// Whose return splits the regret: q#π* beside the audited one, the audited one itself (it plays q#π*), or the expert
  /// (nothing is quantized).
  enum class Middle { reference, audited, expert };
  explicit Tally(Middle middle) : middle_(middle) {}

  void add(const PairedRollout& rollout) {
    const std::size_t audited = rollout.played.size() - 1;
    const std::size_t reference = middle_ == Middle::reference ? 1 : middle_ == Middle::audited ? audited : 0;
    const double all = rollout.regret(audited), quantized = rollout.regret(reference);
    total.add(all), quantization.add(quantized), statistical.add(all - quantized);
    expert_return.add(rollout.played[0].total_return), audited_return.add(rollout.played[audited].total_return);
    const double error = rollout.played[audited].action_error;
    if (std::isfinite(error)) action_error.add(error);
    terminated += rollout.played[audited].outcome == Outcome::terminated ? 1 : 0;
    diverged += rollout.played[audited].outcome == Outcome::diverged ? 1 : 0;
    if (total.count() == 1 || all > worst_regret) worst_regret = all, worst_id = rollout.id;
    add_profiles(rollout, reference, audited);
  }

  /// More than rounding of the sum of rewards.
  [[nodiscard]] bool lost_anything() const {
    return worst_regret > kRounding * std::max(1.0, std::abs(expert_return.mean()));
  }

  RunningMean total, quantization, statistical, expert_return, audited_return, action_error;
  ProfileMean quantization_by_step, statistical_by_step, deviation, reference_deviation;
  std::size_t terminated = 0, diverged = 0;
  std::uint64_t worst_id = 0;
  double worst_regret = 0.0;

 private:
  void add_profiles(const PairedRollout& rollout, std::size_t reference, std::size_t audited) {
    const auto &expert = rollout.played[0].rewards, &middle = rollout.played[reference].rewards,
               &own = rollout.played[audited].rewards;
    first_.resize(own.size()), second_.resize(own.size());
    for (std::size_t h = 0; h < own.size(); ++h) first_[h] = expert[h] - middle[h], second_[h] = middle[h] - own[h];
    quantization_by_step.add(first_);
    statistical_by_step.add(second_);
    deviation.add(rollout.played[audited].deviations);
    if (middle_ == Middle::reference) reference_deviation.add(rollout.played[reference].deviations);
  }

  Middle middle_;
  std::vector<double> first_, second_;
};

Json profile_json(const ProfileMean& profile) {
  Json out = Json::array();
  for (const Estimate& step : profile.estimates()) out.push_back(to_json(step));
  return out;
}

/// In the expert's situations and in the controller's own.
Json gap_json(const Tally& tally, const AuditFindings& findings) {
  const Estimate inside = findings.errors ? findings.errors->controller_error : RunningMean{}.estimate();
  const Estimate outside = tally.action_error.estimate();
  return {{"in_distribution_error", to_json(inside)},
          {"closed_loop_error", to_json(outside)},
          {"ratio", inside.n > 0 && inside.value > 0.0 ? number_or_null(outside.value / inside.value) : Json(nullptr)}};
}

Json fields_of(const Tally& tally, const AuditFindings& findings) {
  const auto share = [&](std::size_t count) { return to_json(clopper_pearson(count, tally.total.count())); };
  return {{"quantization", to_json(tally.quantization.estimate())},
          {"statistical", to_json(tally.statistical.estimate())},
          {"total", to_json(tally.total.estimate())},
          {"expert_return", to_json(tally.expert_return.estimate())},
          {"return", to_json(tally.audited_return.estimate())},
          {"worst_regret", number_or_null(tally.worst_regret)},
          {"terminated", share(tally.terminated)},
          {"diverged", share(tally.diverged)},
          {"gap", gap_json(tally, findings)},
          {"quantization_by_step", profile_json(tally.quantization_by_step)},
          {"statistical_by_step", profile_json(tally.statistical_by_step)},
          {"state_deviation_by_step", profile_json(tally.deviation)}};
}

/// Areas that add up, means of at most 200 stretches of steps.
AuditPicture stacked(const Tally& tally) {
  Json values = Json::array();
  const auto add = [&](const std::string& term, const ProfileMean& profile) {
    const std::vector<Estimate> steps = profile.estimates();
    const std::size_t stride = std::max<std::size_t>(1, steps.size() / 200);
    for (std::size_t begin = 0; begin < steps.size(); begin += stride) {
      RunningMean mean;
      for (std::size_t h = begin; h < std::min(begin + stride, steps.size()); ++h) mean.add(steps[h].value);
      values.push_back({{"term", term}, {"step", begin}, {"regret", number_or_null(mean.mean())}});
    }
  };
  add("quantization", tally.quantization_by_step);
  add("statistics", tally.statistical_by_step);
  Json chart = {{"$schema", "https://vega.github.io/schema/vega-lite/v5.json"},
                {"title", "Regret of a step, by where it comes from"},
                {"width", "container"},
                {"height", 260},
                {"autosize", {{"type", "fit-x"}, {"contains", "padding"}}},
                {"data", {{"values", values}}},
                {"mark", {{"type", "area"}, {"interpolate", "step-after"}, {"opacity", 0.85}}},
                {"encoding",
                 {{"x", {{"field", "step"}, {"type", "quantitative"}, {"title", "step"}}},
                  {"y", {{"field", "regret"}, {"type", "quantitative"}, {"title", "regret a step"}, {"stack", "zero"}}},
                  {"color", {{"field", "term"}, {"type", "nominal"}, {"title", "term"}}}}},
                {"config", chart_look()}};
  return {chart, "The two areas add up to the regret: what quantizing costs, and what the learner adds to it."};
}

AuditPicture deviation_picture(const Tally& tally, bool has_reference) {
  XyChart chart;
  chart.title = "Deviation from the expert's trajectory";
  chart.x = {.title = "step"};
  chart.y = {.title = "mean distance of states", .zero = true};
  chart.series_title = "controller";
  const auto add = [&](const std::string& name, const ProfileMean& profile) {
    const std::vector<Estimate> steps = profile.estimates();
    const std::size_t stride = std::max<std::size_t>(1, steps.size() / 400);
    for (std::size_t h = 0; h < steps.size(); h += stride) {
      chart.points.push_back(chart_point(name, static_cast<double>(h), steps[h]));
    }
  };
  add("audited", tally.deviation);
  if (has_reference) add("quantized expert", tally.reference_deviation);
  return {
      line_chart(chart),
      "A line that levels off stays within a tube around the expert; a line that keeps rising means errors compound."};
}

Table table_of(const Tally& tally, std::size_t horizon) {
  Table table{{"term", "regret", "a step"}, {}, {false, true, true}};
  const auto add = [&](const std::string& name, const RunningMean& mean) {
    table.rows.push_back(
        {name, format_plus_minus(mean.estimate()), format_number(mean.mean() / static_cast<double>(horizon), 3)});
  };
  add("quantization", tally.quantization);
  add("statistics", tally.statistical);
  add("total", tally.total);
  return table;
}

std::string summary_of(const Tally& tally, const AuditFindings& findings) {
  std::string text =
      fmt::format("Regret {} of a return of {} that the expert has: {} from quantization, {} from what was learned.",
                  format_plus_minus(tally.total.estimate()), format_number(tally.expert_return.mean()),
                  format_plus_minus(tally.quantization.estimate()), format_plus_minus(tally.statistical.estimate()));
  if (!findings.errors || tally.action_error.count() == 0) return text;
  return text + fmt::format(
                    " The controller's action is off by {} in the expert's situations, which a validation set "
                    "sees, and by {} in its own.",
                    format_number(findings.errors->controller_error.value), format_number(tally.action_error.mean()));
}

PairedRolloutPlan rollouts_of(const AuditPlan& plan) {
  PairedRolloutPlan rollouts;
  rollouts.plant = plan.deployment;
  static_cast<RolloutSet&>(rollouts) = plan.rollout_set("audit: decomposition");
  return rollouts;
}

Json measured_of(const PairedRollout& rollout) {
  const PlayedRollout& audited = rollout.played.back();
  return {{"regret", number_or_null(rollout.regret(rollout.played.size() - 1))},
          {"expert_return", number_or_null(rollout.played[0].total_return)},
          {"return", number_or_null(audited.total_return)},
          {"final_deviation", number_or_null(audited.deviations.back())}};
}

Json replay(const AuditPlan& plan, const Json& where) try {
  PairedRolloutPlan rollouts = rollouts_of(plan);
  rollouts.controllers = {make_controller(plan.controller, plan.deployment)};
  rollouts.first_id = witness_value<std::uint64_t>(where, "trajectory");
  rollouts.rollouts = 1;
  Json measured;
  paired_rollouts(rollouts, [&](const PairedRollout& rollout) { measured = measured_of(rollout); });
  return measured;
} catch (const Json::exception& error) {
  throw DataError(fmt::format("witness of the decomposition: {}; a witness.json that pianola audit wrote is required",
                              error.what()));
}

AuditSection run(const AuditPlan& plan, AuditFindings& findings) {
  PairedRolloutPlan rollouts = rollouts_of(plan);
  const auto reference = reference_of(plan);
  if (reference != nullptr) rollouts.controllers.push_back(reference);
  rollouts.controllers.push_back(make_controller(plan.controller, plan.deployment));
  Tally tally(reference != nullptr            ? Tally::Middle::reference
              : plan.plays_quantized_expert() ? Tally::Middle::audited
                                              : Tally::Middle::expert);
  paired_rollouts(rollouts, [&](const PairedRollout& rollout) { tally.add(rollout); });
  findings.decomposition = {tally.expert_return.estimate(),
                            tally.quantization.estimate(),
                            tally.statistical.estimate(),
                            tally.total.estimate(),
                            tally.worst_id,
                            tally.worst_regret};
  AuditSection section;
  section.fields = fields_of(tally, findings);
  section.summary = summary_of(tally, findings);
  section.table = table_of(tally, plan.horizon);
  section.table_caption = "Totals over the horizon, paired under shared noise; ± is half of the 95 % interval.";
  section.pictures = {deviation_picture(tally, reference != nullptr), stacked(tally)};
  if (tally.lost_anything()) {
    const Json where = {{"trajectory", tally.worst_id}};
    section.witnesses = {{"decomposition",
                          fmt::format("rollout {} costs {} against the expert under the same noise", tally.worst_id,
                                      format_number(tally.worst_regret)),
                          where, replay(plan, where)}};
  } else {
    section.summary += " No rollout lost anything, so that there is no witness.";
  }
  if (plan.deployment.action_policy != nullptr) {
    section.notes.push_back("the policy plays no tokens: all of its regret is statistical");
  }
  return section;
}

}  // namespace

AuditEntry audit_entry_decomposition() { return {"decomposition", "Where the regret comes from", run, replay}; }

}  // namespace pianola
