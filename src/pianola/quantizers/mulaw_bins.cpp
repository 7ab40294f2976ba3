#include "pianola/quantizers/mulaw_bins.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "quantizer 'mulaw'";

const MulawBinsConfig& checked(const MulawBinsConfig& config, std::size_t chunk, std::size_t dim) {
  if (config.bins < 2 || config.bins > 65536) {
    throw UsageError(fmt::format("{}: option 'bins' must lie in 2 … 65536, not at {}", kWho, config.bins));
  }
  if (!(config.mu >= 1e-6 && config.mu <= 1e12)) {
    throw UsageError(fmt::format("{}: option 'mu' must lie in 1e-6 … 1e12, not at {}", kWho, config.mu));
  }
  if (!(config.m >= 1e-12 && config.m <= 1e12)) {
    throw UsageError(fmt::format("{}: option 'm' must lie in 1e-12 … 1e12, not at {}", kWho, config.m));
  }
  EdgeBins::check_size(dim, static_cast<std::size_t>(config.bins), chunk, kWho);
  return config;
}

/// F⁻¹(y/K) for y = −K … K, exactly antisymmetric.
double expanded(const MulawBinsConfig& config, int y) {
  if (std::abs(y) == config.bins) return std::copysign(config.m, y);
  const double share = static_cast<double>(std::abs(y)) / config.bins;
  return std::copysign(std::expm1(share * std::log1p(config.mu * config.m)) / config.mu, y);
}

BinAxis make_axis(const MulawBinsConfig& config) {
  BinAxis axis{-config.m, config.m, {}, {}};
  for (int k = 0; k < config.bins; ++k) {
    if (k > 0) axis.edges.push_back(expanded(config, 2 * k - config.bins));
    axis.representatives.push_back(expanded(config, 2 * k + 1 - config.bins));
  }
  return axis;
}

/// The same in every dimension.
std::vector<BinAxis> make_axes(const MulawBinsConfig& config, std::size_t dim) {
  return std::vector<BinAxis>(dim, make_axis(config));
}

}  // namespace

MulawBins::MulawBins(const MulawBinsConfig& config, std::size_t chunk, std::size_t action_dim)
    : EdgeBins(write_spec("mulaw", config).text(), chunk, make_axes(checked(config, chunk, action_dim), action_dim),
               Levels::inside_cells, kWho) {}

nlohmann::ordered_json MulawBins::save() const { return saved_with(info_); }

namespace {

std::unique_ptr<Quantizer> fit_mulaw(const Spec& spec, const FitContext& context) {
  return std::make_unique<MulawBins>(read_options<MulawBinsConfig>(spec, kWho), context.chunk, context.action_dim);
}

std::unique_ptr<Quantizer> load_mulaw(const nlohmann::ordered_json& saved) {
  const SavedFields fields(saved);
  const auto config = fields.options<MulawBinsConfig>(kWho);
  const auto [dim, chunk] = fields.chunk_shape();
  return std::make_unique<MulawBins>(config, chunk, dim);
}

}  // namespace

QuantizerEntry entry_mulaw() {
  return {"mulaw", "Gato's companding: equal bins on a logarithmic scale, finest about zero",
          describe_options<MulawBinsConfig>(), fit_mulaw, load_mulaw};
}

}  // namespace pianola
