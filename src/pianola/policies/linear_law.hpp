// The linear-Gaussian law of an increment, in closed form:
//
//   Δ ~ N(W φ + b, L Lᵀ),   φ the model's inputs
//
// (W, b) are the least-squares fit with a ridge of 1e-8 of the inputs' variances, L is the Cholesky factor of the
// residuals' covariance (divided by n) with a floor: a dimension's variance is at least (10⁻⁶ · its increments' root
// mean square)², so that what is exactly linear and deterministic keeps a density. It is the maximiser of log-loss over
// such laws but for ridge and floor. The mode is the mean.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pianola/base/safetensors.hpp"
#include "pianola/policies/increment_law.hpp"

namespace pianola {

struct LinearLawWeights {
  std::size_t inputs = 0, dim = 0;
  std::vector<double> weight;  ///< [dim × inputs]
  std::vector<double> bias;    ///< [dim]
  std::vector<double> factor;  ///< [dim × dim], L, lower triangular, positive diagonal
};

/// inputs: [n × inputs], increments: [n × dim], n ≥ 1, finite. Inputs that do not vary get weight 0.
/// @throws UsageError for no row, or ragged ones; DataError for increments whose squares overflow.
LinearLawWeights fit_linear_law(std::span<const double> inputs, std::span<const double> increments,
                                std::size_t input_count, std::size_t dim);

std::shared_ptr<const IncrementLaw> make_linear_law(LinearLawWeights weights);

/// Tensors "linear.weight", "linear.bias", "linear.factor", F64.
TensorFile to_tensors(const LinearLawWeights& weights);
/// @throws DataError naming `where` and the tensor that is missing, of another shape, not finite, or no factor.
LinearLawWeights linear_law_from_tensors(const TensorFile& file, const std::string& where);

}  // namespace pianola
