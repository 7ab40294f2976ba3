#include "pianola/theory/rate_limited_loop.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "pianola/base/parallel.hpp"

namespace pianola {
namespace {

bool diverges(const RateLimitedLoop& loop, double x, std::uint64_t periods, double ball) {
  for (std::uint64_t t = 0; t < periods; ++t) {
    double u = -loop.eigenvalue * cell_centre(x, loop.cells);
    for (std::uint64_t step = 0; step < loop.period; ++step, u = 0.0) x = loop.eigenvalue * x + u;
    if (std::abs(x) > ball) return true;
  }
  return false;
}

}  // namespace

double cell_centre(double x, std::uint64_t cells) {
  const auto k = static_cast<double>(cells);
  const double cell = std::clamp(std::floor((x + 1.0) * 0.5 * k), 0.0, k - 1.0);
  return (2.0 * cell + 1.0) / k - 1.0;
}

double RateLimitedLoop::bits_a_step() const {
  return std::log2(static_cast<double>(cells)) / static_cast<double>(period);
}

std::uint64_t fewest_cells(double eigenvalue, std::uint64_t period) {
  const double growth = std::pow(std::abs(eigenvalue), static_cast<double>(period));
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(growth * (1.0 - 1e-12))));
}

double diverged_share(const RateLimitedLoop& loop, std::span<const double> starts, std::uint64_t periods, double ball) {
  std::vector<char> left(starts.size(), 0);
  parallel_blocks(starts.size(), 256, [&](const Block& block) {
    for (std::size_t i = block.begin; i < block.end; ++i) left[i] = diverges(loop, starts[i], periods, ball) ? 1 : 0;
  });
  return static_cast<double>(std::ranges::count(left, 1)) / static_cast<double>(starts.size());
}

}  // namespace pianola
