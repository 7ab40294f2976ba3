#include "pianola/bounds/certificates.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

void require(std::span<const double> values, std::size_t horizon, const char* what) {
  if (values.size() != horizon) {
    throw UsageError("certificate: " + std::string(what) + " at " + std::to_string(values.size()) + " steps, but " +
                     std::to_string(horizon) + " errors; one of each for every step is required");
  }
  for (std::size_t h = 0; h < values.size(); ++h) {
    if (values[h] >= 0.0) continue;
    throw UsageError("certificate: " + std::string(what) + " at step " + std::to_string(h) + " is " +
                     std::to_string(values[h]) + "; numbers of at least 0 are required");
  }
}

double at(std::span<const double> values, std::size_t h) { return values.empty() ? 0.0 : values[h]; }

/// tolerance(h): ε' within which tokens of step h agree; lost(h): probability that they part.
template <class Tolerance, class Lost>
Certificate sum(const CertificateInputs& inputs, Tolerance tolerance, Lost lost) {
  const std::size_t horizon = inputs.errors.size();
  require(inputs.errors, horizon, "the quantization error");
  require(inputs.deviations, horizon, "the deviation");
  if (!inputs.disagreement.empty()) require(inputs.disagreement, horizon, "the disagreement");
  if (!(inputs.reward_lipschitz >= 0.0)) {
    throw UsageError("certificate: the reward's Lipschitz constant is " + std::to_string(inputs.reward_lipschitz) +
                     "; a number of at least 0 is required");
  }
  Certificate bound;
  for (std::size_t h = 0; h < horizon; ++h) {
    const double off = inputs.errors[h] + tolerance(h) + inputs.deviations[h];
    bound.quantization += std::min(1.0, inputs.reward_lipschitz * off);
    bound.disagreement += static_cast<double>(horizon - h) * std::min(1.0, at(inputs.disagreement, h) + lost(h));
  }
  return bound;
}

double no_tolerance(std::size_t) { return 0.0; }

double checked(const Modulus& modulus, double distance) {
  const double kappa = modulus(distance);
  if (kappa >= 0.0) return kappa;
  throw UsageError("certificate: the modulus at distance " + std::to_string(distance) + " is " + std::to_string(kappa) +
                   "; a number of at least 0 is required");
}

}  // namespace

Certificate bound_feedback(const CertificateInputs& inputs, const Modulus& modulus, double tolerance) {
  if (!(tolerance >= 0.0)) {
    throw UsageError("certificate: the tolerance is " + std::to_string(tolerance) +
                     "; a number of at least 0 is required");
  }
  return sum(
      inputs, [&](std::size_t) { return tolerance; },
      [&](std::size_t h) { return checked(modulus, inputs.deviations[h]); });
}

Certificate bound_feedback(const CertificateInputs& inputs, const Modulus& modulus) {
  return bound_feedback(inputs, modulus, 0.0);
}

Certificate bound_augmented(const CertificateInputs& inputs, const Modulus& modulus,
                            std::span<const double> model_distances) {
  require(model_distances, inputs.errors.size(), "the model's distance");
  return sum(inputs, no_tolerance, [&](std::size_t h) { return checked(modulus, model_distances[h]); });
}

Certificate bound_augmented(const CertificateInputs& inputs, const Modulus& modulus,
                            std::span<const double> model_distances, std::span<const double> tolerances) {
  require(model_distances, inputs.errors.size(), "the model's distance");
  require(tolerances, inputs.errors.size(), "the tolerance");
  return sum(
      inputs, [&](std::size_t h) { return tolerances[h]; },
      [&](std::size_t h) { return checked(modulus, model_distances[h]); });
}

Certificate bound_augmented_by_model(const CertificateInputs& inputs, std::span<const double> model_errors) {
  if (!model_errors.empty()) require(model_errors, inputs.errors.size(), "the model's error");
  return sum(inputs, no_tolerance, [&](std::size_t h) { return at(model_errors, h); });
}

double closed_loop_deviation(const ClosedLoopInputs& inputs) {
  if (inputs.c == 0.0 || inputs.epsilon_sup == 0.0) return 0.0;
  if (!(inputs.eta < 1.0)) return std::numeric_limits<double>::infinity();
  return inputs.c / (1.0 - inputs.eta) * inputs.epsilon_sup;
}

Certificate bound_closed_loop(const ClosedLoopInputs& inputs) {
  for (const double input :
       {inputs.epsilon_sup, inputs.c, inputs.eta, inputs.policy_lipschitz, inputs.reward_lipschitz}) {
    if (!(input >= 0.0)) {
      throw UsageError("certificate: closed-loop inputs are numbers of at least 0, not " + std::to_string(input));
    }
  }
  if (!inputs.disagreement.empty()) require(inputs.disagreement, inputs.horizon, "the disagreement");
  const double deviation = closed_loop_deviation(inputs);
  const double off =
      deviation + inputs.epsilon_sup + (inputs.policy_lipschitz == 0.0 ? 0.0 : inputs.policy_lipschitz * deviation);
  const double step = inputs.reward_lipschitz == 0.0 ? 0.0 : std::min(1.0, inputs.reward_lipschitz * off);
  Certificate bound;
  bound.quantization = static_cast<double>(inputs.horizon) * step;
  for (std::size_t h = 0; h < inputs.horizon; ++h) {
    bound.disagreement += static_cast<double>(inputs.horizon - h) * std::min(1.0, at(inputs.disagreement, h));
  }
  return bound;
}

double local_stability_cost(std::size_t horizon, double delta, double exceedance) {
  return static_cast<double>(horizon) * std::min(1.0, delta + exceedance);
}

std::optional<double> small_gain_tolerance(double gain_limit, double policy_lipschitz) {
  const double loop = gain_limit * policy_lipschitz;
  if (!(loop < 1.0)) return std::nullopt;
  return (2.0 + loop) / (1.0 - loop);
}

}  // namespace pianola
