// Clamped uniform B-splines on [0, 1], sampled at the steps of a chunk, and their least-squares fit.
//
// Knots: `degree` zeros, bases − degree + 1 evenly spaced numbers 0 … 1, `degree` ones. Basis b of degree 0 is 1
// between knots b and b + 1 (closed on the left; the last one on both sides), of degree p by the recursion of Cox and
// de Boor. Step n of N is sampled at n/(N − 1) (at 0 if N = 1). The bases are not negative and sum to 1 everywhere.
// Source: de Boor, A Practical Guide to Splines; the same knots and samples as MP_PyTorch's `uni_bspline`.
#pragma once

#include <cstddef>
#include <vector>

namespace pianola {

/// [steps × bases] row-major: value of each basis at each step. bases > degree ≥ 0, steps ≥ 1.
std::vector<double> b_spline_samples(std::size_t steps, std::size_t bases, std::size_t degree);

/// [bases × steps]: the weights that fit given steps best in the sense of least squares, of least norm where that
/// leaves a choice; the pseudo-inverse of the samples. samples: [steps × bases]. Cost: O(steps · bases²).
std::vector<double> least_squares_weights(const std::vector<double>& samples, std::size_t steps, std::size_t bases);

}  // namespace pianola
