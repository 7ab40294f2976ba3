#include "pianola/audits/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

constexpr std::size_t kLeastRollouts = 2, kLeastPerturbations = 40;

void require_magnitudes(const std::vector<double>& magnitudes) {
  for (const double magnitude : magnitudes) {
    if (magnitude > 0.0 && std::isfinite(magnitude)) continue;
    throw UsageError(fmt::format("audit: magnitudes of perturbations must be positive and finite, not {}", magnitude));
  }
}

}  // namespace

std::string to_text(Basis basis) {
  switch (basis) {
    case Basis::proven:
      return "proven";
    case Basis::exact:
      return "exact";
    case Basis::sampled:
      break;
  }
  return "sampled";
}

Basis weaker(Basis a, Basis b) { return std::max(a, b); }

bool AuditPlan::plays_quantized_expert() const {
  return deployment.quantizer != nullptr && deployment.policy == nullptr && deployment.action_policy == nullptr;
}

RolloutSet AuditPlan::rollout_set(std::string activity) const {
  return {key, rollouts, horizon, 0, progress, std::move(activity)};
}

bool GainFindings::verified() const {
  if (violations.n == 0) return true;
  return (basis == Basis::sampled ? violations.high : violations.low) <= kStatedDelta;
}

bool GainFindings::determined() const { return !least_c || envelope.c <= kStatedSpread * *least_c; }

bool GainFindings::exponentially_stable() const { return eta.high < 1.0 && determined() && verified(); }

double GainFindings::gain_sum() const { return std::accumulate(gains.begin(), gains.end(), 0.0); }

AuditPlan checked_plan(AuditPlan plan) {
  if (!plan.deployment.system) throw UsageError("audit: there is no system to audit; give one (--system SPEC)");
  const SystemInfo& info = plan.deployment.system->info();
  if (!plan.deployment.expert) {
    throw UsageError(fmt::format(
        "audit: the system '{}' has no expert that could be asked; name one (--expert SPEC), or audit a dataset alone "
        "(pianola audit DATASET)",
        info.spec));
  }
  if (plan.horizon == 0) plan.horizon = info.horizon;
  if (plan.horizon == 0) {
    throw UsageError(
        fmt::format("audit: the system '{}' has no horizon of its own; give one (--horizon H)", info.spec));
  }
  if (plan.rollouts < kLeastRollouts) {
    throw UsageError(fmt::format("audit: an interval takes at least {} rollouts, not {} (--rollouts N)", kLeastRollouts,
                                 plan.rollouts));
  }
  if (plan.perturbations < kLeastPerturbations) {
    throw UsageError(
        fmt::format("audit: the intervals of stability take at least {} perturbations, not {} "
                    "(--perturbations N)",
                    kLeastPerturbations, plan.perturbations));
  }
  if (!(plan.tolerance > 0.0) || !std::isfinite(plan.tolerance)) {
    throw UsageError(fmt::format("audit: the tolerance must be positive and finite, not {}", plan.tolerance));
  }
  require_magnitudes(plan.magnitudes);
  return plan;
}

AuditResult run_audits(const AuditPlan& asked) {
  const AuditPlan plan = checked_plan(asked);
  AuditResult result;
  for (const AuditEntry& entry : audits()) {
    result.sections.push_back(entry.run(plan, result.findings));
    result.sections.back().name = entry.name;
    result.sections.back().title = entry.title;
  }
  for (std::size_t i = 0; i < audits().size(); ++i) {
    if (audits()[i].complete != nullptr) audits()[i].complete(result.sections[i], result.findings);
  }
  return result;
}

}  // namespace pianola
