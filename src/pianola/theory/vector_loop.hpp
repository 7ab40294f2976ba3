// A plant of three states and two actions under a binned, deterministic expert: what theory/binned_loop is on the line.
//
//   x' = A·x + B·u,   u = g − K·x,   bins of half-width ε in both dimensions, an edge at the resting action (r, r)
//
// A turns and shrinks; Σ_j ‖A^j·B‖·‖K‖ < 1, so that the small gain closes the loop of tolerances (docs/theory.md §8).
// Reward 1 − min(1, ‖ũ − π*(x)‖/2).
#pragma once

#include <Eigen/Dense>
#include <cstdint>
#include <span>
#include <string>

#include "pianola/theory/line_bins.hpp"

namespace pianola {

struct VectorLoop {
  Eigen::Matrix3d a;
  Eigen::Matrix<double, 3, 2> b;
  Eigen::Matrix<double, 2, 3> k;
  double rest = 1.0;                             ///< r
  [[nodiscard]] double gain() const;             ///< Σ_j ‖A^j·B‖
  [[nodiscard]] Eigen::Vector2d offset() const;  ///< g
};

/// The loop that rests at the first edge of these bins at or above 1.
VectorLoop vector_loop(double epsilon);

/// Mean over 32 initial states in [−1, 1]³.
struct VectorCost {
  double feedback = 0.0,
         augmented = 0.0;  ///< total regret of q∘π* in feedback, and of Algorithm 1 with the exact model
  double error = 0.0;      ///< largest ‖ũ − π*(x)‖ in feedback, at its own states
  double apart = 0.0;      ///< largest distance of the tokens of expert and learner
};
VectorCost vector_cost(const VectorLoop& loop, std::uint64_t horizon, const LineBins& bins);

/// Slopes of the regret in H and in ε, and for feedback what holds them: errors, and tokens that stay near. outside: as
/// SlopeClaim's.
struct VectorClaim {
  bool augmented = false;
  std::span<const std::uint64_t> horizons;
  std::span<const double> epsilons;
  std::string outside;
};
void add_vector_checks(ExperimentResult& result, const QuantizerMaker& quantizers, const VectorClaim& claim);

}  // namespace pianola
