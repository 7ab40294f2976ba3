#include "pianola/audits/certificate_terms.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "pianola/audits/actuator_range.hpp"
#include "pianola/audits/expert_pass.hpp"
#include "pianola/audits/model_distance.hpp"
#include "pianola/audits/token_disagreement.hpp"

namespace pianola {
namespace {

constexpr double kFar = 1e100;   // a tolerance or deviation that loses every step
constexpr double kSlack = 1e-9;  // of a deviation: rounding
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Observations that a decision of the deployed policy sees.
std::size_t remembered(const Deployment& deployment) {
  if (deployment.policy) return deployment.policy->info().history;
  return deployment.action_policy ? deployment.action_policy->info().history : 1;
}

class Collector {
 public:
  Collector(const AuditPlan& plan, const AuditFindings& findings, const CertificateConstants& constants)
      : plan_(plan),
        open_(findings.stability->open),
        constants_(constants),
        quantizer_(*plan.deployment.quantizer),
        disagreement_(plan),
        model_(plan),
        history_(remembered(plan.deployment)),
        errors_(plan.horizon),
        executed_(plan.horizon),
        deviations_(plan.horizon),
        rooms_(plan.horizon) {
    terms.learned = disagreement_.needed();
    terms.disagreement_unknown = disagreement_.why_not();
    terms.model_unknown = model_.why_not();
    terms.by_modulus.resize(constants.moduli.size());
    terms.by_distance.resize(constants.moduli.size());
  }

  void add_expert(const ExpertTrajectory& t) {
    set_errors(t.actions, t.quantized);
    set_rooms(t);
    reaches_limit_ = false;
    ++terms.trajectories;
    terms.ended_early += t.outcome == Outcome::terminated ? 1 : 0;
    terms.beyond_radius += *std::ranges::max_element(executed_) > open_.radius ? 1 : 0;
    if (std::isfinite(constants_.loop_gain.value) && constants_.range) add_tube(t);
    if (std::isfinite(open_.gain_sum())) add_open(t);
    terms.reach_limit += reaches_limit_ ? 1 : 0;
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
  /// The forms that suppose open-loop gains.
  void add_open(const ExpertTrajectory& t) {
    const std::vector<double> lost = disagreement_.of(t, plan_.key, plan_.horizon);
    add_means(t, lost);
    convolve(executed_);
    terms.augmented.add(
        total(0.0, lost, [](const CertificateInputs& inputs) { return bound_augmented_by_model(inputs, {}).total(); }));
    if (constants_.small_gain) add_small_gain(t);
    for (std::size_t i = 0; i < constants_.moduli.size(); ++i) add_modulus(i, lost);
    if (model_.known()) add_model(t, lost);
  }

  void set_errors(std::span<const double> actions, std::span<const double> quantized) {
    const std::size_t dim = quantizer_.info().action_dim, steps = quantized.size() / dim;
    raw_.resize(quantized.size());
    action_errors(quantizer_, actions.first(quantized.size()), quantized, raw_);
    std::ranges::fill(errors_, 0.0);
    std::ranges::fill(executed_, 0.0);
    unknown_steps_ = actions.size() / dim - steps;
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

  /// How far the states before each step are from the plant's limit; a diverged expert has no room from its end on.
  void set_rooms(const ExpertTrajectory& t) {
    std::ranges::fill(rooms_, kInfinity);
    if (t.outcome == Outcome::diverged) {
      std::fill(rooms_.begin() + static_cast<std::ptrdiff_t>(t.steps), rooms_.end(), -kInfinity);
    }
    const std::size_t dim = t.observations.size() / t.steps;
    for (std::size_t h = 1; h < t.steps && std::isfinite(constants_.limit); ++h) {  // a start beyond it may come back
      double farthest = 0.0;
      for (std::size_t d = 0; d < dim; ++d) farthest = std::max(farthest, std::abs(t.observations[h * dim + d]));
      rooms_[h] = constants_.limit - farthest;
    }
    terms.room = std::min(terms.room, *std::ranges::min_element(rooms_));
  }

  /// From the first step on at which the limit is within reach, nothing bounds how far the states come apart.
  void lose_beyond_limit(std::span<double> deviations) {
    for (std::size_t h = 0; h < deviations.size(); ++h) {
      if (deviations[h] * (1.0 + kSlack) <= rooms_[h]) continue;
      std::ranges::fill(deviations.subspan(h), kFar);
      reaches_limit_ = true;
      return;
    }
  }

  static bool is_lost(std::span<const double> deviations) { return deviations.back() >= kFar; }

  void convolve(std::span<const double> errors) {
    if (open_.basis == Basis::sampled) {
      convolve_envelope(open_.envelope.c, open_.envelope.eta, errors, deviations_);
    } else {
      convolve_gains(open_.gains, errors, deviations_);
    }
    lose_beyond_limit(deviations_);
  }

  /// Over the steps that it ran.
  void add_means(const ExpertTrajectory& t, std::span<const double> lost) {
    RunningMean error, disagreement;
    for (std::size_t h = 0; h < t.steps; ++h) {
      error.add(errors_[h]);
      disagreement.add(lost.empty() ? 0.0 : lost[h]);
    }
    terms.error.add(error.mean()), terms.disagreement.add(disagreement.mean());
  }

  /// Σ_h of one trajectory by a form. Steps behind the last whole chunk, of which nothing is known, cost all that a
  /// step can. Without a declared range no min(1, ·) is taken; then `bound` is not asked.
  template <class Bound>
  double total(std::span<const double> tolerances, std::span<const double> lost, Bound bound) const {
    const double slope = constants_.reward.value;
    if (constants_.scale.range) {
      return bound(CertificateInputs{errors_, deviations_, lost, slope}) + static_cast<double>(unknown_steps_);
    }
    double sum = unknown_steps_ > 0 || is_lost(deviations_) ? kInfinity : 0.0;
    for (std::size_t h = 0; h < errors_.size(); ++h) {
      sum += slope * (errors_[h] + (tolerances.empty() ? 0.0 : tolerances[h]) + deviations_[h]);
    }
    return sum;
  }
  template <class Bound>
  double total(double tolerance, std::span<const double> lost, Bound bound) const {
    return total(std::vector<double>(errors_.size(), tolerance), lost, bound);
  }

  /// D of e_h + ε'_h, as far as they reach the plant.
  void convolve_shifted(std::span<const double> tolerances) {
    shifted_ = executed_;
    for (std::size_t h = 0; h < shifted_.size(); ++h) shifted_[h] += tolerances[h];
    convolve(shifted_);
  }
  void convolve_shifted(double tolerance) { convolve_shifted(std::vector<double>(executed_.size(), tolerance)); }

  /// κ at these distances, of the `into` form. tolerances: [H]; the model's errors follow them.
  void add(ModulusTerms& into, const Modulus& modulus, std::span<const double> distances,
           std::span<const double> tolerances, std::span<const double> lost) {
    RunningMean kappa;
    for (const double r : distances) kappa.add(modulus(r));
    into.kappa.add(kappa.mean());
    into.parts = into.parts || kappa.mean() > 0.0;
    into.beyond_radius += *std::ranges::max_element(shifted_) > open_.radius ? 1 : 0;
    into.total.add(total(tolerances, lost, [&](const CertificateInputs& inputs) {
      return bound_augmented(inputs, modulus, distances, tolerances).total();
    }));
  }

  /// Feedback: a policy that remembers sees the largest of its last deviations.
  void add_modulus(std::size_t i, std::span<const double> lost) {
    const KnownModulus& known = constants_.moduli[i];
    const std::vector<double> tolerances(plan_.horizon, known.tolerance);
    convolve_shifted(tolerances);
    add(terms.by_modulus[i], known.modulus, largest_of_last(deviations_, history_), tolerances, lost);
  }

  /// Augmented: κ(ρ_h). Tokens that agree within ε' only would lead x̃ elsewhere, unless it does not look at them.
  void add_model(const ExpertTrajectory& t, std::span<const double> lost) {
    const std::vector<double> away = model_.of(t);
    RunningMean mean;
    for (std::size_t h = 0; h < t.steps; ++h) mean.add(away[h]);
    terms.model_distance.add(mean.mean());
    for (std::size_t i = 0; i < constants_.moduli.size(); ++i) {
      const KnownModulus& known = constants_.moduli[i];
      if (known.tolerance > 0.0 && model_.follows_tokens()) continue;
      const std::vector<double> tolerances(plan_.horizon, known.tolerance);
      convolve_shifted(tolerances);
      add(terms.by_distance[i], known.modulus, away, tolerances, lost);
    }
    if (!constants_.lipschitz_bins || model_.follows_tokens()) return;
    std::vector<double> tolerances(plan_.horizon);
    for (std::size_t h = 0; h < tolerances.size(); ++h) {
      const double apart = constants_.policy.value == 0.0 ? 0.0 : constants_.policy.value * away[h];
      tolerances[h] = std::min(kFar, 2.0 * constants_.epsilon + apart);
    }
    convolve_shifted(tolerances);
    add(
        terms.by_bins, [](double) { return 0.0; }, away, tolerances, lost);
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
    Tube tube = quantized_tube(t.actions, quantizer_.info().action_dim, plan_.horizon, constants_.loop,
                               constants_.epsilon, lipschitz, constants_.range,
                               constants_.clipped_by_plant() ? Actuators::clipped : Actuators::as_given);
    lose_beyond_limit(tube.deviations);
    double sum = !constants_.scale.range && is_lost(tube.deviations) ? kInfinity : 0.0;
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
  const CertificateConstants& constants_;
  const Quantizer& quantizer_;
  TokenDisagreement disagreement_;
  ModelDistance model_;
  std::size_t history_;
  std::size_t unknown_steps_ = 0;  // of the trajectory, behind its last whole chunk
  bool reaches_limit_ = false;     // of the trajectory, by some form
  std::vector<double> errors_, executed_, shifted_, deviations_, rooms_, raw_;
};

/// What q#π* visits says nothing new about bins that no learner chooses.
bool needs_second_pass(const AuditPlan& plan, const CertificateTerms& terms, const CertificateConstants& constants) {
  if (plan.recorded != nullptr) return false;
  return plan.deployment.quantizer->info().chunk == 1 && (terms.learned || !constants.range);
}

}  // namespace

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
