// The schemes that experiments on unstable plants set side by side (docs/unstable.md), with as many tokens as asked
// for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace pianola {

/// What a scheme's options may depend on. a, gain: of a scalar plant x' = a·x + u under u = −gain·x.
struct ComparedPlant {
  std::size_t action_dim = 1;
  std::optional<double> a = {}, gain = {};
};

struct ComparedScheme {
  const char* name;
  /// tokens: of each dimension of the action, 2 or more. "" where the scheme has no such resolution.
  std::string (*spec)(std::uint32_t tokens, const ComparedPlant& plant);
};

/// In one order for all, with default options but for what the plant says. `log` has odd numbers of tokens, one less;
/// a codebook of k-means has 256 codes at most.
std::span<const ComparedScheme> compared_schemes();

/// The ratio of `log:a=,gain=` (quantizers/log_bins.hpp, docs/theory.md §12); nothing where the plant is stable or the
/// loop itself does not contract.
std::optional<double> coarsest_ratio(double a, double gain);

}  // namespace pianola
