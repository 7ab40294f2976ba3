#include "pianola/data/represented_statistics.hpp"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "pianola/base/json.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/data/column_statistics.hpp"
#include "pianola/data/represented_actions.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

/// The action dimension that a continuous coordinate is, in some frame; none for a rotation's.
std::vector<std::size_t> dimensions_of(const ActionRepresentation& map) {
  std::vector<std::size_t> out(map.continuous(), map.action_dim());
  for (const ActionGroup& g : map.groups()) {
    if (is_discrete(g.kind) || g.kind == ActionKind::rotation) continue;
    for (std::size_t i = 0; i < g.width; ++i) out[g.model_first + i] = g.first + i;
  }
  return out;
}

std::vector<std::size_t> outside_lipschitz(const ActionRepresentation& map) {
  std::vector<std::size_t> out;
  for (const ActionGroup& g : map.groups()) {
    if (!is_discrete(g.kind) && g.kind != ActionKind::angle) continue;
    for (std::size_t i = 0; i < g.width; ++i) out.push_back(g.first + i);
  }
  return out;
}

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double x : values) list.push_back(number_or_null(x));
  return list;
}

}  // namespace

RepresentedStatistics represented_statistics(const ActionSource& actions, const ActionRepresentation& representation,
                                             std::size_t chunk) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  ColumnStatistics raw(actions.action_dim()), model(representation.continuous());
  actions.for_each([&](std::span<const double> trajectory) { raw.add(trajectory); });
  RepresentedActions(actions, representation, chunk).for_each([&](std::span<const double> rows) { model.add(rows); });
  RepresentedStatistics out{representation.text(),
                            chunk,
                            model.count(),
                            {},
                            model.min(),
                            model.max(),
                            model.mean(),
                            model.deviation(),
                            {},
                            {},
                            kNaN,
                            kNaN,
                            outside_lipschitz(representation)};
  std::vector<double> ratios, std_ratios;
  const std::vector<double> raw_std = raw.deviation();
  const std::vector<std::size_t> dimensions = dimensions_of(representation);
  for (std::size_t i = 0; i < representation.continuous(); ++i) {
    out.names.push_back(representation.coordinate_name(i));
    const std::size_t d = dimensions[i];
    const double range = out.max[i] - out.min[i];
    const bool compares = d < representation.action_dim() && range > 0.0;
    out.range_ratio.push_back(compares ? (raw.max()[d] - raw.min()[d]) / range : kNaN);
    out.std_ratio.push_back(compares ? raw_std[d] / out.std[i] : kNaN);
    if (!compares) continue;
    ratios.push_back(out.range_ratio.back());
    std_ratios.push_back(out.std_ratio.back());
  }
  if (ratios.empty()) return out;
  out.median_range_ratio = quantile(ratios, 0.5);
  out.median_std_ratio = quantile(std_ratios, 0.5);
  return out;
}

Json to_json(const RepresentedStatistics& s) {
  return {{"actions", s.actions},
          {"chunk", s.chunk},
          {"rows", s.rows},
          {"coordinates", s.names},
          {"min", numbers(s.min)},
          {"max", numbers(s.max)},
          {"mean", numbers(s.mean)},
          {"std", numbers(s.std)},
          {"range_ratio", numbers(s.range_ratio)},
          {"std_ratio", numbers(s.std_ratio)},
          {"outside_lipschitz", s.outside_lipschitz},
          {"median_range_ratio", number_or_null(s.median_range_ratio)},
          {"median_std_ratio", number_or_null(s.median_std_ratio)}};
}

}  // namespace pianola
