#include "pianola/audits/linear_gains.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pianola/systems/linear.hpp"
#include "pianola/systems/scalar_linear.hpp"
#include "pianola/systems/spectral.hpp"
#include "pianola/systems/trap.hpp"

namespace pianola {
namespace {

/// a [n × k] · b [k × m].
std::vector<double> product(std::span<const double> a, std::span<const double> b, std::size_t n, std::size_t k,
                            std::size_t m) {
  std::vector<double> out(n * m, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t l = 0; l < k; ++l) {
      for (std::size_t j = 0; j < m; ++j) out[i * m + j] += a[i * k + l] * b[l * m + j];
    }
  }
  return out;
}

}  // namespace

std::optional<LinearModel> exact_linear_model(const System& system) {
  if (const auto* linear = dynamic_cast<const LinearSystem*>(&system)) return linear->model();
  if (const auto* trap = dynamic_cast<const Trap*>(&system)) {
    return LinearModel{1, 1, {trap->config().a}, {trap->config().b}};
  }
  return std::nullopt;
}

double linear_limit(const System& system) {
  if (const auto* scalar = dynamic_cast<const ScalarLinear*>(&system)) return scalar->constants().limit;
  if (const auto* dense = dynamic_cast<const DenseLinear*>(&system)) return dense->limit();
  return std::numeric_limits<double>::infinity();
}

std::vector<double> linear_gains(const LinearModel& model, std::size_t horizon) {
  std::vector<double> gains, power = model.b;
  for (std::size_t j = 0; j < horizon; ++j) {
    const bool finite = std::all_of(power.begin(), power.end(), [](double x) { return std::isfinite(x); });
    gains.push_back(finite ? spectral_norm_bound(power, model.n, model.m) : std::numeric_limits<double>::infinity());
    power = product(model.a, power, model.n, model.n, model.m);
  }
  return gains;
}

}  // namespace pianola
