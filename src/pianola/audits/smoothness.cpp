#include "pianola/audits/smoothness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "pianola/audits/certificate_constants.hpp"
#include "pianola/audits/witness.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/json.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kSlack = 1e-6;                  // of ε': representatives are float32
constexpr std::size_t kMostNumbers = 1'000'000;  // that all comparisons look at: costly laws get fewer pairs

/// Whether Proposition 5 (ii) speaks of what is played.
bool is_lipschitz_binning(const AuditPlan& plan) {
  if (!plan.plays_quantized_expert()) return false;
  const ExpertInfo& expert = plan.deployment.expert->info();
  const QuantizerInfo& codec = plan.deployment.quantizer->info();
  return expert.deterministic && expert.lipschitz && codec.binning && !codec.random && codec.chunk == 1 &&
         std::isfinite(codec.epsilon_sup) && lipschitz_kinds(plan);
}

SmoothnessScale binning_scale(const AuditPlan& plan, const AuditFindings& findings) {
  const double epsilon = plan.deployment.quantizer->info().epsilon_sup;
  const double lipschitz = *plan.deployment.expert->info().lipschitz;
  const double gain = findings.stability ? findings.stability->open.gain_sum() : 0.0;
  const bool small = findings.stability && lipschitz * gain < 1.0;
  const double k = small ? (2.0 + lipschitz * gain) / (1.0 - lipschitz * gain) : 4.0;
  SmoothnessScale scale{k * epsilon, (k - 2.0) * epsilon / lipschitz, {}};
  if (lipschitz == 0.0) scale.proven_radius = std::numeric_limits<double>::infinity();
  scale.reason = fmt::format(
      "ε' = {}·ε for bins of half-width ε = {} and an expert that is {}-Lipschitz ({}): κ is proven to be 0 up to "
      "distance {}",
      format_number(k, 3), format_number(epsilon), format_number(lipschitz),
      small ? "small gain, so that it covers the whole deviation" : "the small-gain condition does not hold",
      format_number(*scale.proven_radius));
  return scale;
}

PairPlan pair_plan(const AuditPlan& plan, double tolerance) {
  PairPlan pairs;
  pairs.deployment = plan.deployment;
  pairs.controller = plan.controller;
  static_cast<RolloutSet&>(pairs) = plan.rollout_set("audit: smoothness");
  pairs.tolerance = tolerance * (1.0 + kSlack);
  return pairs;
}

SmoothnessScale scale_of(const AuditPlan& plan, const AuditFindings& findings) {
  if (is_lipschitz_binning(plan)) return binning_scale(plan, findings);
  const Quantizer* const codec = plan.deployment.quantizer.get();
  const bool even = codec != nullptr && codec->info().binning && parse_spec(codec->info().spec).name == "uniform";
  if (even && std::isfinite(codec->info().epsilon_sup)) {
    const double epsilon = codec->info().epsilon_sup;
    return {4.0 * epsilon, std::nullopt, fmt::format("ε' = 4·ε for bins of half-width ε = {}", format_number(epsilon))};
  }
  double error = 0.0;
  if (findings.errors) {
    error = plan.deployment.quantizer ? findings.errors->epsilon_in.value : findings.errors->controller_error.value;
  }
  if (!std::isfinite(error)) error = 0.0;
  return {4.0 * error, std::nullopt,
          fmt::format("ε' is four times the mean error on the expert's own actions, {}", format_number(error))};
}

/// Of bins that decode in order: the distance between their outermost levels, and the step between the widest two.
void set_levels(const AuditPlan& plan, SmoothnessScale& scale) {
  const Quantizer* const codec = plan.deployment.quantizer.get();
  if (codec == nullptr || !lipschitz_kinds(plan)) return;
  const QuantizerInfo& info = codec->info();
  if (!info.binning || info.chunk != 1 || info.random || info.memory_size != 0) return;
  constexpr double kBeyond = 1e30;  // saturates
  const std::vector<double> below(info.action_dim, -kBeyond), above(info.action_dim, kBeyond);
  std::vector<double> low(info.action_dim), high(info.action_dim);
  codec->quantize(below, {}, low);
  codec->quantize(above, {}, high);
  double square = 0.0;
  for (std::size_t d = 0; d < low.size(); ++d) square += (high[d] - low[d]) * (high[d] - low[d]);
  scale.most = std::sqrt(square);
  scale.step = 2.0 * info.epsilon_sup;
}

}  // namespace

SmoothnessScale smoothness_scale(const AuditPlan& plan, const AuditFindings& findings) {
  SmoothnessScale scale = scale_of(plan, findings);
  set_levels(plan, scale);
  return scale;
}

SmoothnessMeasurement measure_smoothness(const AuditPlan& plan, const DeployedLaw& law, double tolerance) {
  PairPlan pairs = pair_plan(plan, tolerance);
  pairs.most_pairs = std::clamp<std::size_t>(kMostNumbers / law.info().atoms, 200, pairs.most_pairs);
  SmoothnessMeasurement out;
  out.pairs = smooth_pairs(pairs, law);
  out.searches =
      search_jumps(law, suspects(out.pairs), plan.key, pairs.tolerance, plan.deployment.system->info().observation_dim);
  out.modulus = sampled_modulus(out.pairs, out.searches);
  return out;
}

namespace {

/// The jump between the most different actions; null if none was found.
const JumpSearch* worst_jump(const SmoothnessMeasurement& measured) {
  const JumpSearch* worst = nullptr;
  for (const JumpSearch& search : measured.searches) {
    if (!search.jump) continue;
    if (worst == nullptr || search.pair.gap.action_distance > worst->pair.gap.action_distance) worst = &search;
  }
  return worst;
}

/// The pair of coupled rollouts that differs most, by W_ε' and then by its actions; null without pairs.
const SmoothPair* worst_pair(const SmoothnessMeasurement& measured) {
  const SmoothPair* worst = nullptr;
  for (const SmoothPair& pair : measured.pairs) {
    if (pair.random || !pair.gap.known) continue;
    const auto rank = [](const SmoothPair& p) { return std::pair(p.gap.low, p.gap.action_distance); };
    if (worst == nullptr || rank(pair) > rank(*worst)) worst = &pair;
  }
  return worst;
}

Json measured_json(const SmoothPair& pair) {
  return {{"distance", pair.distance},   {"kappa_low", pair.gap.low},
          {"kappa_high", pair.gap.high}, {"tv_low", pair.gap.tv_low},
          {"tv_high", pair.gap.tv_high}, {"action_distance", number_or_null(pair.gap.action_distance)}};
}

Json point_json(const LawPoint& point) { return {{"id", point.id}, {"step", point.h}, {"observations", point.rows}}; }

LawPoint point_from(const Json& json) {
  return {witness_value<std::uint64_t>(json, "id"), witness_value<std::uint32_t>(json, "step"),
          witness_value<std::vector<double>>(json, "observations")};
}

Witness jump_witness(const JumpSearch& search, double tolerance) {
  const SmoothPair& pair = search.pair;
  return {"smoothness",
          fmt::format("a jump: between two observations {} apart, actions differ by {} in the mean (W = {}, ε' = {})",
                      format_number(pair.distance, 2), format_number(pair.gap.action_distance),
                      format_number(pair.gap.low), format_number(tolerance)),
          {{"tolerance", tolerance}, {"here", point_json(pair.here)}, {"there", point_json(pair.there)}},
          measured_json(pair)};
}

Witness pair_witness(const SmoothPair& pair, double tolerance) {
  return {
      "smoothness",
      fmt::format("rollout {}, step {}: expert and controller are {} apart, and what is played there differs by {} in "
                  "the mean (W = {}, ε' = {})",
                  pair.here.id, pair.here.h, format_number(pair.distance), format_number(pair.gap.action_distance),
                  format_number(pair.gap.low), format_number(tolerance)),
      {{"tolerance", tolerance}, {"rollout", pair.here.id}, {"step", pair.here.h}},
      measured_json(pair)};
}

Json replay_points(const AuditPlan& plan, const Json& where, double tolerance) {
  const auto law = make_deployed_law(plan.deployment, plan.controller);
  const std::size_t dim = plan.deployment.system->info().observation_dim;
  SmoothPair pair{point_from(where.at("here")), point_from(where.at("there")), false, 0.0, {}};
  for (const LawPoint* point : {&pair.here, &pair.there}) {
    if (point->rows.size() == law->info().history * dim) continue;
    throw DataError(
        fmt::format("witness of smoothness: {} numbers in 'observations', but a decision of this controller "
                    "sees {}; replay it with what it was found on",
                    point->rows.size(), law->info().history * dim));
  }
  pair.distance = distance(pair.here, pair.there, dim);
  law->session(1)->compare(LawPoints({&pair.here, 1}, dim).query(plan.key),
                           LawPoints({&pair.there, 1}, dim).query(plan.key), tolerance * (1.0 + kSlack),
                           {&pair.gap, 1});
  return measured_json(pair);
}

Json replay_rollout(const AuditPlan& plan, const Json& where, double tolerance) {
  const auto law = make_deployed_law(plan.deployment, plan.controller);
  const auto step = witness_value<std::uint32_t>(where, "step");
  PairPlan pairs = pair_plan(plan, tolerance);
  pairs.rollouts = 1;
  pairs.first_id = witness_value<std::uint64_t>(where, "rollout");
  pairs.steps.assign(1, step);
  const auto found = smooth_pairs(pairs, *law);
  if (!found.empty()) return measured_json(found.front());
  throw DataError(fmt::format("witness of smoothness: rollout {} has no pair of different states at step {}",
                              pairs.first_id, step));
}

Json replay(const AuditPlan& plan, const Json& where) try {
  const double tolerance = witness_value<double>(where, "tolerance");
  return where.contains("rollout") ? replay_rollout(plan, where, tolerance) : replay_points(plan, where, tolerance);
} catch (const Json::exception& error) {
  throw DataError(
      fmt::format("witness of smoothness: {}; a witness.json that pianola audit wrote is required", error.what()));
}

/// Steps at which expert and controller were compared.
std::size_t compared_steps(const SmoothnessMeasurement& measured) {
  std::set<std::uint32_t> steps;
  for (const SmoothPair& pair : measured.pairs) {
    if (!pair.random) steps.insert(pair.here.h);
  }
  return steps.size();
}

Json jump_json(const JumpSearch* jump) {
  if (jump == nullptr) return nullptr;
  Json out = measured_json(jump->pair);
  out["from_distance"] = jump->from_distance;
  out["random"] = jump->pair.random;
  return out;
}

Json modulus_json(const SampledModulus& modulus) {
  Json rows = Json::array();
  for (const ModulusBin& bin : modulus.bins) {
    rows.push_back({{"distance", bin.distance},
                    {"kappa", bin.kappa},
                    {"kappa_low", bin.kappa_low},
                    {"coupled", to_json(bin.coupled)},
                    {"random", to_json(bin.random)},
                    {"action_distance", to_json(bin.action_distance)},
                    {"beyond", bin.beyond},
                    {"pairs", bin.pairs}});
  }
  return rows;
}

AuditPicture picture(const SampledModulus& modulus) {
  XyChart chart;
  chart.title = "How much what is played changes with the state";
  chart.x = {.title = "distance of states", .log = true};
  chart.y = {.title = "κ̂: W_ε' of the two laws", .zero = true};
  chart.series_title = "pairs";
  chart.curves = {"largest so far"};
  for (const ModulusBin& bin : modulus.bins) {
    chart.points.push_back({.series = "largest so far", .x = bin.distance, .y = bin.kappa});
    if (bin.coupled.n > 0) chart.points.push_back(chart_point("expert and controller", bin.distance, bin.coupled));
    if (bin.random.n > 0) chart.points.push_back(chart_point("random directions", bin.distance, bin.random));
  }
  return {line_chart(chart),
          "A smooth policy's curve falls to 0 towards the left. One that stays high plays something else within ever "
          "smaller deviations: the loop cannot stay with the expert."};
}

Table table_of(const SampledModulus& modulus) {
  Table table{{"distance up to", "κ̂", "mean, coupled", "mean, random", "distance of actions", "pairs"},
              {},
              {true, true, true, true, true, true}};
  const auto text = [](const Estimate& estimate) { return estimate.n > 0 ? format_estimate(estimate, 3) : "–"; };
  for (const ModulusBin& bin : modulus.bins) {
    table.rows.push_back({format_number(bin.distance, 3), format_number(bin.kappa, 3), text(bin.coupled),
                          text(bin.random), text(bin.action_distance), fmt::format("{}", bin.pairs)});
  }
  return table;
}

std::string summary_of(const SmoothnessMeasurement& measured, const SmoothnessScale& scale, const JumpSearch* jump) {
  const SampledModulus& seen = measured.modulus;
  if (seen.coupled == 0) return "Expert and controller never came apart: there is no pair to compare.";
  std::string text = fmt::format(
      "Where the loop deviates, what is played differs from what is played at the expert's state by more than ε' = {} "
      "with probability {} (by anything at all: {}); the actions differ by {} in the mean.",
      format_number(scale.tolerance), format_estimate(seen.rtvc, 3), format_estimate(seen.tvc, 3),
      format_estimate(seen.action_distance, 3));
  if (jump != nullptr) {
    const double distance = jump->pair.gap.action_distance;
    const bool one_step = scale.step && distance <= *scale.step;
    return text +
           fmt::format(" It jumps: {} apart, actions differ by {}{}.", format_number(jump->pair.distance, 2),
                       format_number(distance, 3),
                       one_step ? ", which the step from one bin to the next may be, where they are widest" : "");
  }
  if (scale.tells() == false) {
    return text + fmt::format(" That tells nothing: no two of these actions differ by more than {}.",
                              format_number(*scale.most));
  }
  if (scale.proven_radius) {
    text += fmt::format(" Proven: by no more than ε' up to a distance of {}.", format_number(*scale.proven_radius, 3));
  }
  return text + " No jump was found.";
}

/// A pair or jump within the proven radius that differs nevertheless: then an input of the proof is false.
bool contradicts(const SampledModulus& modulus, const SmoothnessScale& scale) {
  const double within = std::min(scale.proven_radius.value_or(0.0) * (1.0 - kSlack), modulus.farthest);
  return scale.proven_radius && modulus.at(within) > 0.0;
}

void set_findings(AuditFindings& findings, const SampledModulus& modulus, const SmoothnessScale& scale) {
  SmoothnessFindings found;
  found.tolerance = scale.tolerance;
  found.basis = scale.proven_radius ? Basis::proven : Basis::sampled;
  found.modulus = [modulus](double r) { return modulus.at(r); };
  found.total_variation = [modulus](double r) { return modulus.tv_at(r); };
  if (scale.proven_radius) {
    found.modulus = [radius = *scale.proven_radius * (1.0 + 1e-9)](double r) { return r <= radius ? 0.0 : 1.0; };
  }
  findings.smoothness = std::move(found);
}

AuditSection refused(const std::string& why) {
  AuditSection section;
  section.fields = {{"tolerance", nullptr}, {"modulus", Json::array()}, {"rtvc", nullptr}, {"witness", nullptr}};
  section.summary = "Not measured.";
  section.notes.push_back(why);
  return section;
}

AuditSection section_of(const SmoothnessMeasurement& measured, const SmoothnessScale& scale, const DeployedLaw& law) {
  const SampledModulus& seen = measured.modulus;
  const JumpSearch* const jump = worst_jump(measured);
  AuditSection section;
  section.fields = {{"tolerance", scale.tolerance},
                    {"tells", scale.tells() ? Json(*scale.tells()) : Json(nullptr)},
                    {"basis", to_text(scale.proven_radius ? Basis::proven : Basis::sampled)},
                    {"modulus", modulus_json(seen)},
                    {"rtvc", to_json(seen.rtvc)},
                    {"tvc", to_json(seen.tvc)},
                    {"action_distance", to_json(seen.action_distance)},
                    {"steepest", seen.steepest},
                    {"jump", jump_json(jump)},
                    {"pairs", {{"coupled", seen.coupled}, {"random", seen.random}, {"unknown", seen.unknown}}},
                    {"exact", law.info().exact}};
  if (scale.proven_radius) put_number(section.fields, "proven_radius", *scale.proven_radius);
  if (jump != nullptr) section.witnesses.push_back(jump_witness(*jump, scale.tolerance));
  if (const SmoothPair* pair = worst_pair(measured)) section.witnesses.push_back(pair_witness(*pair, scale.tolerance));
  section.fields["witness"] = section.witnesses.empty() ? Json(nullptr) : section.witnesses.front().measured;
  section.summary = summary_of(measured, scale, jump);
  section.notes = {scale.reason, law.info().how};
  if (seen.bins.empty()) return section;
  section.table = table_of(seen);
  section.table_caption =
      "κ̂: the largest W_ε' of a pair at most so far apart, jumps included. Means are over rollouts, with 95 % "
      "intervals; random: the same distances in random directions.";
  section.pictures.push_back(picture(seen));
  return section;
}

AuditSection run(const AuditPlan& plan, AuditFindings& findings) {
  std::shared_ptr<const DeployedLaw> law;
  try {
    law = make_deployed_law(plan.deployment, plan.controller);
  } catch (const UsageError& error) {
    return refused(error.what());
  }
  SmoothnessScale scale = smoothness_scale(plan, findings);
  const SmoothnessMeasurement measured = measure_smoothness(plan, *law, scale.tolerance);
  const bool contradiction = contradicts(measured.modulus, scale);
  if (contradiction) scale.proven_radius.reset();
  set_findings(findings, measured.modulus, scale);
  AuditSection section = section_of(measured, scale, *law);
  if (contradiction) {
    section.notes.push_back(
        "a pair within the proven distance differs by more than ε': the expert's Lipschitz constant or the scheme's "
        "ε_sup is not what it is said to be; nothing is called proven");
  }
  if (law->info().needs_plant) {
    section.notes.push_back(
        "what is played takes a plan on the plant, which observations between states do not have: no random "
        "directions, no search for jumps");
  }
  const std::size_t steps = compared_steps(measured);
  section.fields["steps"] = {{"compared", steps}, {"of", plan.horizon - 1}};
  if (steps > 0 && steps + 1 < plan.horizon) {
    section.notes.push_back(fmt::format(
        "expert and controller are compared at {} of {} steps, spread over the horizon: what happens at other "
        "steps only is not seen; fewer rollouts give more steps (--rollouts)",
        steps, plan.horizon - 1));
  }
  if (measured.modulus.unknown > 0) {
    section.notes.push_back(
        fmt::format("{} pairs have no law at one of their states (no finite action there)", measured.modulus.unknown));
  }
  return section;
}

}  // namespace

AuditEntry audit_entry_smoothness() { return {"smoothness", "Smoothness of what is played", run, replay}; }

}  // namespace pianola
