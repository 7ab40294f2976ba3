// A hard instance for smooth imitation (after Simchowitz, Pfrommer, Jadbabaie, arXiv:2503.09722): two plants x' = A_i·x
// + b·u of two dimensions, stable by themselves and under their experts u = K_i·x, that demonstrations cannot tell
// apart.
//
// Demonstrations start on the line of e_1, and both experts keep them there: they show K_i·e_1 = 1 and nothing of
// K_i·e_2 = ∓1.2. But (A_i + b·K)·e_2 has the second entry ±1.2 + K·e_2: whatever a linear policy does across the line,
// on one of the plants it is unstable, and the smallest error along the line is multiplied by 1.2 at every step.
#pragma once

#include <Eigen/Dense>
#include <cstdint>

#include "pianola/base/random.hpp"
#include "pianola/theory/line_bins.hpp"

namespace pianola {

struct HardPlant {
  Eigen::Matrix2d a;
  Eigen::Vector2d b;
  Eigen::RowVector2d k;  ///< the expert
};

/// which: 0 or 1.
HardPlant hard_plant(int which);

/// Largest |eigenvalue|.
double spectral_radius(const Eigen::Matrix2d& m);

/// What a learner does to the state from 16 fresh starts: largest ‖x_h − x*_h‖ of learner and expert over all steps and
/// starts, over the first half of the steps, and its growth a step over the last ten.
struct ImitationDeviation {
  double largest = 0.0, first_half = 0.0, growth = 0.0;
};

/// Every learner is given the same 256 demonstrations of `horizon` steps, tokens of `bins`, and is tested on other
/// starts.
///
/// Smooth: least squares of the decoded token on the state (minimum norm), deployed as a real number.
ImitationDeviation deviate_smooth(const HardPlant& plant, const LineBins& bins, std::uint64_t horizon,
                                  const NoiseKey& key);
/// The same, half of the data collected with noise of size sigma added to what is executed, labels clean.
ImitationDeviation deviate_noise_injected(const HardPlant& plant, const LineBins& bins, std::uint64_t horizon,
                                          double sigma, const NoiseKey& key);
/// Least squares of the next `chunk` decoded tokens on the state at the chunk's start, executed open loop.
ImitationDeviation deviate_chunked(const HardPlant& plant, const LineBins& bins, std::uint64_t horizon,
                                   std::uint64_t chunk, const NoiseKey& key);

/// A table over (step, nearest of 64 demonstrated states), which all demonstrations fill.
enum class TableLoss {
  log_loss,      ///< count ratios, the likeliest token played
  squared_error  ///< the mean of the tokens seen
};
ImitationDeviation deviate_table(const HardPlant& plant, const LineBins& bins, std::uint64_t horizon, TableLoss loss,
                                 const NoiseKey& key);

}  // namespace pianola
