#include "pianola/theory/trap_preimages.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "pianola/theory/trap_lanes.hpp"

namespace pianola {
namespace {

constexpr double kFar = 40.0;  // standard deviations; what lies beyond has no mass in double

struct Preimage {
  double low, high;
};

double forward(const TrapConstants& c, double x) { return c.a * x + c.b * std::atan(x); }

/// x with F(x) = y, by Newton's method: F' lies in [A, A + B].
double inverse(const TrapConstants& c, double y) {
  if (std::abs(y) > kFar) return std::copysign(2.0 * kFar / c.a, y);  // F grows at least as A·x: farther still
  double x = y / (c.a + c.b);
  for (int round = 0; round < 60; ++round) {
    const double step = (forward(c, x) - y) / (c.a + c.b / (1.0 + x * x));
    x -= step;
    if (std::abs(step) <= 1e-16 * std::abs(x)) break;
  }
  return x;
}

double mass(const Preimage& p) {
  // Φ(high) − Φ(low) by erfc on the side where both are small.
  const double scale = 1.0 / std::numbers::sqrt2;
  if (p.low > 0.0) return 0.5 * (std::erfc(p.low * scale) - std::erfc(p.high * scale));
  return 0.5 * (std::erfc(-p.high * scale) - std::erfc(-p.low * scale));
}

/// E[arctan(F^steps(x)); x in p] for standard normal x.
double mean_action(const TrapConstants& c, Preimage p, std::uint64_t steps) {
  static constexpr std::array<double, 4> kNodes{0.1834346424956498, 0.5255324099163290, 0.7966664774136267,
                                                0.9602898564975363};
  static constexpr std::array<double, 4> kWeights{0.3626837833783620, 0.3137066458778873, 0.2223810344533745,
                                                  0.1012285362903763};
  p = {std::clamp(p.low, -kFar, kFar), std::clamp(p.high, -kFar, kFar)};
  const int panels = std::max(4, static_cast<int>(8.0 * (p.high - p.low)));
  const double half = 0.5 * (p.high - p.low) / panels;
  const auto value = [&](double x) {
    const double density = std::exp(-0.5 * x * x) / std::sqrt(2.0 * std::numbers::pi);
    for (std::uint64_t h = 0; h < steps; ++h) x = forward(c, x);
    return density * std::atan(x);
  };
  double sum = 0.0;
  for (int panel = 0; panel < panels; ++panel) {
    const double middle = p.low + (2 * panel + 1) * half;
    for (std::size_t i = 0; i < kNodes.size(); ++i) {
      sum += kWeights[i] * (value(middle - half * kNodes[i]) + value(middle + half * kNodes[i]));
    }
  }
  return sum * half;
}

}  // namespace

double trap_in_distribution_error(const TrapConstants& c, std::uint64_t horizon) {
  const TrapTable table = trap_table(c);
  std::array<Preimage, 3> preimages{};
  for (std::size_t i = 0; i < 3; ++i) preimages[i] = {table.intervals[i].low, table.intervals[i].high};
  double total = 0.0;
  for (std::uint64_t h = 0; h < horizon; ++h) {
    const double resting = mass(preimages[0]), first = mass(preimages[1]), second = mass(preimages[2]);
    total += table.intervals[0].token * resting + c.epsilon / 2 * (1.0 - resting - first - second);
    if (first > 0.0) total += table.intervals[1].token * first - mean_action(c, preimages[1], h);
    if (second > 0.0) total += mean_action(c, preimages[2], h) - table.intervals[2].token * second;
    for (Preimage& p : preimages) p = {inverse(c, p.low), inverse(c, p.high)};
  }
  return total / static_cast<double>(horizon);
}

}  // namespace pianola
