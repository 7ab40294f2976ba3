#include "pianola/quantizers/b_spline.hpp"

#include <Eigen/Dense>
#include <cassert>

namespace pianola {
namespace {

std::vector<double> clamped_knots(std::size_t bases, std::size_t degree) {
  const std::size_t spans = bases - degree;
  std::vector<double> knots(degree, 0.0);
  for (std::size_t i = 0; i <= spans; ++i) knots.push_back(static_cast<double>(i) / static_cast<double>(spans));
  knots.insert(knots.end(), degree, 1.0);
  return knots;
}

}  // namespace

std::vector<double> b_spline_samples(std::size_t steps, std::size_t bases, std::size_t degree) {
  assert(steps >= 1 && bases > degree);
  const std::vector<double> knots = clamped_knots(bases, degree);
  std::vector<double> samples;
  for (std::size_t n = 0; n < steps; ++n) {
    const double t = steps == 1 ? 0.0 : static_cast<double>(n) / static_cast<double>(steps - 1);
    std::vector<double> values(knots.size() - 1);  // of degree 0, then 1, …
    std::size_t span = degree;                     // the one that holds t: [knots[span], knots[span + 1])
    while (span + 1 < bases && t >= knots[span + 1]) ++span;
    values[span] = 1.0;
    for (std::size_t p = 1; p <= degree; ++p) {
      for (std::size_t b = 0; b + p + 1 < knots.size(); ++b) {
        const double rise = knots[b + p] - knots[b], fall = knots[b + p + 1] - knots[b + 1];
        const double left = rise > 0.0 ? (t - knots[b]) / rise * values[b] : 0.0;
        const double right = fall > 0.0 ? (knots[b + p + 1] - t) / fall * values[b + 1] : 0.0;
        values[b] = left + right;
      }
    }
    samples.insert(samples.end(), values.begin(), values.begin() + static_cast<std::ptrdiff_t>(bases));
  }
  return samples;
}

std::vector<double> least_squares_weights(const std::vector<double>& samples, std::size_t steps, std::size_t bases) {
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto rows = static_cast<Eigen::Index>(steps), columns = static_cast<Eigen::Index>(bases);
  const Eigen::Map<const Matrix> phi(samples.data(), rows, columns);
  const Matrix inverse = phi.completeOrthogonalDecomposition().pseudoInverse();
  return {inverse.data(), inverse.data() + inverse.size()};
}

}  // namespace pianola
