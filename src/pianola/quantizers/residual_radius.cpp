#include "pianola/quantizers/residual_radius.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "pianola/quantizers/covering_radius.hpp"

namespace pianola {
namespace {

constexpr double kWork = 2e6;          // of covering_radius, where a box of few dimensions is worth cutting
constexpr std::size_t kMostCut = 12;   // dimensions
constexpr double kRounding = 0x1p-22;  // of float32 residuals, relative to what they are differences of

struct ResidualBox {
  std::vector<double> low, high;
};

std::vector<float> codes_of(const ResidualCodebooks& books, std::size_t layer) {
  std::vector<float> codes;
  for (std::size_t k = 0; k < books.count(); ++k) {
    const auto code = books.code(layer, k);
    codes.insert(codes.end(), code.begin(), code.end());
  }
  return codes;
}

double shortest(const ResidualCodebooks& books, std::size_t layer) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < books.count(); ++k) {
    double square = 0.0;
    for (const float c : books.code(layer, k)) square += static_cast<double>(c) * static_cast<double>(c);
    least = std::min(least, square);
  }
  return std::sqrt(least);
}

/// What a code leaves of the box where it is no farther than `radius`; false if there is no such place.
bool left_by(std::span<const float> code, const ResidualBox& box, double radius, ResidualBox& out) {
  for (std::size_t d = 0; d < code.size(); ++d) {
    const double c = static_cast<double>(code[d]);
    const double slack = kRounding * (std::max(std::abs(box.low[d]), std::abs(box.high[d])) + std::abs(c));
    out.low[d] = std::max(box.low[d] - c, -radius) - slack;
    out.high[d] = std::min(box.high[d] - c, radius) + slack;
    if (out.low[d] > out.high[d]) return false;
  }
  return true;
}

ResidualBox after_layer(const ResidualCodebooks& books, std::size_t layer, const ResidualBox& box, double radius) {
  const std::size_t width = books.dim();
  ResidualBox all{std::vector<double>(width, HUGE_VAL), std::vector<double>(width, -HUGE_VAL)}, own = box;
  for (std::size_t k = 0; k < books.count(); ++k) {
    if (!left_by(books.code(layer, k), box, radius, own)) continue;
    for (std::size_t d = 0; d < width; ++d) {
      all.low[d] = std::min(all.low[d], own.low[d]);
      all.high[d] = std::max(all.high[d], own.high[d]);
    }
  }
  return all;
}

/// Of the step whose corner is farthest from 0.
double farthest_step(const ResidualBox& box, std::size_t dim) {
  double worst = 0.0;
  for (std::size_t first = 0; first < box.low.size(); first += dim) {
    double square = 0.0;
    for (std::size_t d = first; d < first + dim; ++d) {
      square += std::pow(std::max(std::abs(box.low[d]), std::abs(box.high[d])), 2);
    }
    worst = std::max(worst, square);
  }
  return std::sqrt(worst);
}

}  // namespace

double residual_radius(const ResidualCodebooks& books, const ActionRange& range) {
  const std::size_t width = books.dim(), dim = range.low.size();
  assert(dim > 0 && width % dim == 0);
  ResidualBox box;
  for (std::size_t d = 0; d < width; ++d) {
    box.low.push_back(range.low[d % dim]);
    box.high.push_back(range.high[d % dim]);
  }
  const std::vector<double> even(width, 1.0);
  double radius = std::numeric_limits<double>::infinity(), scale = 0.0;
  for (std::size_t layer = 0; layer < books.layers(); ++layer) {
    const std::vector<float> codes = codes_of(books, layer);
    const double work = width <= kMostCut ? kWork : 0.0;
    const double covered = covering_radius(codes, box.low, box.high, even, work).bound;
    radius = std::min(covered, radius + shortest(books, layer));
    for (std::size_t d = 0; d < width; ++d) scale += std::max(std::abs(box.low[d]), std::abs(box.high[d]));
    box = after_layer(books, layer, box, radius);
  }
  return std::min(radius, farthest_step(box, dim)) * (1.0 + 1e-9) + 4.0 * kRounding * scale;
}

}  // namespace pianola
