#include "pianola/audits/data_only.hpp"

#include <fmt/format.h>

#include <cmath>

#include "pianola/audits/dataset_audit.hpp"
#include "pianola/audits/model_stability.hpp"
#include "pianola/audits/neighbour_smoothness.hpp"
#include "pianola/audits/open_loop_drift.hpp"
#include "pianola/base/json.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kWeak = "an open-loop number: what a closed loop makes of it takes the plant (--system)";

void add_steps(XyChart& chart, const std::string& series, const std::vector<Estimate>& steps) {
  const std::size_t stride = std::max<std::size_t>(1, steps.size() / 400);
  for (std::size_t h = 0; h < steps.size(); h += stride) {
    chart.points.push_back(chart_point(series, static_cast<double>(h), steps[h]));
  }
}

Json array_of(const std::vector<Estimate>& estimates) {
  Json out = Json::array();
  for (const Estimate& estimate : estimates) out.push_back(to_json(estimate));
  return out;
}

AuditSection quantization_section(TrajectoryReader& reader, const DataOnlyPlan& plan) {
  const DatasetAudit audit = audit_dataset(reader, *plan.quantizer, plan.key);
  AuditSection section;
  section.name = "quantization", section.title = "Quantization error on recorded actions";
  section.fields = to_json(audit);
  const QuantizerReport& report = audit.quantizer;
  section.summary =
      fmt::format("{} is off by {} a step on the recorded actions; {} of the values are saturated.", report.spec,
                  format_estimate(report.epsilon_in), format_percent(report.saturated_fraction));
  section.table = {{"action dimension", "mean error", "bias"}, {}, {true, true, true}};
  for (std::size_t d = 0; d < report.epsilon_in_per_dimension.size(); ++d) {
    section.table.rows.push_back({fmt::format("{}", d), format_number(report.epsilon_in_per_dimension[d], 3),
                                  format_number(report.bias_per_dimension[d].value, 3)});
  }
  XyChart chart;
  chart.title = "Error of the quantizer along the demonstrations";
  chart.x = {.title = "step"};
  chart.y = {.title = "mean error, action units", .zero = true};
  add_steps(chart, "quantizer", audit.errors.by_step);
  section.pictures = {
      {line_chart(chart), "An error that grows along the trajectory meets the loop where it is not at rest."}};
  section.notes = {kWeak};
  return section;
}

AuditSection drift_section(TrajectoryReader& reader, const DataOnlyPlan& plan) {
  const OpenLoopDrift drift = open_loop_drift(reader, *plan.policy, *plan.quantizer, plan.decode, plan.key);
  AuditSection section;
  section.name = "open_loop", section.title = "The policy along the demonstrations";
  section.fields = {{"error", to_json(drift.error)},
                    {"repeating_error", to_json(drift.repeating_error)},
                    {"token_error", to_json(drift.token_error)},
                    {"repeat_rate", to_json(drift.repeat_rate)},
                    {"repeat_rate_of_data", to_json(drift.repeat_rate_of_data)},
                    {"error_by_step", array_of(drift.error_by_step)},
                    {"error_by_lookahead", array_of(drift.error_by_lookahead)},
                    {"drift_by_step", array_of(drift.drift_by_step)},
                    {"trajectories", drift.trajectories},
                    {"decisions", drift.decisions}};
  section.summary = fmt::format(
      "The policy is off by {} a step ({} by repeating the last action); {} of its decisions have other tokens than "
      "the data; it repeats itself in {} of steps, the data in {}.",
      format_estimate(drift.error), format_estimate(drift.repeating_error), format_percent(drift.token_error.value),
      format_percent(drift.repeat_rate.value), format_percent(drift.repeat_rate_of_data.value));
  XyChart chart;
  chart.title = "Prediction along the demonstrations";
  chart.x = {.title = "step"};
  chart.y = {.title = "action units", .zero = true};
  add_steps(chart, "error of a step", drift.error_by_step);
  add_steps(chart, "errors added up", drift.drift_by_step);
  section.pictures = {{line_chart(chart), "Errors that add up instead of cancelling are a bias of the policy."}};
  section.notes = {kWeak, "demonstrations that the policy was trained on flatter it: audit held-out ones"};
  if (drift.error.value > drift.repeating_error.value) {
    section.notes.push_back("repeating the last action would be closer than the policy is");
  }
  return section;
}

AuditSection smoothness_section(TrajectoryReader& reader, const DataOnlyPlan& plan) {
  const auto seen = neighbour_smoothness(reader, plan.key);
  AuditSection section;
  section.name = "smoothness", section.title = "How much actions differ in neighbouring states";
  section.notes = {"an estimate from neighbours, no modulus of a policy: " + std::string(kWeak)};
  if (!seen) {
    section.summary = "Not known: it takes observations of at least two trajectories.";
    return section;
  }
  section.fields = {
      {"floor", to_json(seen->floor)}, {"typical", number_or_null(seen->typical)}, {"bins", Json::array()}};
  XyChart chart;
  chart.title = "Actions of neighbouring states of different trajectories";
  chart.x = {.title = "distance of states, standard deviations"};
  chart.y = {.title = "mean distance of actions", .zero = true};
  for (const NeighbourBin& bin : seen->bins) {
    section.fields["bins"].push_back({{"distance", number_or_null(bin.state_distance)},
                                      {"action_distance", to_json(bin.action_distance)},
                                      {"pairs", bin.pairs}});
    chart.points.push_back(chart_point("neighbours", bin.state_distance, bin.action_distance));
  }
  section.summary = fmt::format(
      "In the closest states of different trajectories actions differ by {} ({} between any two): noise of the expert, "
      "what observations do not show, several ways to act, or a steep policy.",
      format_estimate(seen->floor), format_number(seen->typical));
  section.pictures = {{trend_chart(chart),
                       "A curve that does not fall to 0 on the left has a floor that no quantizer "
                       "needs to resolve."}};
  return section;
}

/// Whether it is the model's gains or the plant's that are small nobody can tell from recordings.
AuditSection stability_section(TrajectoryReader& reader, const DataOnlyPlan& plan) {
  AuditSection section;
  section.name = "stability", section.title = "Stability of the transition model";
  const ModelStability found =
      model_stability(reader, *plan.model, *plan.quantizer, {.key = plan.key.child("model stability")});
  Json gains = Json::array();
  for (const double gain : found.gains) gains.push_back(number_or_null(gain));
  section.fields = {{"model", plan.model->info().spec},          {"C", number_or_null(found.envelope.c)},
                    {"eta", number_or_null(found.envelope.eta)}, {"gains", gains},
                    {"basis", to_text(Basis::sampled)},          {"impulse", found.impulse},
                    {"trajectories", found.trajectories},        {"pairs", found.pairs},
                    {"diverged_pairs", found.diverged}};
  section.summary = fmt::format("In the model '{}' an error of an action {} (C = {}, η = {}, an estimate).",
                                plan.model->info().spec, found.envelope.eta < 1.0 ? "is forgotten" : "is not forgotten",
                                format_number(found.envelope.c), format_number(found.envelope.eta));
  XyChart chart;
  chart.title = "Gain of an action's error, in the model";
  chart.x = {.title = "lag, steps"};
  chart.y = {.title = "gain, state / action", .log = true};
  for (std::size_t j = 0; j < found.gains.size(); ++j) {
    if (!(found.gains[j] > 0.0)) continue;
    chart.points.push_back({.series = "measured", .x = static_cast<double>(j), .y = found.gains[j]});
  }
  section.pictures = {{line_chart(chart), "A falling line: what a wrong action does to the state is forgotten."}};
  section.notes = {"gains of the learned model, the largest seen, and not of the plant: an estimate, " +
                   std::string(kWeak)};
  return section;
}

}  // namespace

std::vector<AuditSection> audit_data(TrajectoryReader& reader, const DataOnlyPlan& plan) {
  std::vector<AuditSection> sections;
  if (plan.quantizer != nullptr) sections.push_back(quantization_section(reader, plan));
  if (plan.policy != nullptr) sections.push_back(drift_section(reader, plan));
  const bool moved = plan.model != nullptr && !plan.model->info().reads_tokens && !plan.model->info().needs_plant;
  if (moved && plan.quantizer != nullptr) sections.push_back(stability_section(reader, plan));
  sections.push_back(smoothness_section(reader, plan));
  return sections;
}

std::vector<std::string> data_only_reasons(const DataOnlyPlan& plan) {
  std::vector<std::string> reasons{
      "a dataset alone: without the plant (--system) and its expert nothing can be tried in closed loop"};
  if (plan.quantizer == nullptr) reasons.push_back("no quantizer was named (--quantizer SPEC, or --run DIR)");
  if (plan.policy == nullptr) reasons.push_back("no policy was named (--run DIR)");
  return reasons;
}

}  // namespace pianola
