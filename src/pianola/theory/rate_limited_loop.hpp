// An unstable linear plant under feedback of limited rate (docs/theory.md §11): x' = λ·x + u, one token every m steps.
//
//   token: the cell of x among K equal cells of [−1, 1];  u = −λ·c at the first of the m steps, c the cell's centre;
//   else 0
//
// After m steps x = λ^m·(x − c), so that [−1, 1] is kept for ever if and only if K ≥ |λ|^m: log₂K/m bits a step, which
// tends to the necessary rate log₂|λ| as m grows. Actions saturate: from outside [−1, 1] the outermost token is sent.
#pragma once

#include <cstdint>
#include <span>

namespace pianola {

struct RateLimitedLoop {
  double eigenvalue = 2.0;
  std::uint64_t cells = 2;   ///< K ≥ 1
  std::uint64_t period = 1;  ///< m ≥ 1
  [[nodiscard]] double bits_a_step() const;
};

/// Centre of the cell that holds x; the outermost beyond [−1, 1].
double cell_centre(double x, std::uint64_t cells);

/// Fewest cells that keep [−1, 1]: ⌈|λ|^m⌉.
std::uint64_t fewest_cells(double eigenvalue, std::uint64_t period);

/// Share of the initial states that leave the ball of radius `ball` within `periods` tokens.
double diverged_share(const RateLimitedLoop& loop, std::span<const double> starts, std::uint64_t periods, double ball);

}  // namespace pianola
