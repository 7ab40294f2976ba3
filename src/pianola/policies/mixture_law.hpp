// The law of an increment as a mixture of Gaussians whose weights, means and deviations are a network's
// (mixture_weights.hpp, laws `gaussian` and `mixture`): the mixture-density network in residual form,
//
//   p(Δ | φ) = Σ_j w_j Π_d N(z_d; m_jd, σ_jd²) / s_d,   z_d = (Δ_d − μ_d) / s_d
//
// μ, s: mean and standard deviation of each dimension's increments over the training transitions; of increments that do
// not vary, s is such that their smallest σ s is a millionth of them. σ ≥ 0.01, a hundredth of an increment's
// deviation, keeps densities finite on deterministic plants: there the mode, the mean of the component of most density
// at its own mean, is the better step. Source: Bishop, "Mixture density networks", 1994.
#pragma once

#include <memory>

#include "pianola/policies/increment_law.hpp"
#include "pianola/policies/mixture_weights.hpp"

namespace pianola {

/// @throws UsageError if the weights are of another law, or a chunk.
std::shared_ptr<const IncrementLaw> make_mixture_law(MixtureWeights weights);

}  // namespace pianola
