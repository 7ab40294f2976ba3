#include "pianola/quantizers/fsq_options.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/fsq_code.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "quantizer 'fsq'";

std::vector<std::uint32_t> parse_levels(const std::string& text) {
  std::vector<std::uint32_t> levels;
  for (const char* at = text.data(); levels.size() <= kMaxChunkValues;) {
    const char* const end = text.data() + text.size();
    std::uint32_t value = 0;
    const auto [after, error] = std::from_chars(at, end, value);
    if (error != std::errc() || value < 2 || value > FsqCode::kMostLevels) break;
    levels.push_back(value);
    if (after == end) return levels;
    if (std::string_view("x,; ").find(*after) == std::string_view::npos) break;
    at = after + 1;
  }
  throw UsageError(fmt::format("{}: option 'levels' is one number in 2 … {}, or several as 8x5x5x5, not '{}'", kWho,
                               FsqCode::kMostLevels, text.size() <= 40 ? text : text.substr(0, 37) + "…"));
}

}  // namespace

std::vector<std::uint32_t> fsq_levels(const FsqConfig& config) {
  if (config.levels != "auto") return parse_levels(config.levels);
  return config.encoder.encoder == "identity" ? std::vector<std::uint32_t>{8} : std::vector<std::uint32_t>{8, 5, 5, 5};
}

namespace {

bool ranged(const RangeOptions& range) { return range.range != "auto" || !range.low.empty() || !range.high.empty(); }

}  // namespace

EncoderShape fsq_shape(const FsqConfig& config, std::size_t action_dim, std::size_t chunk) {
  const std::vector<std::uint32_t> levels = fsq_levels(config);
  const EncoderShape shape = encoder_shape(config.encoder, action_dim, chunk, levels.size(), kWho);
  if (shape.kind == EncoderKind::identity) {
    if (levels.size() == 1 || levels.size() == action_dim || levels.size() == shape.width()) return shape;
    throw UsageError(
        fmt::format("{}: with encoder=identity 'levels' is 1 number, one for each of {} action dimensions or "
                    "one for each of {} values of a chunk, not {} of them; or take encoder=pca or mlp",
                    kWho, action_dim, shape.width(), levels.size()));
  }
  if (ranged(config.range)) {
    throw UsageError(
        fmt::format("{}: 'range', 'low' and 'high' are of actions, and encoder={} quantizes other numbers; "
                    "leave them out",
                    kWho, config.encoder.encoder));
  }
  if (shape.kind == EncoderKind::mlp && config.range.quantile != 0.0) {
    throw UsageError(fmt::format("{}: encoder=mlp bounds its latents by tanh; leave out 'quantile'", kWho));
  }
  if (!(config.range.quantile >= 0.0 && config.range.quantile < 0.5)) {
    throw UsageError(fmt::format("{}: option 'quantile' must lie in [0, 0.5), not at {}", kWho, config.range.quantile));
  }
  if (shape.latent % levels.size() != 0) {
    throw UsageError(fmt::format("{}: 'latent' must be a multiple of the {} numbers of 'levels', not {}", kWho,
                                 levels.size(), shape.latent));
  }
  return shape;
}

}  // namespace pianola
