// Which quantizers an advisor tries: a ladder of resolutions for the two plainest schemes, and around the resolution
// that it finds the other schemes at as many bits.
//
//   ladder     K = 3, 5, 9, 17, …, 257 equal bins a dimension, middles or levels on the range's ends
//   families   at K and at the next coarser K: bounds with tokens of their own (where actions saturate), means of the
//              data, bins of equal mass, one code for the whole action (k-means of as many bits), dithering; and the
//              number of levels halfway between the two
//   unstable   where the plant is not asymptotically stable in open loop, integrators included: logarithmic cells (log)
//              at K, K/2 and K/4, and at the coarsest ratio that the expert's gain allows where it is known; cells that
//              follow the state (zoom) at K/2 and K/4, and with the fewest tokens that the plant's growth allows
//   fewer      codes of a k-means that was recommended: half as many
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "pianola/audits/action_profile.hpp"

namespace pianola {

/// A quantizer to try.
struct QuantizerCandidate {
  std::string spec;
  /// centre, ends, atoms, mean, quantile, kmeans, dither, log, log a=, zoom, zoom a=, or given (by the user)
  std::string family;
  std::size_t bins = 0;  ///< a dimension; 0: tokens are not bins of dimensions
  bool operator==(const QuantizerCandidate&) const = default;
};

/// Numbers of bits this close are equal.
inline constexpr double kBitSlack = 1e-9;

/// Whether so many bins in each of dim dimensions take at most most_bits.
bool within_bits(std::size_t dim, std::size_t bins, double most_bits);

/// Bins of equal width a dimension at no more bits an action than `what`, which has so many: its own, if it has bins.
std::size_t equal_bins(const QuantizerCandidate& what, double bits, std::size_t dim);

/// Rungs whose dim·log₂K does not exceed most_bits; at least the first.
std::vector<std::size_t> resolution_ladder(std::size_t dim, double most_bits);

/// "centre" or "ends" with so many bins.
QuantizerCandidate bins_candidate(const std::string& family, std::size_t bins);

/// Those beside the ladder. coarser: the rung below bins, or 0 if there is none. None has more than most_bits an
/// action, and no k-means code stands for fewer than ten actions of the data.
std::vector<QuantizerCandidate> family_candidates(const ActionProfile& profile, std::size_t bins, std::size_t coarser,
                                                  double most_bits);

/// A plant that is not asymptotically stable in open loop.
struct UnstableLoop {
  double growth = 0.0;  ///< modulus of its largest eigenvalue, ≥ 1; 1: errors are kept, as by an integrator
  /// Of x' = a·x + b·u under u = −K·x, gain = b·K; neither where plant or expert is of another kind.
  std::optional<double> a = {}, gain = {};
};

/// For a plant that the knee K = bins of equal bins holds; at most with so many bins.
std::vector<QuantizerCandidate> unstable_candidates(const UnstableLoop& loop, std::size_t bins);

/// Half as many codes; nothing below 2 of them, and for what is no k-means of the advisor's own.
std::optional<QuantizerCandidate> fewer_codes(const QuantizerCandidate& kmeans);

}  // namespace pianola
