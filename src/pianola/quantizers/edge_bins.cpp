#include "pianola/quantizers/edge_bins.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/action_bounds.hpp"
#include "pianola/quantizers/level_tokens.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {
namespace {

/// A float near `level` that lies in cell k, where rounding has pushed it over the cell's edge; else `level`.
double settled(const BinAxis& axis, std::uint32_t k, double level) {
  auto near = static_cast<float>(level);
  for (int step = 0; step < 4; ++step) {
    const std::uint32_t token = axis.token(near);
    if (token == k) return step == 0 ? level : near;
    near = std::nextafter(near, token < k ? HUGE_VALF : -HUGE_VALF);
  }
  return level;
}

void settle(BinAxis& axis) {
  for (std::uint32_t k = 0; k < axis.representatives.size(); ++k) {
    axis.representatives[k] = settled(axis, k, axis.representatives[k]);
  }
}

/// The part of cell k inside the range; both ends are the same where there is none, or a bound alone.
std::pair<double, double> part_inside(const BinAxis& axis, std::size_t k) {
  const double first = k == 0 ? axis.low : std::clamp(axis.edges[k - 1], axis.low, axis.high);
  const double last = k == axis.edges.size() ? axis.high : std::clamp(axis.edges[k], axis.low, axis.high);
  return {first, last};
}

}  // namespace

float float_at_least(double x) {
  const auto near = static_cast<float>(x);
  return static_cast<double>(near) < x ? std::nextafter(near, HUGE_VALF) : near;
}

std::uint32_t BinAxis::token(double u) const {
  const double rounded = static_cast<float>(u);
  return static_cast<std::uint32_t>(std::upper_bound(edges.begin(), edges.end(), rounded) - edges.begin());
}

double BinAxis::largest_error() const {
  double error = 0.0;
  for (std::size_t k = 0; k < representatives.size(); ++k) {
    const auto [first, last] = part_inside(*this, k);
    if (!(first < last) && token(first) != k) continue;  // out of reach
    error = std::max({error, std::abs(representatives[k] - first), std::abs(representatives[k] - last)});
  }
  return error;
}

void EdgeBins::check_size(std::size_t dim, std::size_t bins, std::size_t chunk, std::string_view who) {
  const bool fits = dim >= 1 && chunk >= 1 && chunk <= kMaxChunkValues / dim && bins <= kMaxBins &&
                    EdgeTable::size_of(dim, bins - 1) <= kMaxLevels;
  if (fits) return;
  throw UsageError(
      fmt::format("{}: {} dimensions in chunks of {} with {} bins are none or too many; {} levels and {} "
                  "values a chunk are the most",
                  who, dim, chunk, bins, kMaxLevels, kMaxChunkValues));
}

EdgeBins::EdgeBins(std::string spec, std::size_t chunk, std::vector<BinAxis> axes, Levels placed, std::string_view who)
    : axes_(std::move(axes)) {
  std::size_t most = 1;
  for (const BinAxis& axis : axes_) most = std::max(most, axis.representatives.size());
  const std::size_t dim = axes_.size();
  check_size(dim, most, chunk, who);
  std::vector<std::vector<float>> edges(dim);
  std::vector<float> levels(dim * most);
  for (std::size_t d = 0; d < dim; ++d) {
    BinAxis& axis = axes_[d];
    range_.low.push_back(axis.low);
    range_.high.push_back(axis.high);
    assert(axis.representatives.size() == axis.edges.size() + 1);
    std::transform(axis.edges.begin(), axis.edges.end(), std::back_inserter(edges[d]), float_at_least);
    if (placed == Levels::inside_cells) settle(axis);
    for (std::size_t k = 0; k < most; ++k) {
      levels[d * most + k] = static_cast<float>(axis.representatives[std::min(k, axis.edges.size())]);
    }
  }
  table_ = std::make_unique<EdgeTable>(edges);
  const std::vector<float> unused(dim, 0.0F);  // of the grid only its levels are read
  decode_ = std::make_unique<UniformGrid>(unused, unused, static_cast<std::uint32_t>(most), std::move(levels));
  describe(std::move(spec), chunk);
}

bool EdgeBins::is_projection() const {
  for (const BinAxis& axis : axes_) {
    for (std::uint32_t k = 0; k < axis.representatives.size(); ++k) {
      if (axis.token(axis.representatives[k]) != k) return false;
    }
  }
  return true;
}

void EdgeBins::describe(std::string spec, std::size_t chunk) {
  const std::size_t dim = axes_.size();
  double square = 0.0;
  for (const BinAxis& axis : axes_) {
    const double error = axis.largest_error();
    square = std::fma(error, error, square);
  }
  info_.spec = std::move(spec);
  info_.action_dim = dim;
  info_.chunk = chunk;
  info_.max_tokens = chunk * dim;
  for (std::size_t p = 0; p < info_.max_tokens; ++p) {
    info_.vocabularies.push_back(static_cast<std::uint32_t>(axes_[p % dim].representatives.size()));
  }
  info_.epsilon_sup = std::sqrt(square);
  info_.binning = true;
  info_.projection = is_projection();
}

void EdgeBins::encode(std::span<const float> chunks, const CodecContext&, TokenBatch batch) const {
  checked_chunks(info_, chunks, batch);
  encode_edges(*table_, chunks, batch.tokens);
  std::fill(batch.lengths.begin(), batch.lengths.end(), static_cast<std::uint32_t>(info_.max_tokens));
}

void EdgeBins::decode(const TokenBatch& batch, const CodecContext&, std::span<float> chunks,
                      std::span<DecodeStatus> status) const noexcept {
  decode_levels(*decode_, info_, batch, chunks, status);
}

void EdgeBins::quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const {
  assert(actions.size() == out.size() && actions.size() % info_.max_tokens == 0);
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const BinAxis& axis = axes_[i % axes_.size()];
    out[i] = axis.representatives[axis.token(actions[i])];
  }
}

std::span<const float> EdgeBins::levels(std::size_t position) const {
  const std::size_t d = position % axes_.size();
  return decode_->levels().subspan(d * decode_->bins(), axes_[d].representatives.size());
}

std::vector<double> EdgeBins::cell_widths(std::size_t position) const {
  const BinAxis& axis = axes_[position % axes_.size()];
  if (!axis.density) return {};
  std::vector<double> widths;
  for (std::size_t k = 0; k < axis.representatives.size(); ++k) {
    const auto [first, last] = part_inside(axis, k);
    if (!(last > first)) return {};
    widths.push_back(last - first);
  }
  return widths;
}

void EdgeBins::saturated(std::span<const double> actions, std::span<bool> flags) const {
  flag_outside(range_, actions, flags);
}

}  // namespace pianola
