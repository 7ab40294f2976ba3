#include "pianola/audits/data_rate.hpp"

#include <algorithm>
#include <cmath>
#include <complex>

#include "pianola/audits/linear_gains.hpp"
#include "pianola/base/error.hpp"
#include "pianola/bounds/rates.hpp"
#include "pianola/systems/spectral.hpp"

namespace pianola {
namespace {

/// Nothing where there is no linear model: where an action lies on its bounds, or the plant diverges from there.
std::optional<LinearModel> linearised(const System& system, std::span<const double> x, std::span<const double> u) {
  try {
    return system.linearise(x, u);
  } catch (const UsageError&) {
    return std::nullopt;
  }
}

}  // namespace

StartSet start_set(const Dataset& data) {
  StartSet starts;
  const std::size_t dim = data.info().observation_dim;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const std::span<const double> x = data.observations().subspan(data.offsets()[i] * dim, dim);
    if (i == 0) starts.low.assign(x.begin(), x.end()), starts.high = starts.low;
    for (std::size_t d = 0; d < dim; ++d) {
      starts.low[d] = std::min(starts.low[d], x[d]), starts.high[d] = std::max(starts.high[d], x[d]);
    }
  }
  starts.trajectories = data.size();
  return starts;
}

std::optional<DataRate> data_rate(const System& system, std::span<const double> x, std::span<const double> u) {
  DataRate rate;
  auto model = exact_linear_model(system);
  if (!model) {
    model = linearised(system, x, u);
    rate.basis = Basis::sampled;
    rate.about = "where the expert's trajectories end, on average";
  }
  if (!model) return std::nullopt;
  if (!std::ranges::all_of(model->a, [](double entry) { return std::isfinite(entry); })) return std::nullopt;
  for (const std::complex<double>& value : eigenvalues(model->a, model->n)) {
    if (std::abs(value) > 1.0 + kOnUnitCircle) rate.unstable.push_back(std::abs(value));
  }
  rate.bits = necessary_rate(rate.unstable);
  return rate;
}

}  // namespace pianola
