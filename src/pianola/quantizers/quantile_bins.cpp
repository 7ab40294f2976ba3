#include "pianola/quantizers/quantile_bins.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/quantizers/action_scan.hpp"
#include "pianola/quantizers/canonical_spec.hpp"
#include "pianola/quantizers/fit_range.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "quantizer 'quantile'";
constexpr std::size_t kMostQuantiles = 65536;              // of all dimensions: 4 GiB of counters
constexpr std::size_t kMostSorted = std::size_t{1} << 28;  // values that are sorted in memory, 2 GiB

void check(const QuantileBinsConfig& config) {
  static const std::vector<std::string> known{"mean", "median", "centre"};
  if (std::find(known.begin(), known.end(), config.representatives) == known.end()) {
    throw_unknown_name(fmt::format("{}: representatives", kWho), config.representatives, known);
  }
  if (config.bins < 2 || config.bins > 4096) {
    throw UsageError(fmt::format("{}: option 'bins' must lie in 2 … 4096, not at {}", kWho, config.bins));
  }
}

/// Tokens see actions in float32: the edge below which x does not lie, and the one above.
double edge_at(double x) { return static_cast<float>(x); }
double edge_above(double x) { return std::nextafter(static_cast<float>(x), HUGE_VALF); }

/// Edges of one dimension, and what to stand for each cell if it lies there.
struct Cells {
  BinAxis axis;
  std::vector<double> middles;  // [edges + 1]
};

/// quantiles: of k/K at index k·stride, k = 0 … K; stride 2: those of (k + ½)/K between them.
Cells cells_of(std::span<const double> quantiles, std::size_t stride) {
  Cells cells{{quantiles.front(), quantiles.back(), {}, {}}, {quantiles[stride - 1]}};
  BinAxis& axis = cells.axis;
  axis.density = static_cast<float>(axis.low) != static_cast<float>(axis.high);
  if (!axis.density) return cells;
  const auto add = [&](double edge, double middle) {
    if (edge > edge_at(axis.high)) return;
    if (edge > edge_at(axis.low) && (axis.edges.empty() || edge > axis.edges.back())) {
      axis.edges.push_back(edge);
      cells.middles.emplace_back();
    }
    cells.middles.back() = middle;
  };
  const auto middle_after = [&](std::size_t at) { return quantiles[std::min(at + stride - 1, quantiles.size() - 1)]; };
  for (std::size_t at = 0; at < quantiles.size();) {
    const std::size_t first = at;
    const double edge = edge_at(quantiles[at]);
    while (at < quantiles.size() && edge_at(quantiles[at]) == edge) at += stride;
    const std::size_t last = at - stride;
    const bool atom = last > first;
    if (atom) add(edge, quantiles[last]);
    if (atom) add(edge_above(quantiles[last]), middle_after(last));
    if (!atom && at < quantiles.size()) add(edge, middle_after(first));
    axis.density = axis.density && !atom;
  }
  return cells;
}

/// Smallest and largest number that the dimension takes.
void check_range(const BinAxis& axis, std::size_t d) {
  if (std::max(std::abs(axis.low), std::abs(axis.high)) <= kLargestRangeBound) return;
  throw DataError(
      fmt::format("{}: actions must lie within ±{:g}; those of dimension {} reach from {} to {}; mend the "
                  "data",
                  kWho, kLargestRangeBound, d, axis.low, axis.high));
}

/// All data, one column a dimension. rows: how many there are.
std::vector<std::vector<double>> columns_of(const ActionSource& source, std::size_t rows) {
  std::vector<std::vector<double>> columns(source.action_dim());
  for (std::vector<double>& column : columns) column.reserve(rows);
  source.for_each([&](std::span<const double> actions) {
    for (std::size_t i = 0; i < actions.size(); ++i) columns[i % columns.size()].push_back(actions[i]);
  });
  return columns;
}

/// As data_quantiles, bit for bit, which needs many passes where there are many quantiles.
std::vector<std::vector<double>> sorted_quantiles(const ActionSource& source, std::size_t rows,
                                                  std::span<const double> p) {
  std::vector<std::vector<double>> columns = columns_of(source, rows), quantiles(columns.size());
  parallel_blocks(columns.size(), 1, [&](const Block& block) {
    std::vector<double>& column = columns[block.index];
    std::sort(column.begin(), column.end());
    for (const double probability : p) {
      const double rank = probability * static_cast<double>(column.size() - 1);
      const auto below = std::min(static_cast<std::size_t>(rank), column.size() - 1);
      const double share = rank - static_cast<double>(below);
      const auto pair = std::span(column).subspan(below, std::min<std::size_t>(2, column.size() - below));
      const double low = pair.front() + 0.0;  // −0 becomes 0, as there
      quantiles[block.index].push_back(share > 0.0 && pair.size() > 1 ? std::lerp(low, pair[1] + 0.0, share) : low);
    }
  });
  return quantiles;
}

std::vector<std::vector<double>> quantiles_of(const ActionSource& source, std::span<const double> p) {
  const std::size_t rows = scan_actions(source, kWho, [](std::span<const double>) {});
  return rows <= kMostSorted / source.action_dim() ? sorted_quantiles(source, rows, p)
                                                   : data_quantiles(source, kWho, p);
}

std::vector<Cells> fit_cells(const ActionSource& source, std::span<const std::uint32_t> counts, std::size_t stride) {
  const std::size_t most = *std::max_element(counts.begin(), counts.end()) * stride;
  std::vector<double> p(most + 1);
  for (std::size_t k = 0; k <= most; ++k) p[k] = static_cast<double>(k) / static_cast<double>(most);
  const auto quantiles = quantiles_of(source, p);
  std::vector<Cells> cells;
  for (std::size_t d = 0; d < counts.size(); ++d) {
    const std::size_t every = most / (counts[d] * stride);  // numbers of bins are all equal, or powers of two
    std::vector<double> own;
    for (std::size_t k = 0; k <= most; k += every) own.push_back(quantiles[d][k]);
    cells.push_back(cells_of(own, stride));
    check_range(cells.back().axis, d);
  }
  return cells;
}

/// What the data hold in each cell of each dimension.
struct CellStatistics {
  std::size_t rows = 0;
  std::vector<std::vector<std::uint64_t>> counts;
  std::vector<std::vector<double>> means;
};

CellStatistics scan_cells(const ActionSource& source, std::span<const Cells> cells) {
  CellStatistics found;
  for (const Cells& of_dimension : cells) {
    found.counts.emplace_back(of_dimension.middles.size());
    found.means.emplace_back(of_dimension.middles.size());
  }
  found.rows = scan_actions(source, kWho, [&](std::span<const double> actions) {
    for (std::size_t i = 0; i < actions.size(); ++i) {
      const std::size_t d = i % cells.size();
      const std::uint32_t k = cells[d].axis.token(actions[i]);
      double& mean = found.means[d][k];
      if (found.counts[d][k]++ == 0) mean = actions[i];
      mean += (actions[i] - mean) / static_cast<double>(found.counts[d][k]);  // stays between the cell's values
    }
  });
  return found;
}

/// Fills in the representatives. A middle that lies in another cell (beside an atom) gives way to the mean.
BinAxis represented(Cells cells, std::span<const std::uint64_t> counts, std::span<const double> means,
                    const std::string& kind) {
  BinAxis& axis = cells.axis;
  if (!axis.density && axis.edges.empty()) {
    axis.representatives = {std::midpoint(axis.low, axis.high)};
    return axis;
  }
  for (std::uint32_t k = 0; k <= axis.edges.size(); ++k) {
    const double first = k == 0 ? axis.low : axis.edges[k - 1];
    const double last = k == axis.edges.size() ? axis.high : axis.edges[k];
    double at = std::clamp(std::midpoint(first, last), axis.low, axis.high);
    const bool atom = edge_above(first) >= last;
    if ((atom || kind != "centre") && counts[k] > 0) at = means[k];
    if (kind == "median" && axis.token(cells.middles[k]) == k) at = cells.middles[k];
    axis.representatives.push_back(at);
  }
  return axis;
}

void check_axis(const BinAxis& axis, std::size_t d) {
  const bool range = axis.low <= axis.high && axis.low >= -kLargestRangeBound && axis.high <= kLargestRangeBound;
  bool good = range && axis.representatives.size() == axis.edges.size() + 1;
  for (std::size_t k = 0; good && k < axis.representatives.size(); ++k) {
    const double at = axis.representatives[k];
    good = at >= axis.low && at <= axis.high && axis.token(at) == k;
    if (k == 0) continue;
    const double edge = axis.edges[k - 1], before = k == 1 ? edge_at(axis.low) : axis.edges[k - 2];
    good = good && edge > before && edge <= edge_at(axis.high) && edge_at(edge) == edge;
  }
  if (good) return;
  throw UsageError(
      fmt::format("{}: dimension {} must have low ≤ high within ±{:g}, edges that are float32 numbers and "
                  "ascend between the two, and representatives in their own cells; it has low {} and high "
                  "{}",
                  kWho, d, kLargestRangeBound, axis.low, axis.high));
}

std::vector<BinAxis> checked(std::vector<BinAxis> axes) {
  for (std::size_t d = 0; d < axes.size(); ++d) check_axis(axes[d], d);
  return axes;
}

std::string canonical(const QuantileBinsConfig& config) {
  check(config);
  return canonical_spec("quantile", config, {"bins"});
}

}  // namespace

QuantileBins::QuantileBins(const QuantileBinsConfig& config, std::size_t chunk, std::vector<BinAxis> axes)
    : EdgeBins(canonical(config), chunk, checked(std::move(axes)), Levels::inside_cells, kWho) {}

std::unique_ptr<QuantileBins> QuantileBins::fit(const QuantileBinsConfig& config, const FitContext& context) {
  check(config);
  if (context.data == nullptr) throw UsageError(fmt::format("{}: needs data; give a dataset", kWho));
  const std::size_t stride = config.representatives == "median" ? 2 : 1, dim = context.action_dim;
  const std::size_t affordable = kMostQuantiles / (dim * stride);
  const int most_bits = static_cast<int>(std::bit_width(std::clamp<std::size_t>(affordable, 1, 4096))) - 1;
  const auto counts = bins_per_dimension(config.bits, config.bins, most_bits, context, kWho);
  const std::uint32_t most = *std::max_element(counts.begin(), counts.end());
  if (most > affordable) {
    throw UsageError(fmt::format("{}: {} dimensions with {} bins are too many quantiles at once; {} bins are the most",
                                 kWho, dim, most, affordable));
  }
  const std::vector<Cells> cells = fit_cells(*context.data, counts, stride);
  const CellStatistics found = scan_cells(*context.data, cells);
  if (found.rows < most) {
    throw DataError(
        fmt::format("{}: {} bins need at least as many actions, the data have {}; give more data or fewer "
                    "bins",
                    kWho, most, found.rows));
  }
  std::vector<BinAxis> axes;
  for (std::size_t d = 0; d < dim; ++d) {
    axes.push_back(represented(cells[d], found.counts[d], found.means[d], config.representatives));
  }
  return std::make_unique<QuantileBins>(config, context.chunk, std::move(axes));
}

nlohmann::ordered_json QuantileBins::save() const {
  std::vector<double> low, high, edges, representatives;
  std::vector<std::size_t> counts;
  std::vector<int> density;
  for (const BinAxis& axis : axes()) {
    low.push_back(axis.low), high.push_back(axis.high);
    counts.push_back(axis.representatives.size());
    density.push_back(axis.density ? 1 : 0);
    edges.insert(edges.end(), axis.edges.begin(), axis.edges.end());
    representatives.insert(representatives.end(), axis.representatives.begin(), axis.representatives.end());
  }
  return saved_with(info_, {{"low", low},
                            {"high", high},
                            {"bins_per_dimension", counts},
                            {"density", density},
                            {"edges", edges},
                            {"representatives", representatives}});
}

namespace {

std::unique_ptr<Quantizer> fit_quantile(const Spec& spec, const FitContext& context) {
  return QuantileBins::fit(read_options<QuantileBinsConfig>(spec, kWho), context);
}

std::unique_ptr<Quantizer> load_quantile(const nlohmann::ordered_json& saved) {
  const SavedFields fields(saved);
  const auto config = fields.options<QuantileBinsConfig>(kWho);
  const auto [dim, chunk] = fields.chunk_shape();
  const auto low = fields.numbers("low", dim), high = fields.numbers("high", dim);
  const auto counts = fields.counts("bins_per_dimension", dim, 1, 4096);
  const auto density = fields.counts("density", dim, 0, 1);
  const std::size_t all = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
  const auto edges = fields.numbers("edges", all - dim), representatives = fields.numbers("representatives", all);
  std::vector<BinAxis> axes(dim);
  auto edge = edges.begin();
  auto representative = representatives.begin();
  for (std::size_t d = 0; d < dim; ++d) {
    axes[d] = {
        low[d], high[d], {edge, edge + counts[d] - 1}, {representative, representative + counts[d]}, density[d] == 1};
    edge += counts[d] - 1, representative += counts[d];
  }
  return std::make_unique<QuantileBins>(config, chunk, std::move(axes));
}

}  // namespace

QuantizerEntry entry_quantile() {
  return {"quantile", "bins of equal mass in the data, for each action dimension by itself",
          describe_options<QuantileBinsConfig>(), fit_quantile, load_quantile};
}

}  // namespace pianola
