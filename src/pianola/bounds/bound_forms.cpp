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

Terms terms_of(const Certificate& certificate) {
  return {{"quantization", certificate.quantization}, {"disagreement", certificate.disagreement}};
}

Modulus modulus_of(const BoundInputs& in) {
  if (in.kappa > 0.0) return [slope = in.kappa](double r) { return std::min(1.0, slope * r); };
  return [jump = in.jump](double r) { return r > jump ? 1.0 : 0.0; };
}

Terms feedback(const BoundInputs& in) { return terms_of(bound_feedback(Constant(in).inputs(), modulus_of(in))); }

Terms augmented(const BoundInputs& in) {
  const Constant constant(in);
  const std::vector<double> errors(constant.errors.size(), in.model_error);
  return terms_of(bound_augmented_by_model(constant.inputs(), errors));
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
  return terms_of(bound_closed_loop(inputs));
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

std::vector<BoundForm> all_forms() {
  const std::string regret = "regret at most about (constants set to 1)", certified = "regret at most";
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
       {"n", "horizon", "epsilon", "policies", "models", "delta"},
       regret,
       theorem_7},
      {"8",
       "Δ(H−1)(1−Δ)^n/2, and (H−1)ε/2",
       "deterministic expert; some instance costs any learner at least this",
       {"n", "horizon", "epsilon", "gap"},
       "worst of the two at least half of",
       theorem_8},
      {"9",
       "P(regret ≥ Δ(H−1)) ≥ (1−TV)/2",
       "stochastic expert; some instance, any learner",
       {"n", "horizon", "gap"},
       "probability of that regret at least",
       theorem_9,
       false},
      {"feedback",
       "Σ min(1, L_r(e + D_h)) + Σ (H−h+1) min(1, s + κ(D_h))",
       "P-EIISS (c, eta), κ of the deployed policy",
       {"horizon", "epsilon", "c", "eta", "reward_lipschitz", "disagreement", "kappa", "jump"},
       certified,
       feedback},
      {"augmented",
       "Σ min(1, L_r(e + D_h)) + Σ (H−h+1) min(1, s + m)",
       "Algorithm 1, deterministic dynamics, P-EIISS (c, eta)",
       {"horizon", "epsilon", "c", "eta", "reward_lipschitz", "disagreement", "model_error"},
       certified,
       augmented},
      {"closed_loop",
       "Σ min(1, L_r(D + ε + L_π D)) + Σ (H−h+1) min(1, s), D = C/(1−η) ε",
       "deterministic expert whose closed loop is incrementally stable (c, eta)",
       {"horizon", "epsilon", "c", "eta", "policy_lipschitz", "reward_lipschitz", "disagreement"},
       certified,
       closed_loop},
      {"unstable",
       "Σ max(0, log₂|λ_i|)",
       "any code that keeps a linear plant in a ball needs it",
       {"eigenvalues"},
       "bits a step at least",
       unstable},
  };
}

}  // namespace

std::span<const BoundForm> bound_forms() {
  static const std::vector<BoundForm> forms = all_forms();
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

EvaluatedBound evaluate_bound(const BoundForm& form, const BoundInputs& inputs) {
  EvaluatedBound result{form.evaluate(inputs), 0.0};
  for (const BoundTerm& term : result.terms) result.total = form.adds_up ? result.total + term.value : term.value;
  return result;
}

}  // namespace pianola
