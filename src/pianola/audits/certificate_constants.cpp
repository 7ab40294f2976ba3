#include "pianola/audits/certificate_constants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/audits/actuator_range.hpp"
#include "pianola/audits/linear_gains.hpp"
#include "pianola/quantizers/dither.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/systems/sequence.hpp"
#include "pianola/systems/tabular_mdp.hpp"

namespace pianola {
namespace {

KnownConstant reward_lipschitz(const AuditPlan& plan, const AuditFindings& findings, const RewardScale& scale) {
  const double unit = scale.range.value_or(1.0);
  const auto declared = plan.deployment.system->info().reward_lipschitz;
  if (declared) return {*declared / unit, Basis::proven, "declared by the system"};
  return {findings.stability->reward_slope / unit, Basis::sampled, "largest slope of the reward in perturbed pairs"};
}

KnownConstant policy_lipschitz(const AuditPlan& plan, const AuditFindings& findings) {
  const auto proven = plan.deployment.expert->info().lipschitz;
  if (proven) return {*proven, Basis::proven, "of the expert, proven"};
  return {findings.stability->action_slope, Basis::sampled, "largest slope of the expert in perturbed pairs"};
}

/// Σ_j g_j in the loop: exact, or by the small-gain theorem from exact open-loop gains, or measured.
KnownConstant loop_gain(const StabilityFindings& stability, const KnownConstant& policy) {
  if (stability.closed.basis != Basis::sampled) {
    return {stability.closed.gain_sum(), stability.closed.basis, "Σ ‖(A − BK)^j B‖"};
  }
  const double open = stability.open.gain_sum(), loop = open * policy.value;
  if (stability.open.basis != Basis::sampled && policy.basis != Basis::sampled && loop < 1.0) {
    return {open / (1.0 - loop), Basis::proven, "small-gain theorem: G/(1 − G·L), G = Σ ‖A^j B‖"};
  }
  return {stability.closed.envelope.sum, Basis::sampled, "Σ C·η^j, measured"};
}

/// As much of it as is known lag by lag.
LoopGains loop_gains(const StabilityFindings& stability, const KnownConstant& sum) {
  if (stability.closed.basis != Basis::sampled) return {stability.closed.gains, {}, sum.value};
  if (sum.basis == Basis::sampled) return {{}, stability.closed.envelope, sum.value};
  return {{}, {}, sum.value};
}

/// q#π* of an expert whose action is a function of the state, in dimensions that have Lipschitz constants.
bool plays_points(const AuditPlan& plan) {
  return plan.plays_quantized_expert() && plan.deployment.expert->info().deterministic && lipschitz_kinds(plan);
}

/// Σ_d |u_d − u'_d|/Δ_d ≤ ‖u − u'‖·√(Σ_d 1/Δ_d²) (docs/theory.md §13), clipped actions no further apart than others.
std::optional<KnownModulus> dithered(const AuditPlan& plan, const KnownConstant& policy) {
  const auto* const dither = dynamic_cast<const Dither*>(plan.deployment.quantizer.get());
  if (dither == nullptr || !plays_points(plan) || dither->info().chunk > 1) return std::nullopt;
  double square = 0.0;
  for (const double spacing : dither->spacings()) square += spacing > 0.0 ? 1.0 / (spacing * spacing) : 0.0;
  const double slope = policy.value * std::sqrt(square);
  if (!std::isfinite(slope)) return std::nullopt;
  return KnownModulus{[slope](double r) { return slope == 0.0 ? 0.0 : std::min(1.0, slope * r); }, 0.0, policy.basis,
                      fmt::format("of dithered levels: κ(r) = min(1, {}·r), L_π·√(Σ 1/Δ_d²)", format_number(slope))};
}

std::vector<KnownModulus> known_moduli(const AuditPlan& plan, const AuditFindings& findings,
                                       const KnownConstant& policy) {
  if (const auto modulus = dithered(plan, policy)) return {*modulus};
  if (!findings.smoothness) return {};
  const SmoothnessFindings& found = *findings.smoothness;
  std::vector<KnownModulus> out{
      {found.modulus, found.tolerance, found.basis,
       fmt::format("modulus of what is deployed, tolerance {}", format_number(found.tolerance))}};
  if (found.total_variation && found.tolerance > 0.0) {
    out.push_back({found.total_variation, 0.0, Basis::sampled, "of the total variation of what is deployed"});
  }
  return out;
}

}  // namespace

bool plays_indices(const System& system) {
  return dynamic_cast<const TabularMdp*>(&system) != nullptr || dynamic_cast<const Sequence*>(&system) != nullptr;
}

bool lipschitz_kinds(const AuditPlan& plan) {
  if (plays_indices(*plan.deployment.system)) return false;
  const auto& kinds = plan.deployment.system->info().action_kinds;
  const bool plain = std::ranges::all_of(kinds, [](ActionKind kind) { return kind == ActionKind::linear; });
  return plain && (plan.deployment.quantizer == nullptr || plan.deployment.quantizer->representation() == nullptr);
}

bool CertificateConstants::clipped_by_plant() const {
  if (!range || !actuators) return false;
  for (std::size_t d = 0; d < range->low.size(); ++d) {
    if (actuators->low[d] < range->low[d] || actuators->high[d] > range->high[d]) return false;
  }
  return true;
}

RewardScale reward_scale(const AuditPlan& plan, const Estimate& expert_return) {
  const SystemInfo& info = plan.deployment.system->info();
  RewardScale scale;
  if (info.reward_low && info.reward_high) scale.range = *info.reward_high - *info.reward_low;
  scale.horizon = plan.horizon;
  scale.stand_in = std::abs(expert_return.value);
  return scale;
}

CertificateConstants certificate_constants(const AuditPlan& plan, const AuditFindings& findings) {
  CertificateConstants constants;
  const QuantizerInfo& quantizer = plan.deployment.quantizer->info();
  constants.scale = reward_scale(plan, findings.decomposition->expert_return);
  constants.reward = reward_lipschitz(plan, findings, constants.scale);
  constants.policy = policy_lipschitz(plan, findings);
  constants.loop_gain = loop_gain(*findings.stability, constants.policy);
  constants.loop = loop_gains(*findings.stability, constants.loop_gain);
  constants.epsilon = quantizer.epsilon_sup;
  constants.limit = linear_limit(*plan.deployment.system);
  if (lipschitz_kinds(plan)) constants.actuators = actuator_range(*plan.deployment.system);
  if (std::isfinite(quantizer.epsilon_sup)) constants.range = clipping_range(*plan.deployment.quantizer);
  if (constants.range && plays_points(plan)) {
    constants.lipschitz_bins = quantizer.chunk == 1;
    constants.small_gain = small_gain_tolerance(findings.stability->open.gain_sum(), constants.policy.value);
    // Beyond the radius of a measured stability nothing is known.
    const double farthest = (1.0 + constants.small_gain.value_or(0.0)) * quantizer.epsilon_sup;
    if (farthest > findings.stability->open.radius) constants.small_gain.reset();
  }
  constants.moduli = known_moduli(plan, findings, constants.policy);
  return constants;
}

}  // namespace pianola
