#include "pianola/audits/certificate_terms.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "pianola/audits/actuator_range.hpp"
#include "pianola/audits/expert_pass.hpp"
#include "pianola/audits/token_disagreement.hpp"

namespace pianola {
namespace {

class Collector {
 public:
  Collector(const AuditPlan& plan, const AuditFindings& findings, const CertificateConstants& constants)
      : plan_(plan),
        open_(findings.stability->open),
        smoothness_(findings.smoothness),
        constants_(constants),
        quantizer_(*plan.deployment.quantizer),
        disagreement_(plan),
        errors_(plan.horizon),
        executed_(plan.horizon),
        deviations_(plan.horizon) {
    terms.learned = disagreement_.needed();
    terms.disagreement_unknown = disagreement_.why_not();
  }

  void add_expert(const ExpertTrajectory& t) {
    set_errors(t.actions, t.quantized);
    ++terms.trajectories;
    terms.ended_early += t.outcome == Outcome::terminated ? 1 : 0;
    terms.beyond_radius += *std::ranges::max_element(executed_) > open_.radius ? 1 : 0;
    if (std::isfinite(constants_.loop_gain.value) && constants_.range) add_tube(t);
    if (!std::isfinite(open_.gain_sum())) return;
    const std::vector<double> lost = disagreement_.of(t, plan_.key, plan_.horizon);
    convolve(executed_);
    terms.augmented.add(
        total(0.0, lost, [](const CertificateInputs& inputs) { return bound_augmented_by_model(inputs, {}).total(); }));
    if (smoothness_) add_modulus(lost);
    if (constants_.small_gain) add_small_gain(t);
  }

  /// t: played by q#π*, shadowed by the expert.
  void add_quantized(const ExpertTrajectory& t) {
    set_errors(t.shadow, t.actions);
    if (!disagreement_.needed() || !disagreement_.known()) return;
    ExpertTrajectory asked = t;
    asked.actions = t.shadow;  // what the expert would have done there
    const std::vector<double> lost = disagreement_.of(asked, plan_.key, plan_.horizon);
    double sum = 0.0;
    for (std::size_t h = 0; h < lost.size(); ++h) {
      sum += static_cast<double>(plan_.horizon - h) * std::min(1.0, lost[h]);
    }
    terms.visited.add(sum);
  }

  CertificateTerms terms;

 private:
  void set_errors(std::span<const double> actions, std::span<const double> quantized) {
    const std::size_t dim = quantizer_.info().action_dim, steps = quantized.size() / dim;
    raw_.resize(quantized.size());
    action_errors(quantizer_, actions.first(quantized.size()), quantized, raw_);
    std::ranges::fill(errors_, 0.0);
    std::ranges::fill(executed_, 0.0);
    for (std::size_t h = 0; h < steps; ++h) {
      double square = 0.0;
      for (std::size_t d = 0; d < dim; ++d) square += raw_[h * dim + d] * raw_[h * dim + d];
      errors_[h] = std::sqrt(square);
      executed_[h] = constants_.actuators ? executed_distance(constants_.actuators, actions.subspan(h * dim, dim),
                                                              quantized.subspan(h * dim, dim))
                                          : errors_[h];
      terms.largest_error = std::max(terms.largest_error, errors_[h]);
    }
  }

  void convolve(std::span<const double> errors) {
    if (open_.basis == Basis::sampled) {
      convolve_envelope(open_.envelope.c, open_.envelope.eta, errors, deviations_);
    } else {
      convolve_gains(open_.gains, errors, deviations_);
    }
  }

  /// Σ_h of one trajectory by a form; without a declared range no min(1, ·) is taken.
  template <class Bound>
  double total(double tolerance, std::span<const double> lost, Bound bound) const {
    const double slope = constants_.reward.value;
    if (constants_.scale.range) return bound(CertificateInputs{errors_, deviations_, lost, slope});
    double sum = 0.0;
    for (std::size_t h = 0; h < errors_.size(); ++h) sum += slope * (errors_[h] + tolerance + deviations_[h]);
    return sum;
  }

  /// D of e_h + ε', as far as they reach the plant.
  void convolve_shifted(double tolerance) {
    shifted_ = executed_;
    for (double& error : shifted_) error += tolerance;
    convolve(shifted_);
  }

  void add_modulus(std::span<const double> lost) {
    const double tolerance = smoothness_->tolerance;
    convolve_shifted(tolerance);
    terms.parts =
        terms.parts || std::ranges::any_of(deviations_, [&](double d) { return smoothness_->modulus(d) > 0.0; });
    terms.by_modulus.add(total(tolerance, lost, [&](const CertificateInputs& inputs) {
      return bound_feedback(inputs, smoothness_->modulus, tolerance).total();
    }));
  }

  /// q#π* itself: the tokens of all states that can be met agree within k·ε.
  void add_small_gain(const ExpertTrajectory& t) {
    const double tolerance = *constants_.small_gain * constants_.epsilon;
    if (!constants_.clipped_by_plant() &&
        !inside(t, constants_.policy.value * open_.gain_sum() * (constants_.epsilon + tolerance))) {
      ++terms.left_small_gain;
      return;
    }
    convolve_shifted(tolerance);
    terms.by_small_gain.add(total(tolerance, {}, [&](const CertificateInputs& inputs) {
      return bound_feedback(
                 inputs, [](double) { return 0.0; }, tolerance)
          .total();
    }));
  }

  /// Closed loop: Σ_h min(1, L_r(D_h + e'_h + L_π·D_h)).
  void add_tube(const ExpertTrajectory& t) {
    const double lipschitz = constants_.policy.value, slope = constants_.reward.value;
    const Tube tube = quantized_tube(t.actions, quantizer_.info().action_dim, plan_.horizon, constants_.loop,
                                     constants_.epsilon, lipschitz, constants_.range,
                                     constants_.clipped_by_plant() ? Actuators::clipped : Actuators::as_given);
    double sum = 0.0;
    for (std::size_t h = 0; h < tube.errors.size(); ++h) {
      const double off = slope * (tube.deviations[h] + tube.errors[h] + lipschitz * tube.deviations[h]);
      sum += constants_.scale.range ? std::min(1.0, off) : off;
    }
    terms.closed_loop.add(sum);
  }

  /// Whether all actions within `room` of the trajectory's own lie inside the range, where ε_sup holds.
  [[nodiscard]] bool inside(const ExpertTrajectory& t, double room) const {
    if (!constants_.range || !std::isfinite(room)) return false;
    const std::size_t dim = quantizer_.info().action_dim;
    for (std::size_t i = 0; i < t.actions.size(); ++i) {
      if (t.actions[i] + room > constants_.range->high[i % dim]) return false;
      if (t.actions[i] - room < constants_.range->low[i % dim]) return false;
    }
    return true;
  }

  const AuditPlan& plan_;
  const GainFindings& open_;
  const std::optional<SmoothnessFindings>& smoothness_;
  const CertificateConstants& constants_;
  const Quantizer& quantizer_;
  TokenDisagreement disagreement_;
  std::vector<double> errors_, executed_, shifted_, deviations_, raw_;
};

/// What q#π* visits says nothing new about bins that no learner chooses.
bool needs_second_pass(const AuditPlan& plan, const CertificateTerms& terms, const CertificateConstants& constants) {
  if (plan.recorded != nullptr) return false;
  return plan.deployment.quantizer->info().chunk == 1 && (terms.learned || !constants.range);
}

}  // namespace

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

CertificateTerms certificate_terms(const AuditPlan& plan, const AuditFindings& findings,
                                   const CertificateConstants& constants) {
  Collector collector(plan, findings, constants);
  ExpertPassPlan pass = expert_pass_of(plan, "audit: certificates");
  expert_pass(pass, [&](const ExpertTrajectory& t) {
    if (t.steps > 0) collector.add_expert(t);
  });
  if (!needs_second_pass(plan, collector.terms, constants)) return collector.terms;
  Deployment untrained = plan.deployment;
  untrained.policy = nullptr;
  untrained.model = nullptr;
  pass.quantizer = nullptr;
  pass.player = make_controller("quantized", untrained);
  pass.shadow = make_controller("expert", untrained);
  expert_pass(pass, [&](const ExpertTrajectory& t) {
    if (t.steps > 0) collector.add_quantized(t);
  });
  return collector.terms;
}

}  // namespace pianola
