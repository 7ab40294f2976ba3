// The schemes that experiments on unstable plants set side by side (docs/unstable.md), with as many tokens as asked
// for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

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

/// Variants of two schemes that are tuned to a plant's noise, beside the others.
inline constexpr const char* kTunedLog = "log, dead=0.02";
inline constexpr const char* kTunedZoom = "zoom, smallest=0.05";

/// The scheme beside which experiments set the rises of the others: even cells that reach the ends of the range.
inline constexpr const char* kReferenceScheme = "uniform ends";

/// In one order for all, with default options but for what the plant says. `log` has odd numbers of tokens, one less;
/// a codebook of k-means has 256 codes at most.
std::span<const ComparedScheme> compared_schemes();

/// Every name that a curve of a scheme may have, in one order: as XyChart::series it gives each the same colour on
/// every chart of a page.
const std::vector<std::string>& scheme_series();

/// The ratio of `log:a=,gain=` (quantizers/log_bins.hpp, docs/theory.md §12); nothing where the plant is stable or the
/// loop itself does not contract.
std::optional<double> coarsest_ratio(double a, double gain);

}  // namespace pianola
