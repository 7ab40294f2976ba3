#include "pianola/quantizers/log_bins.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/canonical_spec.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "quantizer 'log'";

void require_share(const char* name, double value, const char* remedy) {
  if (value > 0.0 && value < 1.0) return;
  throw UsageError(fmt::format("{}: option '{}' must lie between 0 and 1, not at {}; {}", kWho, name, value, remedy));
}

/// a and k of the header: |a| > 1, and a gain that holds it.
void check_loop(const LogBinsConfig& config) {
  if (!config.a && config.gain) {
    throw UsageError(fmt::format("{}: option 'gain' goes with a=, the plant's unstable gain; give that too", kWho));
  }
  if (!config.a) return;
  const double a = *config.a;
  if (!(std::abs(a) > 1.0 && std::abs(a) < 1e6)) {
    throw UsageError(
        fmt::format("{}: option 'a' must be the gain of an unstable plant, 1 < |a| < 1e6, not {}; a "
                    "stable one needs no ratio of its own: leave it out",
                    kWho, a));
  }
  if (!config.gain || std::abs(a - *config.gain) < 1.0) return;
  throw UsageError(
      fmt::format("{}: under gain={} the plant a={} has the closed-loop eigenvalue a − k = {:.6g}, which no quantizer "
                  "makes stable; a gain between {:.6g} and {:.6g} would do",
                  kWho, *config.gain, a, a - *config.gain, a - 1.0, a + 1.0));
}

void check(const LogBinsConfig& config) {
  if (config.bins < 3 || config.bins > 65535 || config.bins % 2 == 0) {
    throw UsageError(
        fmt::format("{}: option 'bins' must be odd, one for 0 and as many on either side, 3 … 65535, "
                    "not {}; {} would do",
                    kWho, config.bins, std::clamp(config.bins | 1, 3, 65535)));
  }
  if (config.ratio && config.a) {
    throw UsageError(fmt::format("{}: 'ratio' and 'a' both say how fine the levels are; give one of them", kWho));
  }
  if (config.ratio) {
    require_share("ratio", *config.ratio, "0.5 would do: neighbouring levels differ by a factor of 2");
  }
  check_loop(config);
  require_share("dead", config.dead, "0.001 would do: no levels for actions below a thousandth of the largest");
}

int cells_a_side(const LogBinsConfig& config) { return (config.bins - 1) / 2; }

double ratio_of(const LogBinsConfig& config) {
  if (config.ratio) return *config.ratio;
  if (config.a) return coarsest_log_ratio(*config.a, config.gain.value_or(*config.a));
  return std::pow(config.dead, 1.0 / cells_a_side(config));
}

BinAxis make_axis(double reach, double ratio, int cells) {
  BinAxis axis{-reach, reach, {}, {}};
  if (reach == 0.0) {
    axis.representatives = {0.0};
    return axis;
  }
  const double least = 4.0 * static_cast<double>(std::numeric_limits<float>::min());
  if (reach * std::pow(ratio, cells) < least) {
    const int most = static_cast<int>(std::log(least / reach) / std::log(ratio));
    throw UsageError(
        fmt::format("{}: {} levels a side at the ratio {:.6g} end below what float32 can hold, with {:g} "
                    "the largest action; at most {} bins make sense",
                    kWho, cells, ratio, reach, std::max(3, 2 * most + 1)));
  }
  const double level = 2.0 * ratio / (1.0 + ratio);  // 1 − δ
  for (int i = 1; i <= cells; ++i) {
    axis.edges.push_back(-reach * std::pow(ratio, i));
    axis.representatives.push_back(-reach * std::pow(ratio, i - 1) * level);
  }
  axis.representatives.push_back(0.0);
  for (int i = cells; i >= 1; --i) {
    axis.edges.push_back(reach * std::pow(ratio, i));
    axis.representatives.push_back(reach * std::pow(ratio, i - 1) * level);
  }
  return axis;
}

std::vector<BinAxis> make_axes(const LogBinsConfig& config, std::size_t chunk, const std::vector<double>& reach) {
  check(config);
  EdgeBins::check_size(reach.size(), static_cast<std::size_t>(config.bins), chunk, kWho);
  std::vector<BinAxis> axes;
  for (const double m : reach) {
    if (!(m >= 0.0 && m <= kLargestRangeBound)) {
      throw UsageError(
          fmt::format("{}: the largest action must lie in 0 … {:g}, not at {}", kWho, kLargestRangeBound, m));
    }
    axes.push_back(make_axis(m, ratio_of(config), cells_a_side(config)));
  }
  return axes;
}

}  // namespace

double coarsest_log_ratio(double a, double gain) {
  const double error = (1.0 - std::abs(a - gain)) / std::abs(gain);  // δ
  return (1.0 - error) / (1.0 + error);
}

LogBins::LogBins(const LogBinsConfig& config, std::size_t chunk, std::vector<double> reach)
    : EdgeBins(canonical_spec("log", config, {"bins"}), chunk, make_axes(config, chunk, reach), Levels::inside_cells,
               kWho),
      reach_(std::move(reach)),
      ratio_(ratio_of(config)) {}

std::unique_ptr<LogBins> LogBins::fit(const LogBinsConfig& config, const FitContext& context) {
  check(config);
  const ActionRange range = fit_range(config.range, context, kWho);
  std::vector<double> reach;
  for (std::size_t d = 0; d < range.low.size(); ++d) {
    reach.push_back(std::max(std::abs(range.low[d]), std::abs(range.high[d])));
  }
  return std::make_unique<LogBins>(config, context.chunk, std::move(reach));
}

nlohmann::ordered_json LogBins::save() const { return saved_with(info_, {{"reach", reach_}}); }

namespace {

std::unique_ptr<Quantizer> fit_log(const Spec& spec, const FitContext& context) {
  return LogBins::fit(read_options<LogBinsConfig>(spec, kWho), context);
}

std::vector<double> saved_reach(const SavedFields& fields, std::size_t dim) {
  std::vector<double> reach = fields.numbers("reach", dim);
  for (const double m : reach) {
    if (m >= 0.0 && m <= kLargestRangeBound) continue;
    throw DataError(fmt::format("key 'reach' must hold numbers in 0 … {:g}, not {}", kLargestRangeBound, m));
  }
  return reach;
}

std::unique_ptr<Quantizer> load_log(const nlohmann::ordered_json& saved) {
  const SavedFields fields(saved);
  const auto config = fields.options<LogBinsConfig>(kWho);
  const auto [dim, chunk] = fields.chunk_shape();
  return std::make_unique<LogBins>(config, chunk, saved_reach(fields, dim));
}

}  // namespace

QuantizerEntry entry_log() {
  return {"log", "logarithmic levels, relative error bounded: the coarsest that stabilises a linear plant",
          describe_options<LogBinsConfig>(), fit_log, load_log};
}

}  // namespace pianola
