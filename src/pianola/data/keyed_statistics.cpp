#include "pianola/data/keyed_statistics.hpp"

#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/base/json.hpp"
#include "pianola/data/attribute_subset.hpp"
#include "pianola/data/column_statistics.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

struct Seen {
  std::size_t trajectories = 0;
  ColumnStatistics actions;
};

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double x : values) list.push_back(number_or_null(x));
  return list;
}

KeyedPart part_of(const std::string& value, const Seen& seen, const ColumnStatistics& all) {
  KeyedPart part{value,
                 seen.trajectories,
                 seen.actions.count(),
                 seen.actions.min(),
                 seen.actions.max(),
                 seen.actions.mean(),
                 seen.actions.deviation(),
                 {},
                 {}};
  const std::vector<double> deviation = all.deviation();
  for (std::size_t d = 0; d < deviation.size(); ++d) {
    const bool moves = all.min()[d] < all.max()[d];
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    part.shift.push_back(moves ? (part.mean[d] - all.mean()[d]) / deviation[d] : kNaN);
    part.spread.push_back(moves ? part.std[d] / deviation[d] : kNaN);
  }
  return part;
}

}  // namespace

KeyedStatistics keyed_statistics(TrajectoryReader& reader, const std::string& key) {
  const std::size_t dim = reader.info().action_dim;
  const auto& common = reader.info().attributes;
  ColumnStatistics all(dim);
  std::map<std::string, Seen> seen;
  std::set<std::string> known;
  bool recorded = common.contains(key);
  for (std::size_t i = 0; i < reader.size(); ++i) {
    throw_if_interrupted();
    const auto own = reader.attributes(i);
    recorded = recorded || own.contains(key);
    for (const auto& [name, text] : own) known.insert(name);
    const std::string value = value_of_attribute(own, reader.info(), key);
    const std::vector<double> actions = reader.read_actions(i);
    Seen& part = seen.try_emplace(value, Seen{0, ColumnStatistics(dim)}).first->second;
    ++part.trajectories;
    part.actions.add(actions);
    all.add(actions);
  }
  if (!recorded) {
    for (const auto& [name, text] : common) known.insert(name);
    throw_unknown_name(reader.info().path + ": attribute", key, std::vector<std::string>(known.begin(), known.end()));
  }
  KeyedStatistics out{key, {}};
  for (const auto& [value, part] : seen) out.parts.push_back(part_of(value, part, all));
  return out;
}

Json to_json(const KeyedStatistics& statistics) {
  Json parts = Json::array();
  for (const KeyedPart& part : statistics.parts) {
    parts.push_back({{"value", part.value.empty() ? Json(nullptr) : Json(part.value)},
                     {"trajectories", part.trajectories},
                     {"steps", part.steps},
                     {"min", numbers(part.min)},
                     {"max", numbers(part.max)},
                     {"mean", numbers(part.mean)},
                     {"std", numbers(part.std)},
                     {"shift", numbers(part.shift)},
                     {"spread", numbers(part.spread)}});
  }
  return {{"key", statistics.key}, {"parts", parts}};
}

}  // namespace pianola
