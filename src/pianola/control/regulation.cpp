#include "pianola/control/regulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>

#include "pianola/data/listed.hpp"
#include "pianola/experts/lqr.hpp"
#include "pianola/systems/linear.hpp"
#include "pianola/systems/spectral.hpp"

namespace pianola {
namespace {

std::string text_of(const std::complex<double>& value) {
  if (value.imag() == 0.0) return short_number(value.real());
  return fmt::format("{} {} {}i (modulus {})", short_number(value.real()), value.imag() < 0.0 ? '-' : '+',
                     short_number(std::abs(value.imag())), short_number(std::abs(value)));
}

/// Those of at least this modulus.
std::string list_eigenvalues(const std::vector<std::complex<double>>& values, double least) {
  std::vector<std::string> names;
  for (const std::complex<double>& value : values) {
    if (std::abs(value) >= least) names.push_back(text_of(value));
  }
  return list_names(names);
}

/// The gains with |a − b·k| < 1, where there is one number to choose.
std::string stable_gains(const LinearModel& model) {
  if (model.n != 1 || model.m != 1 || model.b[0] == 0.0) return "another gain";
  const double one = (model.a[0] - 1.0) / model.b[0], other = (model.a[0] + 1.0) / model.b[0];
  return fmt::format("a gain between {} and {}", short_number(std::min(one, other)),
                     short_number(std::max(one, other)));
}

}  // namespace

std::vector<double> regulator_gain(const Expert& expert) {
  const auto* regulator = dynamic_cast<const Lqr*>(&expert);
  if (regulator == nullptr) return {};
  return {regulator->gain().begin(), regulator->gain().end()};
}

LinearModel closed_loop_model(const LinearModel& model, std::span<const double> gain) {
  LinearModel closed = model;
  for (std::size_t i = 0; i < model.n; ++i) {
    for (std::size_t j = 0; j < model.n; ++j) {
      double back = 0.0;
      for (std::size_t l = 0; l < model.m; ++l) back += model.b[i * model.m + l] * gain[l * model.n + j];
      closed.a[i * model.n + j] -= back;
    }
  }
  return closed;
}

std::string unstable_regulation(const System& system, const Expert& expert) {
  const auto* linear = dynamic_cast<const LinearSystem*>(&system);
  const std::vector<double> gain = regulator_gain(expert);
  if (linear == nullptr || gain.empty()) return "";
  const LinearModel& model = linear->model();
  const LinearModel closed = closed_loop_model(model, gain);
  const auto finite = [](double x) { return std::isfinite(x); };
  if (!std::all_of(closed.a.begin(), closed.a.end(), finite)) return "";
  const auto values = eigenvalues(closed.a, closed.n);
  const bool grows = spectral_radius(model.a, model.n) > 1.0 + kOnUnitCircle;
  const double least = grows ? 1.0 - kOnUnitCircle : 1.0 + kOnUnitCircle;
  if (std::abs(values.front()) < least) return "";
  return fmt::format(
      "the expert does not stabilise system '{}': under its gain the loop A − B·K has the eigenvalue {}, not inside "
      "the unit circle, and no rollout comes to rest; leave out gain= (LQR), or give {}",
      system.info().spec, list_eigenvalues(values, least), stable_gains(model));
}

}  // namespace pianola
