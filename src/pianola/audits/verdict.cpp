#include "pianola/audits/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pianola/audits/certificate_constants.hpp"
#include "pianola/audits/certification.hpp"
#include "pianola/audits/refuted_certificates.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

/// What the worst rollout costs when it is played again.
double replayed_regret(const AuditPlan& plan, const DecompositionFindings& found) {
  const auto entry = std::ranges::find(audits(), std::string("decomposition"), &AuditEntry::name);
  const auto measured = entry->replay(plan, {{"trajectory", found.worst_id}});
  return measured.at("regret").is_number() ? measured.at("regret").get<double>() : found.worst_regret;
}

/// Reasons for unsafe; empty if there is none.
std::vector<std::string> against(const AuditPlan& plan, const DecompositionFindings& found, double threshold) {
  std::vector<std::string> reasons;
  if (found.total.low > threshold) {
    reasons.push_back(fmt::format("the measured regret is {}, and its lower limit exceeds {}",
                                  format_estimate(found.total), format_number(threshold)));
  }
  const double replayed = replayed_regret(plan, found);
  if (replayed > threshold) {
    reasons.push_back(fmt::format("a witness, replayed: rollout {} costs {}, which exceeds {}", found.worst_id,
                                  format_number(replayed), format_number(threshold)));
  }
  return reasons;
}

std::vector<std::string> why_unknown(const AuditFindings& findings, const CertificateFinding* best, double threshold) {
  std::vector<std::string> reasons{
      fmt::format("no rollout costs more than {}, but no certificate or estimate that "
                  "covers this controller and stands is as small as that",
                  format_number(threshold))};
  if (best != nullptr) {
    reasons.push_back(
        fmt::format("the smallest to go by is the {} {}, {}", form_name(*best), kind_of(*best), bound_text(*best)));
    return reasons;
  }
  for (const CertificateFinding& c : findings.certificates) {
    if (c.covers && !c.refuted)
      reasons.push_back(form_name(c) + ": " + (c.remarks.empty() ? "not issued" : c.remarks.back()));
  }
  const bool covered = std::ranges::any_of(findings.certificates, &CertificateFinding::covers);
  if (!covered) reasons.emplace_back("no form of certificate speaks of this controller");
  return reasons;
}

/// Promises that the measured regret breaks.
std::vector<std::string> refutations(const AuditFindings& findings) {
  std::vector<std::string> reasons;
  for (const CertificateFinding& c : findings.certificates) {
    if (c.refuted) reasons.push_back(refutation(c, findings.decomposition->total));
  }
  return reasons;
}

/// Known of an auxiliary state before anything is played (theory.md §7, the coin); m = 1 keeps none.
std::vector<std::string> foreseen(const AuditPlan& plan) {
  const Spec controller = parse_spec(plan.controller);
  const std::string* const every = controller.find("resync_every");
  const bool augmented = controller.name == "augmented" && !(every != nullptr && *every == "1");
  if (!augmented || plan.deployment.system->info().deterministic) return {};
  return {
      "the plant has process noise, of which the transition model's is independent: the auxiliary state has the right "
      "law, but parts from the real one, and that costs at every step however fine the tokens are"};
}

}  // namespace

std::string to_text(Safety safety) {
  switch (safety) {
    case Safety::safe:
      return "safe";
    case Safety::unsafe:
      return "unsafe";
    case Safety::unknown:
      break;
  }
  return "unknown";
}

Verdict judge(const AuditPlan& plan, const AuditFindings& findings) {
  if (!findings.decomposition) throw UsageError("verdict: there is no decomposition to judge by");
  const RewardScale scale = reward_scale(plan, findings.decomposition->expert_return);
  const CertificateFinding* const best = smallest_covering(findings.certificates);
  Verdict verdict;
  verdict.threshold = plan.tolerance * scale.most();
  verdict.reasons = against(plan, *findings.decomposition, verdict.threshold);
  if (!verdict.reasons.empty()) {
    verdict.safety = Safety::unsafe;
  } else if (parse_spec(plan.controller).name == "expert") {
    verdict.safety = Safety::safe;
    verdict.reasons.emplace_back("the expert is what regret is measured against: its own is 0");
  } else if (best != nullptr && best->value <= verdict.threshold) {
    verdict.safety = Safety::safe;
    verdict.reasons.push_back(fmt::format("the {} {} bounds the regret by {}, at most {}", form_name(*best),
                                          kind_of(*best), format_number(best->value),
                                          format_number(verdict.threshold)));
    if (best->basis == Basis::sampled) {
      verdict.reasons.push_back("this is an estimate: some of its inputs are sampled suprema, no proof");
    }
  } else {
    verdict.reasons = why_unknown(findings, best, verdict.threshold);
  }
  for (const std::string& reason : refutations(findings)) verdict.reasons.push_back(reason);
  for (const std::string& reason : foreseen(plan)) verdict.reasons.push_back(reason);
  if (!scale.range) {
    verdict.reasons.push_back(
        fmt::format("the system declares no reward range: the expert's absolute mean return, {}, "
                    "stands for H × reward range",
                    format_number(scale.stand_in)));
  }
  return verdict;
}

}  // namespace pianola
