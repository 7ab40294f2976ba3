#include "pianola/bounds/bound_forms.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/bounds/certificates.hpp"
#include "pianola/bounds/gain_envelope.hpp"
#include "pianola/bounds/rates.hpp"
#include "pianola/bounds/required_input.hpp"

namespace pianola {
namespace {

using Terms = std::vector<BoundTerm>;

constexpr double kMostSteps = 1e7;  // what is evaluated step by step

std::uint64_t count(const char* name, double value) {
  require_input(value >= 1.0 && value <= kMostSteps && value == std::floor(value), name, value,
                "a whole number from 1 to 10000000");
  return static_cast<std::uint64_t>(value);
}

RateInputs rate_inputs(const BoundInputs& in) {
  require_input(in.policies >= 1.0, "policies", in.policies, "at least 1");
  require_input(in.models >= 1.0, "models", in.models, "at least 1");
  return {in.n, in.horizon, in.epsilon, std::log(in.policies), std::log(in.models), in.delta};
}

Terms terms_of(const Rate& rate) {
  return {{"statistical", rate.statistical}, {"smoothness", rate.smoothness}, {"quantization", rate.quantization}};
}

Terms theorem_2(const BoundInputs& in) { return terms_of(bound_theorem_2(rate_inputs(in))); }

Terms theorem_3(const BoundInputs& in) {
  require_input(in.eta >= 0.0 && in.eta < 1.0, "eta", in.eta, "in [0, 1)");
  return terms_of(bound_theorem_3(rate_inputs(in), {.k = in.k, .gamma = in.c / (1.0 - in.eta), .jump = in.jump}));
}

Terms theorem_7(const BoundInputs& in) { return terms_of(bound_theorem_7(rate_inputs(in))); }

Terms theorem_8(const BoundInputs& in) {
  const std::uint64_t n = count("n", in.n), horizon = count("horizon", in.horizon);
  return {{"statistical", in.gap < 0.0 ? lower_bound_theorem_8(n, horizon) : lower_bound_theorem_8(n, horizon, in.gap)},
          {"quantization", lower_bound_collision(horizon, in.epsilon)}};
}

Terms theorem_9(const BoundInputs& in) {
  const double gap = in.gap < 0.0 ? 1.0 / (5.0 * std::sqrt(in.n)) : in.gap;
  const Theorem9Bound bound = lower_bound_theorem_9(count("n", in.n), count("horizon", in.horizon), gap);
  return {{"total variation", bound.total_variation},
          {"regret", bound.regret},
          {"probability of that regret", bound.probability}};
}

/// Constant inputs at every step.
struct Constant {
  std::vector<double> errors, deviations, disagreement;
  double reward_lipschitz;
  explicit Constant(const BoundInputs& in)
      : errors(count("horizon", in.horizon), in.epsilon),
        deviations(errors.size()),
        disagreement(errors.size(), in.disagreement),
        reward_lipschitz(in.reward_lipschitz) {
    require_input(in.epsilon >= 0.0, "epsilon", in.epsilon, "at least 0");
    require_input(in.c >= 0.0 && in.eta >= 0.0, "c or eta", std::min(in.c, in.eta), "at least 0");
    convolve_envelope(in.c, in.eta, errors, deviations);
  }
  [[nodiscard]] CertificateInputs inputs() const { return {errors, deviations, disagreement, reward_lipschitz}; }
};

/// A certificate where stability holds, and what it costs where it does not.
Terms terms_of(const Certificate& certificate, const BoundInputs& in) {
  require_input(in.outside >= 0.0 && in.outside <= 1.0, "outside", in.outside, "between 0 and 1");
  Terms terms{{"quantization", certificate.quantization}, {"disagreement", certificate.disagreement}};
  if (in.outside > 0.0) {
    terms.push_back({"stability not global", local_stability_cost(count("horizon", in.horizon), 0.0, in.outside)});
  }
  return terms;
}

Modulus modulus_of(const BoundInputs& in) {
  if (in.kappa > 0.0) return [slope = in.kappa](double r) { return std::min(1.0, slope * r); };
  return [jump = in.jump](double r) { return r > jump ? 1.0 : 0.0; };
}

Terms feedback(const BoundInputs& in) { return terms_of(bound_feedback(Constant(in).inputs(), modulus_of(in)), in); }

/// ε'-RTVC by binning: tokens of expert and learner stay within k·ε where C/(1 − η)·L_π < 1.
Terms small_gain(const BoundInputs& in) {
  require_input(in.eta >= 0.0 && in.eta < 1.0, "eta", in.eta, "in [0, 1)");
  const double gain = in.c / (1.0 - in.eta) * in.policy_lipschitz;
  const auto k = small_gain_tolerance(in.c / (1.0 - in.eta), in.policy_lipschitz);
  if (!k) {
    throw UsageError("bound: small_gain needs C/(1−η)·L_π below 1, and it is " + std::to_string(gain) +
                     "; a smaller --c, --eta or --policy-lipschitz, or `bound closed_loop`, which needs no such gain");
  }
  BoundInputs widened = in;
  widened.epsilon = in.epsilon * (1.0 + *k);
  const Constant plain(in), wide(widened);
  const CertificateInputs inputs{plain.errors, wide.deviations, plain.disagreement, in.reward_lipschitz};
  return terms_of(bound_feedback(
                      inputs, [](double) { return 0.0; }, *k * in.epsilon),
                  in);
}

Terms augmented(const BoundInputs& in) {
  const Constant constant(in);
  const std::vector<double> errors(constant.errors.size(), in.model_error);
  return terms_of(bound_augmented_by_model(constant.inputs(), errors), in);
}

/// Algorithm 1 under any dynamics: κ of the distance between the model's state and the expert's.
Terms augmented_smooth(const BoundInputs& in) {
  require_input(in.state_error >= 0.0, "state_error", in.state_error, "at least 0");
  const Constant constant(in);
  const std::vector<double> distances(constant.errors.size(), in.state_error);
  return terms_of(bound_augmented(constant.inputs(), modulus_of(in), distances), in);
}

Terms closed_loop(const BoundInputs& in) {
  const Constant constant(in);
  ClosedLoopInputs inputs;
  inputs.horizon = constant.errors.size();
  inputs.epsilon_sup = in.epsilon;
  inputs.c = in.c;
  inputs.eta = in.eta;
  inputs.policy_lipschitz = in.policy_lipschitz;
  inputs.reward_lipschitz = in.reward_lipschitz;
  inputs.disagreement = constant.disagreement;
  return terms_of(bound_closed_loop(inputs), in);
}

std::vector<double> numbers(const std::string& list) {
  std::vector<double> values;
  for (const char *at = list.data(), *end = at + list.size(); at < end; ++at) {
    double value = 0.0;
    const auto [stop, error] = std::from_chars(at, end, value);
    if (error != std::errc() || (stop != end && *stop != ',') || !(std::abs(value) < 1e300)) {
      throw UsageError("bound: eigenvalues are numbers as 1.5,0.9, not '" + list + "'");
    }
    values.push_back(std::abs(value));
    at = stop;
  }
  if (values.empty()) throw UsageError("bound: unstable needs --eigenvalues, as 1.5,0.9");
  return values;
}

Terms unstable(const BoundInputs& in) {
  Terms terms;
  for (const double magnitude : numbers(in.eigenvalues)) {
    terms.push_back({"|λ| = " + std::to_string(magnitude), necessary_rate(std::vector<double>{magnitude})});
  }
  return terms;
}

std::vector<BoundForm> theorem_forms() {
  const std::string regret = "regret at most about (constants set to 1)";
  return {
      {"2",
       "H √(log(|Π|/δ)/n) + H² ε",
       "stochastic expert, Π TVC with linear κ, realizable, globally P-EIISS",
       {"n", "horizon", "epsilon", "policies", "delta"},
       regret,
       theorem_2},
      {"3",
       "H log(|Π|/δ)/n + H² κ(γ((k+1)ε)) + H [γ((k+1)ε) + (k+1)ε], γ(r) = C/(1−η) r",
       "deterministic expert, binning, Π kε-RTVC, realizable, globally P-IISS",
       {"n", "horizon", "epsilon", "policies", "delta", "c", "eta", "k", "jump"},
       regret,
       theorem_3},
      {"7",
       "H [√((log|Π| + log|M|)/n) + ε]",
       "Algorithm 1, deterministic dynamics, realizable, globally P-EIISS",
       {"n", "horizon", "epsilon", "policies", "models"},
       regret,
       theorem_7},
      {"8",
       "Δ(H−1)(1−Δ)^n/2, and (H−1)ε/2",
       "deterministic expert; some instance costs any learner at least this",
       {"n", "horizon", "epsilon", "gap"},
       "some instance costs at least (half of the sum)",
       theorem_8,
       BoundTotal::half_sum,
       BoundSide::lower},
      {"9",
       "P(regret ≥ Δ(H−1)) ≥ (1−TV)/2",
       "stochastic expert; some instance, any learner",
       {"n", "horizon", "gap"},
       "probability of that regret at least",
       theorem_9,
       BoundTotal::last,
       BoundSide::lower},
      {"unstable",
       "Σ max(0, log₂|λ_i|)",
       "any code that keeps a linear plant in a ball needs it",
       {"eigenvalues"},
       "bits a step at least",
       unstable,
       BoundTotal::sum,
       BoundSide::lower},
  };
}

std::vector<BoundForm> certificate_forms() {
  const std::string certified = "regret at most";
  return {
      {"feedback",
       "Σ min(1, L_r(e + D_h)) + Σ (H−h+1) min(1, s + κ(D_h))",
       "P-EIISS (c, eta), κ of the deployed policy",
       {"horizon", "epsilon", "c", "eta", "reward_lipschitz", "disagreement", "kappa", "jump", "outside"},
       certified,
       feedback},
      {"small_gain",
       "Σ min(1, L_r(e + kε + D_h)) + Σ (H−h+1) min(1, s), k = (2 + g L_π)/(1 − g L_π), g = C/(1−η)",
       "binning and an L_π-Lipschitz expert, P-EIISS (c, eta), g L_π < 1: kε-RTVC with κ = 0",
       {"horizon", "epsilon", "c", "eta", "policy_lipschitz", "reward_lipschitz", "disagreement", "outside"},
       certified,
       small_gain},
      {"augmented",
       "Σ min(1, L_r(e + D_h)) + Σ (H−h+1) min(1, s + m)",
       "Algorithm 1, deterministic dynamics, P-EIISS (c, eta)",
       {"horizon", "epsilon", "c", "eta", "reward_lipschitz", "disagreement", "model_error", "outside"},
       certified,
       augmented},
      {"augmented_smooth",
       "Σ min(1, L_r(e + D_h)) + Σ (H−h+1) min(1, s + κ(ρ))",
       "Algorithm 1, any dynamics, P-EIISS (c, eta), κ of the deployed policy, ρ the model's distance (state-error)",
       {"horizon", "epsilon", "c", "eta", "reward_lipschitz", "disagreement", "kappa", "jump", "state_error",
        "outside"},
       certified,
       augmented_smooth},
      {"closed_loop",
       "Σ min(1, L_r(D + ε + L_π D)) + Σ (H−h+1) min(1, s), D = C/(1−η) ε",
       "deterministic expert whose closed loop is incrementally stable (c, eta)",
       {"horizon", "epsilon", "c", "eta", "policy_lipschitz", "reward_lipschitz", "disagreement", "outside"},
       certified,
       closed_loop},
  };
}

}  // namespace

std::span<const BoundForm> bound_forms() {
  static const std::vector<BoundForm> forms = [] {
    std::vector<BoundForm> all = theorem_forms();
    const std::vector<BoundForm> certificates = certificate_forms();
    all.insert(all.end(), certificates.begin(), certificates.end());
    return all;
  }();
  return forms;
}

const BoundForm& find_bound_form(const std::string& name) {
  std::vector<std::string> known;
  for (const BoundForm& form : bound_forms()) {
    if (form.name == name) return form;
    known.push_back(form.name);
  }
  throw_unknown_name("bound", name, known);
}

namespace {

double total_of(const BoundForm& form, const Terms& terms) {
  if (form.total == BoundTotal::last) return terms.back().value;
  double sum = 0.0;
  for (const BoundTerm& term : terms) sum += term.value;
  return form.total == BoundTotal::half_sum ? 0.5 * sum : sum;
}

bool reads(const BoundForm& form, const char* input) {
  return std::ranges::find(form.inputs, input) != form.inputs.end();
}

std::string short_number(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

}  // namespace

EvaluatedBound evaluate_bound(const BoundForm& form, const BoundInputs& inputs) {
  EvaluatedBound result;
  result.terms = form.evaluate(inputs);
  result.total = total_of(form, result.terms);
  if (reads(form, "eta") && inputs.eta >= 1.0) {
    result.remarks.push_back(
        "eta = " + short_number(inputs.eta) +
        " is not below 1: the plant is not P-EIISS, and the gains C·η^j are taken as they are given");
  }
  result.vacuous = form.side == BoundSide::upper && result.total >= inputs.horizon;
  if (result.vacuous) {
    result.remarks.push_back("vacuous: no regret exceeds H = " + short_number(inputs.horizon) +
                             " where rewards lie in [0, 1]");
  }
  return result;
}

}  // namespace pianola
