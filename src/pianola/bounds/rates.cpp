#include "pianola/bounds/rates.hpp"

#include <algorithm>
#include <cmath>

#include "pianola/bounds/required_input.hpp"

namespace pianola {
namespace {

void check(const RateInputs& inputs) {
  require_input(inputs.n > 0.0 && std::isfinite(inputs.n), "n", inputs.n, "a finite number above 0");
  require_input(inputs.horizon > 0.0 && std::isfinite(inputs.horizon), "horizon", inputs.horizon,
                "a finite number above 0");
  require_input(inputs.epsilon >= 0.0, "epsilon", inputs.epsilon, "at least 0");
  require_input(inputs.log_policies >= 0.0, "log |policies|", inputs.log_policies, "at least 0");
  require_input(inputs.log_models >= 0.0, "log |models|", inputs.log_models, "at least 0");
  require_input(inputs.delta > 0.0 && inputs.delta < 1.0, "delta", inputs.delta, "between 0 and 1");
}

double log_class(const RateInputs& inputs) { return inputs.log_policies - std::log(inputs.delta); }

}  // namespace

Rate bound_theorem_2(const RateInputs& inputs) {
  check(inputs);
  const double h = inputs.horizon;
  return {h * std::sqrt(log_class(inputs) / inputs.n), 0.0, h * h * inputs.epsilon};
}

Rate bound_theorem_3(const RateInputs& inputs, const Theorem3Inputs& loop) {
  check(inputs);
  require_input(loop.k >= 0.0, "k", loop.k, "at least 0");
  require_input(loop.gamma >= 0.0, "gamma", loop.gamma, "at least 0");
  require_input(loop.jump >= 0.0, "jump", loop.jump, "at least 0");
  const double h = inputs.horizon, off = (loop.k + 1.0) * inputs.epsilon, moved = loop.gamma * off;
  return {h * log_class(inputs) / inputs.n, moved > loop.jump ? h * h : 0.0, h * (moved + off)};
}

Rate bound_theorem_7(const RateInputs& inputs) {
  check(inputs);
  const double h = inputs.horizon;
  return {h * std::sqrt((inputs.log_policies + inputs.log_models) / inputs.n), 0.0, h * inputs.epsilon};
}

double lower_bound_theorem_8(std::uint64_t n, std::uint64_t horizon, double gap) {
  require_input(gap >= 0.0 && gap <= 1.0, "gap", gap, "between 0 and 1");
  if (horizon < 2) return 0.0;
  return 0.5 * gap * static_cast<double>(horizon - 1) * std::pow(1.0 - gap, static_cast<double>(n));
}

double lower_bound_theorem_8(std::uint64_t n, std::uint64_t horizon) {
  require_input(n > 0, "n", 0.0, "at least 1");
  return lower_bound_theorem_8(n, horizon, 1.0 / (3.0 * static_cast<double>(n)));
}

double lower_bound_collision(std::uint64_t horizon, double epsilon) {
  require_input(epsilon >= 0.0, "epsilon", epsilon, "at least 0");
  return horizon < 2 ? 0.0 : 0.5 * static_cast<double>(horizon - 1) * epsilon;
}

Theorem9Bound lower_bound_theorem_9(std::uint64_t n, std::uint64_t horizon, double gap) {
  require_input(n > 0, "n", 0.0, "at least 1");
  require_input(gap >= 0.0 && gap <= 0.5, "gap", gap, "between 0 and 1/2");
  // TV = ½ Σ_k C(n,k)·|p^k (1−p)^{n−k} − (1−p)^k p^{n−k}|: by symmetry the sum over k > n/2 of the difference.
  const auto count = static_cast<double>(n);
  const double up = std::log(0.5 + gap), down = std::log(0.5 - gap);
  double tv = 0.0;
  for (std::uint64_t k = n / 2 + 1; gap > 0.0 && k <= n; ++k) {
    const auto heads = static_cast<double>(k);
    const double choose = std::lgamma(count + 1.0) - std::lgamma(heads + 1.0) - std::lgamma(count - heads + 1.0);
    const double rest = count - heads;
    const double likely = std::exp(choose + heads * up + (rest == 0.0 ? 0.0 : rest * down));
    const double unlikely = std::exp(choose + heads * down + rest * up);
    tv += likely - unlikely;
  }
  tv = std::clamp(tv, 0.0, 1.0);
  return {tv, 0.5 * (1.0 - tv), horizon < 2 ? 0.0 : gap * static_cast<double>(horizon - 1)};
}

double necessary_rate(std::span<const double> magnitudes) {
  double bits = 0.0;
  for (const double magnitude : magnitudes) bits += std::max(0.0, std::log2(magnitude));
  return bits;
}

}  // namespace pianola
