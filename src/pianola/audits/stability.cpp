// Audit: incremental input-to-state stability around the expert (docs/theory.md §3: P-IISS, P-EIISS), in open loop and
// with the expert in the loop.
//
//   ‖x_h − x'_h‖ ≤ Σ_{k<h} g_{h−1−k}·‖u_k − u'_k‖ ≤ Σ_{k<h} C·η^{h−1−k}·‖u_k − u'_k‖   for all ‖u_k − u'_k‖ ≤ d
//
// Linear plants: g_j = ‖A^j·B‖ exactly, and measured as well. Others: measured gains (gain_measurement.hpp), and fresh
// perturbations say on which share of trajectories, 1 − δ, the bound holds. `exponentially_stable` only if the upper
// limit of η is below 1, all parts of the pairs give much the same C, and fresh perturbations confirm the envelope.
// Beside the magnitudes stands a finite-difference derivative along the trajectory, what the products of its Jacobians
// are: a second opinion. No gain is taken from it: near contacts it grows like one over its size, and says nothing of
// errors as large as a quantizer's.
#include "pianola/audits/stability.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/audits/action_sensitivity.hpp"
#include "pianola/audits/certificate_constants.hpp"
#include "pianola/audits/gain_measurement.hpp"
#include "pianola/audits/linear_gains.hpp"
#include "pianola/audits/stability_report.hpp"
#include "pianola/audits/witness.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/json.hpp"
#include "pianola/control/regulation.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kDerivative = 1e-6;   // of the radius: small enough for a derivative, large against rounding
constexpr double kDenormal = 1e-290;   // of the largest gain: smaller exact ones have lost their digits
constexpr double kUnknownScale = 0.1;  // action units, where neither quantizer nor plant has a scale

/// Impulses, descending: the radius d, a tenth and a hundredth of it.
std::vector<double> magnitudes_of(const AuditPlan& plan, const AuditFindings& findings,
                                  std::vector<std::string>& notes) {
  std::vector<double> magnitudes = plan.magnitudes;
  std::ranges::sort(magnitudes, std::greater<>());
  if (!magnitudes.empty()) return magnitudes;
  double radius = findings.errors ? findings.errors->largest : 0.0;
  if (findings.errors && std::isfinite(findings.errors->claimed_sup)) {
    radius = std::max(radius, std::min(findings.errors->claimed_sup, 10.0 * radius));
  }
  if (!(radius > 0.0)) {
    const ActionRange& range = plan.deployment.system->info().action_range;
    radius = range.finite() ? 0.05 * (range.high[0] - range.low[0]) : kUnknownScale;
    notes.push_back(
        fmt::format("nothing is quantized, so perturbations have no scale of their own: they are up to {}; "
                    "--magnitudes sets them",
                    format_number(radius)));
  }
  return {radius, 0.1 * radius, 0.01 * radius};
}

/// The finite ones from the first lag on.
std::span<const double> finite_prefix(const std::vector<double>& gains) {
  const auto end = std::ranges::find_if_not(gains, [](double gain) { return std::isfinite(gain); });
  return {gains.data(), static_cast<std::size_t>(end - gains.begin())};
}

GainFindings exact_gains(const LinearModel& model, std::size_t horizon) {
  GainFindings found;
  found.gains = linear_gains(model, horizon);
  found.envelope = fit_gain_envelope(finite_prefix(found.gains), kDenormal);
  found.eta = {found.envelope.eta, found.envelope.eta, found.envelope.eta, horizon};
  found.basis = Basis::exact;
  return found;
}

GainFindings sampled_gains(const MeasuredGains& measured, double radius) {
  const FittedGains fit = fit_measured(measured);
  GainFindings found;
  found.gains = measured.gains;
  found.envelope = fit.envelope;
  found.eta = fit.eta;
  found.least_c = fit.least_c;
  found.radius = radius;
  return found;
}

/// The plant's model in this loop, where it is linear.
std::optional<LinearModel> model_of(const AuditPlan& plan, bool closed_loop) {
  const auto model = exact_linear_model(*plan.deployment.system);
  if (!model || !closed_loop) return model;
  const std::vector<double> gain = regulator_gain(*plan.deployment.expert);
  if (gain.size() != model->n * model->m) return std::nullopt;
  return closed_loop_model(*model, gain);
}

LoopFindings audit_loop(const GainMeasurementPlan& plan) {
  LoopFindings loop;
  loop.measured = measure_gains(plan);
  const auto model = model_of(plan.audit, plan.closed_loop);
  loop.found = model ? exact_gains(*model, plan.audit.horizon) : sampled_gains(loop.measured, plan.magnitudes.front());
  loop.verified = verify_gains(plan, loop.found);
  loop.found.violations = clopper_pearson(loop.verified.beyond_envelope, loop.verified.trajectories);
  if (!model) loop.found.delta = clopper_pearson(loop.verified.lost, loop.verified.trajectories).high;
  loop.binding = binding_magnitude(loop.measured, loop.found.envelope, plan.magnitudes.size());
  for (const auto& gains : loop.measured.by_magnitude) {
    loop.by_magnitude.push_back(fit_gain_envelope(finite_prefix(gains), 0.0));
  }
  loop.magnitudes = plan.all_magnitudes();
  loop.fitted = plan.magnitudes.size();
  loop.shares_choices = plan.closed_loop && !plan.audit.deployment.expert->info().deterministic;
  return loop;
}

/// Largest measured gain over the exact one; at most 1 but for rounding. NaN where gains are measured only.
double measured_over_exact(const LoopFindings& loop) {
  if (loop.found.basis == Basis::sampled) return std::nan("");
  double most = 0.0;
  for (std::size_t j = 0; j < loop.found.gains.size(); ++j) {
    if (loop.found.gains[j] > 0.0) most = std::max(most, loop.measured.gains[j] / loop.found.gains[j]);
  }
  return most;
}

Json magnitudes_json(const LoopFindings& loop) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < loop.magnitudes.size(); ++i) {
    const auto& gains = loop.measured.by_magnitude[i];
    double sum = 0.0;
    for (const double gain : gains) sum += gain;
    rows.push_back({{"magnitude", loop.magnitudes[i]},
                    {"largest_gain", number_or_null(*std::ranges::max_element(gains))},
                    {"gain_sum", number_or_null(sum)},
                    {"C", number_or_null(loop.by_magnitude[i].c)},
                    {"eta", number_or_null(loop.by_magnitude[i].eta)},
                    {"derivative", i >= loop.fitted},
                    {"sets_C", i == loop.binding}});
  }
  return rows;
}

/// ℓ*: the chunk length beyond which chunking is predicted to be horizon-free; null without η < 1 or a known L.
Json chunk_length(const GainFindings& found, const ExpertInfo& expert) {
  if (!found.exponentially_stable() || !expert.lipschitz) return nullptr;
  return horizon_free_chunk(found.envelope.c, found.envelope.eta, *expert.lipschitz);
}

Json loop_json(const LoopFindings& loop) {
  const GainFindings& found = loop.found;
  const std::size_t n = loop.verified.trajectories;
  Json gains = Json::array();
  for (const double gain : found.gains) gains.push_back(number_or_null(gain));
  Json fields = {{"C", number_or_null(found.envelope.c)},
                 {"C_low", found.least_c ? number_or_null(*found.least_c) : Json(nullptr)},
                 {"C_determined", found.determined()},
                 {"stated_spread", GainFindings::kStatedSpread},
                 {"eta", to_json(found.eta)},
                 {"gains", gains},
                 {"basis", to_text(found.basis)},
                 {"exponentially_stable", found.exponentially_stable()},
                 {"covered_fraction", to_json(clopper_pearson(n - loop.verified.beyond_envelope, n))},
                 {"violations", to_json(found.violations)},
                 {"stated_violations", GainFindings::kStatedDelta},
                 {"gain_violations", to_json(clopper_pearson(loop.verified.beyond_gains, n))},
                 {"stopped", to_json(clopper_pearson(loop.verified.stopped, n))}};
  put_number(fields, "gain_sum", found.gain_sum());
  put_number(fields, "gamma", found.envelope.limit());
  fields["gamma_measured"] = number_or_null(loop.verified.max_form);
  put_number(fields, "radius", found.radius);
  fields["delta"] = found.delta;
  fields["measured_over_exact"] = number_or_null(measured_over_exact(loop));
  fields["diverged_pairs"] = loop.measured.diverged;
  fields["by_magnitude"] = magnitudes_json(loop);
  return fields;
}

// ---------------------------------------------------------------------------------------------------- witnesses

Witness witness_of(const LoopFindings& loop, const GainMeasurementPlan& plan) {
  const FreshPair& worst = loop.verified.worst;
  Witness witness;
  witness.audit = "stability";
  witness.claim = fmt::format(
      "{} loop, trajectory {}, {} perturbation of {}: after step {} the states are {} apart; the bound C·η^j allows {}",
      plan.closed_loop ? "closed" : "open", worst.id, fresh_kind(worst.branch), format_number(worst.size), worst.step,
      format_number(worst.distance), format_number(worst.bound));
  witness.where = {{"closed_loop", plan.closed_loop},
                   {"trajectory", worst.id},
                   {"branch", worst.branch},
                   {"radius", plan.magnitudes.front()},
                   {"perturbations", plan.audit.perturbations},
                   {"C", loop.found.envelope.c},
                   {"eta", loop.found.envelope.eta},
                   {"exact", loop.found.basis != Basis::sampled}};
  witness.measured = {{"step", worst.step},
                      {"distance", number_or_null(worst.distance)},
                      {"bound", number_or_null(worst.bound)},
                      {"perturbation", worst.size}};
  return witness;
}

Json replay(const AuditPlan& plan, const Json& where) try {
  GainMeasurementPlan again{plan, witness_value<bool>(where, "closed_loop"), {witness_value<double>(where, "radius")}};
  again.audit.perturbations = witness_value<std::size_t>(where, "perturbations");
  GainFindings found;
  found.envelope = {witness_value<double>(where, "C"), witness_value<double>(where, "eta"), 0.0};
  found.basis = witness_value<bool>(where, "exact") ? Basis::exact : Basis::sampled;
  const FreshPair pair = replay_fresh_pair(again, found, witness_value<std::uint64_t>(where, "trajectory"),
                                           witness_value<std::size_t>(where, "branch"));
  return {{"step", pair.step},
          {"distance", number_or_null(pair.distance)},
          {"bound", number_or_null(pair.bound)},
          {"perturbation", pair.size}};
} catch (const Json::exception& error) {
  throw DataError(
      fmt::format("witness of stability: {}; a witness.json that pianola audit wrote is required", error.what()));
}

// ---------------------------------------------------------------------------------------------------- the section

/// Prices of squared errors by action dimension (action_sensitivity.hpp): plain numbers, and with intervals.
void put_sensitivity(const std::vector<Estimate>& sensitivity, Json& fields) {
  Json values = Json::array(), estimates = values;
  for (const Estimate& estimate : sensitivity) {
    values.push_back(number_or_null(estimate.value));
    estimates.push_back(to_json(estimate));
  }
  fields["action_sensitivity"] = std::move(values);
  fields["action_sensitivity_estimates"] = std::move(estimates);
}

/// Of indices none lies a little beside another.
AuditSection of_indices() {
  AuditSection section;
  section.fields = nullptr;
  section.summary =
      "Actions are indices, of which none lies a little beside another: gains of small changes say nothing of this "
      "plant.";
  return section;
}

AuditSection run(const AuditPlan& plan, AuditFindings& findings) {
  AuditSection section;
  GainMeasurementPlan open_plan{plan, false, magnitudes_of(plan, findings, section.notes)};
  if (plan.magnitudes.empty()) open_plan.derivative = kDerivative * open_plan.magnitudes.front();
  GainMeasurementPlan closed_plan = open_plan;
  closed_plan.closed_loop = true;
  const LoopFindings open = audit_loop(open_plan), closed = audit_loop(closed_plan);
  findings.stability = {open.found, closed.found, std::max(open.measured.reward_slope, closed.measured.reward_slope),
                        closed.measured.action_slope, gains_tell_of_feedback(open, closed)};
  if (plays_indices(*plan.deployment.system)) return of_indices();
  const ExpertInfo& expert = plan.deployment.expert->info();
  section.fields = loop_json(open);
  section.fields["chunk_length"] = chunk_length(open.found, expert);
  section.fields["closed_loop"] = loop_json(closed);
  section.fields["magnitudes"] = open_plan.magnitudes;
  put_sensitivity(measure_action_sensitivity(plan, open_plan.magnitudes[open_plan.magnitudes.size() > 1 ? 1 : 0]),
                  section.fields);
  section.witnesses = {witness_of(open, open_plan), witness_of(closed, closed_plan)};
  const Witness& worst = section.witnesses[0];
  section.fields["witness"] = {{"claim", worst.claim}, {"where", worst.where}, {"measured", worst.measured}};
  section.summary = stability_summary(open, closed);
  section.table = stability_table(open, closed);
  section.table_caption =
      "Open: the expert's recorded actions, perturbed. Closed: the expert in the loop, disturbed. Beyond: fresh "
      "trajectories with a perturbation that leaves the convolved bound. Below each loop: the envelopes over impulses "
      "of one size alone, and which of them sets C.";
  section.pictures = {gain_picture(open, "Gain of an action's error, open loop"),
                      gain_picture(closed, "Gain of an action's error, expert in the loop")};
  for (const std::string& note : stability_notes(open, "open loop")) section.notes.push_back(note);
  for (const std::string& note : stability_notes(closed, "closed loop")) section.notes.push_back(note);
  if (!expert.lipschitz) section.notes.push_back("no chunk length ℓ*: the expert has no proven Lipschitz constant");
  return section;
}

void complete(AuditSection& section, const AuditFindings& findings) {
  if (section.fields.is_null() || !findings.stability) return;
  section.summary += feedback_in_return(findings.feedback, findings.stability->gains_tell);
  section.fields["feedback_in_return"] = nullptr;
  if (!findings.feedback) return;
  section.fields["feedback_in_return"] = {{"feedback", to_json(findings.feedback->feedback)},
                                          {"without", to_json(findings.feedback->without)},
                                          {"saves", to_json(findings.feedback->saves)}};
}

}  // namespace

UnverifiedStability unverified_stability(const AuditPlan& plan, double radius) {
  UnverifiedStability out;
  for (const bool closed : {false, true}) {
    GainFindings& found = closed ? out.findings.closed : out.findings.open;
    if (const auto model = model_of(plan, closed)) {
      found = exact_gains(*model, plan.horizon);
      continue;
    }
    const MeasuredGains measured = measure_gains({plan, closed, {radius}});
    found = sampled_gains(measured, radius);
    out.findings.reward_slope = std::max(out.findings.reward_slope, measured.reward_slope);
    out.findings.action_slope = std::max(out.findings.action_slope, measured.action_slope);
    out.rollouts += 2 * plan.perturbations;
  }
  return out;
}

AuditEntry audit_entry_stability() {
  return {"stability", "Stability of the plant around the expert", run, replay, complete};
}

}  // namespace pianola
