// Classical Runge–Kutta for equations of motion q̈ = f(q, q̇), as the slow, obvious reference of a simulator.
#pragma once

#include <array>
#include <cstddef>

namespace pianola::test {

/// `x` holds positions, then velocities; f writes the accelerations. One step of `seconds`.
template <std::size_t N, class F>
std::array<double, 2 * N> integrate(const std::array<double, 2 * N>& x, double seconds, F&& f) {
  const auto slope = [&](const std::array<double, 2 * N>& at) {
    std::array<double, 2 * N> out;
    for (std::size_t i = 0; i < N; ++i) out[i] = at[N + i];
    const std::array<double, N> acceleration = f(at);
    for (std::size_t i = 0; i < N; ++i) out[N + i] = acceleration[i];
    return out;
  };
  const auto moved = [&](const std::array<double, 2 * N>& along, double by) {
    std::array<double, 2 * N> out = x;
    for (std::size_t i = 0; i < 2 * N; ++i) out[i] += by * along[i];
    return out;
  };
  const auto a = slope(x), b = slope(moved(a, seconds / 2)), c = slope(moved(b, seconds / 2)),
             d = slope(moved(c, seconds));
  std::array<double, 2 * N> out = x;
  for (std::size_t i = 0; i < 2 * N; ++i) out[i] += seconds / 6 * (a[i] + 2 * b[i] + 2 * c[i] + d[i]);
  return out;
}

}  // namespace pianola::test
