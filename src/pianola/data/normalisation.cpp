#include "pianola/data/normalisation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

/// Calls visit(row) for each observation row of the named trajectories.
template <class Visit>
void for_each_row(const Dataset& dataset, std::span<const std::size_t> trajectories, Visit&& visit) {
  const std::size_t dim = dataset.info().observation_dim;
  for (const std::size_t i : trajectories) {
    for (std::size_t row = dataset.offsets()[i]; row < dataset.offsets()[i + 1]; ++row) {
      visit(dataset.observations().subspan(row * dim, dim));
    }
  }
}

std::vector<std::size_t> chosen_trajectories(const Dataset& dataset, std::span<const std::size_t> trajectories) {
  std::vector<std::size_t> chosen(trajectories.begin(), trajectories.end());
  if (chosen.empty()) {
    chosen.resize(dataset.size());
    std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  }
  if (chosen.empty()) throw UsageError("normalisation needs at least one trajectory, but the dataset is empty");
  for (const std::size_t i : chosen) {
    if (i >= dataset.size()) {
      throw UsageError(fmt::format("normalisation: trajectory {} of a dataset of {}", i, dataset.size()));
    }
  }
  return chosen;
}

}  // namespace

std::string Normalisation::fingerprint() const {
  return hash_hex("pianola normalisation 1;" + hash_hex(std::as_bytes(std::span(mean))) + ';' +
                  hash_hex(std::as_bytes(std::span(inverse_std))));
}

Normalisation fit_normalisation(const Dataset& dataset, std::span<const std::size_t> trajectories) {
  const std::size_t dim = dataset.info().observation_dim;
  const std::vector<std::size_t> chosen = chosen_trajectories(dataset, trajectories);
  std::vector<double> mean(dim, 0.0), square(dim, 0.0), low(dim, INFINITY), high(dim, -INFINITY);
  std::size_t n = 0;
  for_each_row(dataset, chosen, [&](std::span<const double> row) {
    ++n;
    for (std::size_t d = 0; d < dim; ++d) {
      mean[d] += row[d];
      low[d] = std::min(low[d], row[d]);
      high[d] = std::max(high[d], row[d]);
    }
  });
  for (double& m : mean) m /= static_cast<double>(n);
  for_each_row(dataset, chosen, [&](std::span<const double> row) {
    for (std::size_t d = 0; d < dim; ++d) square[d] += (row[d] - mean[d]) * (row[d] - mean[d]);
  });
  Normalisation result;
  for (std::size_t d = 0; d < dim; ++d) {
    const double deviation = std::sqrt(square[d] / static_cast<double>(n));
    const double floor = 1e-6 * std::max(1.0, std::abs(mean[d]));
    if (!std::isfinite(static_cast<float>(mean[d])) || !std::isfinite(deviation)) {
      throw DataError(
          fmt::format("{}: observation dimension {} (counted from 0) spans [{}, {}], beyond what float32 "
                      "networks can see; rescale it, or leave the field out",
                      dataset.info().path, d, low[d], high[d]));
    }
    result.mean.push_back(static_cast<float>(mean[d]));
    result.inverse_std.push_back(low[d] == high[d] ? 0.0f : static_cast<float>(1.0 / std::max(deviation, floor)));
  }
  return result;
}

}  // namespace pianola
