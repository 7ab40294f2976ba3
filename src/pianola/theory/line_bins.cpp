#include "pianola/theory/line_bins.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {
namespace {

constexpr double kMostBins = 65536.0;

/// `bins` cover ±reach: @throws UsageError naming the smallest half-width that would do.
std::size_t checked_bins(double bins, double epsilon, double reach) {
  if (bins <= kMostBins) return static_cast<std::size_t>(bins);
  throw UsageError(
      fmt::format("theorem: --epsilon {} needs {} bins for actions within ±{}, and quantizer 'uniform' has "
                  "65536; {} or more would do",
                  epsilon, bins, reach, reach / kMostBins));
}

}  // namespace

std::unique_ptr<Quantizer> make_experiment_quantizer(const QuantizerMaker& quantizers, const std::string& spec,
                                                     const FitContext& context) {
  return quantizers ? quantizers(spec, context) : make_quantizer(spec, context);
}

double edge_above_one(double epsilon) { return 2.0 * epsilon * std::ceil((1.0 - 1e-12) / (2.0 * epsilon)); }

LineBins::LineBins(const QuantizerMaker& quantizers, double epsilon, double low, double high, std::size_t bins,
                   std::size_t dims)
    : epsilon_(epsilon), reach_(high) {
  FitContext context;
  context.action_dim = dims;
  context.range = {std::vector<double>(dims, low), std::vector<double>(dims, high)};
  quantizer_ = make_experiment_quantizer(quantizers, fmt::format("uniform:bins={}", bins), context);
}

LineBins LineBins::edge_at_zero(const QuantizerMaker& quantizers, double epsilon, double reach, std::size_t dims) {
  const double half = std::ceil(reach / (2.0 * epsilon)), bound = 2.0 * epsilon * half;
  return {quantizers, epsilon, -bound, bound, checked_bins(2.0 * half, epsilon, reach), dims};
}

LineBins LineBins::centre_at_zero(const QuantizerMaker& quantizers, double epsilon) {
  const double half = std::floor(0.5 * (1.0 / epsilon * (1.0 + 1e-12) - 1.0)), bins = 2.0 * half + 1.0;
  return {quantizers, epsilon, -bins * epsilon, bins * epsilon, checked_bins(bins, epsilon, 1.0), 1};
}

LineBins LineBins::of_interval(const QuantizerMaker& quantizers, double low, double high, std::size_t count) {
  return {quantizers, 0.5 * (high - low) / static_cast<double>(count), low, high, count, 1};
}

double LineBins::operator()(double u) const {
  double out = 0.0;
  quantizer_->quantize({&u, 1}, {}, {&out, 1});
  return out;
}

void LineBins::quantize(std::span<const double> actions, std::span<double> out) const {
  quantizer_->quantize(actions, {}, out);
}

}  // namespace pianola
