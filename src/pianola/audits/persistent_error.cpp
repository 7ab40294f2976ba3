#include "pianola/audits/persistent_error.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace pianola {

ExecutedErrors executed_errors(const std::optional<ActionRange>& actuators, std::size_t dim,
                               std::span<const double> wanted, std::span<const double> got) {
  const auto executed = [&](double action, std::size_t d) {
    return actuators ? std::clamp(action, actuators->low[d], actuators->high[d]) : action;
  };
  ExecutedErrors out;
  std::vector<double> lasting(dim, 0.0);
  const std::size_t steps = wanted.size() / dim;
  for (std::size_t h = 0; h < steps; ++h) {
    double square = 0.0, lasting_square = 0.0;
    for (std::size_t d = 0; d < dim; ++d) {
      const double error = executed(got[h * dim + d], d) - executed(wanted[h * dim + d], d);
      lasting[d] = kErrorMemory * lasting[d] + (1.0 - kErrorMemory) * error;
      square += error * error;
      lasting_square += lasting[d] * lasting[d];
    }
    out.mean += std::sqrt(square);
    out.largest = std::max(out.largest, std::sqrt(square));
    out.persistent += std::sqrt(lasting_square);
  }
  const auto count = static_cast<double>(std::max<std::size_t>(steps, 1));
  out.mean /= count, out.persistent /= count;
  return out;
}

}  // namespace pianola
