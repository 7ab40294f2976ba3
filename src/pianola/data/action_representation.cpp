#include "pianola/data/action_representation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, 3> kFrames{"absolute", "relative", "delta"};

template <class Names>
std::uint32_t index_of(const Names& names, const std::string& name, const char* what) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw DataError(fmt::format("no {} is called '{}'", what, name));
  return static_cast<std::uint32_t>(found - names.begin());
}

const std::string& encoding_name(RotationEncoding encoding) {
  return rotation_names()[static_cast<std::size_t>(encoding)];
}

/// "3" or "3-5".
std::string range_text(std::size_t first, std::size_t width) {
  return width == 1 ? std::to_string(first) : fmt::format("{}-{}", first, first + width - 1);
}

std::string kind_text(const ActionGroup& group) {
  return group.kind == ActionKind::rotation ? encoding_name(group.encoding) : action_kind_name(group.kind);
}

/// "0-2, 7" of 0, 1, 2, 7.
std::string columns_text(std::span<const std::uint32_t> columns) {
  std::string text;
  for (std::size_t i = 0; i < columns.size();) {
    std::size_t end = i + 1;
    while (end < columns.size() && columns[end] == columns[end - 1] + 1) ++end;
    text += (text.empty() ? "" : ", ") + range_text(columns[i], end - i);
    i = end;
  }
  return text;
}

Json save_group(const ActionGroup& g, std::span<const std::uint32_t> columns, std::span<const double> values) {
  Json row{{"kind", action_kind_name(g.kind)}, {"first", g.first}, {"width", g.width}};
  if (g.kind == ActionKind::rotation) row["encoding"] = encoding_name(g.encoding);
  if (g.kind == ActionKind::angle) row["period"] = g.period;
  if (is_discrete(g.kind)) row["values"] = values.subspan(g.value_first, g.value_count);
  if (g.frame == ActionFrame::absolute) return row;
  row["frame"] = frame_name(g.frame);
  row["state"] = columns.subspan(g.state_first, g.state_width);
  if (g.kind == ActionKind::rotation) row["state_encoding"] = encoding_name(g.state_encoding);
  return row;
}

/// What load reads into.
struct Tables {
  std::vector<ActionGroup> groups;
  std::vector<std::uint32_t> columns;
  std::vector<double> values;
};

void load_group(const Json& row, Tables& out) {
  ActionGroup g;
  g.kind = action_kind_from_name(row.at("kind").get<std::string>());
  g.first = row.at("first").get<std::uint32_t>();
  g.width = row.at("width").get<std::uint32_t>();
  if (g.kind == ActionKind::rotation) {
    g.encoding = static_cast<RotationEncoding>(index_of(rotation_names(), row.at("encoding"), "rotation"));
  }
  if (g.kind == ActionKind::angle) g.period = row.at("period").get<double>();
  if (is_discrete(g.kind)) {
    const auto values = row.at("values").get<std::vector<double>>();
    g.value_first = static_cast<std::uint32_t>(out.values.size());
    g.value_count = static_cast<std::uint32_t>(values.size());
    out.values.insert(out.values.end(), values.begin(), values.end());
  }
  if (row.contains("frame")) {
    g.frame = static_cast<ActionFrame>(index_of(kFrames, row.at("frame"), "frame"));
    const auto columns = row.at("state").get<std::vector<std::uint32_t>>();
    g.state_first = static_cast<std::uint32_t>(out.columns.size());
    g.state_width = static_cast<std::uint32_t>(columns.size());
    out.columns.insert(out.columns.end(), columns.begin(), columns.end());
    if (g.kind == ActionKind::rotation) {
      g.state_encoding =
          static_cast<RotationEncoding>(index_of(rotation_names(), row.at("state_encoding"), "rotation"));
    }
  }
  out.groups.push_back(g);
}

/// Distinct values of the dimensions that have none yet, up to one too many.
std::vector<std::set<double>> distinct_values(const ActionSource& data, std::span<const std::size_t> dimensions) {
  std::vector<std::set<double>> seen(dimensions.size());
  const std::size_t dim = data.action_dim();
  data.for_each([&](std::span<const double> actions) {
    for (std::size_t i = 0; i < dimensions.size(); ++i) {
      double last = NAN;  // rows repeat: most need no look at the set
      for (std::size_t at = dimensions[i]; at < actions.size(); at += dim) {
        if (actions[at] == last || seen[i].size() > kMostCategories) continue;
        last = actions[at];
        if (std::isnan(last))
          throw DataError(fmt::format("action dimension {}: holds a NaN; mend the data", dimensions[i]));
        seen[i].insert(last);
      }
    }
  });
  return seen;
}

void require_values(const ActionGroup& g, const std::set<double>& seen) {
  const bool binary = g.kind == ActionKind::binary;
  if (binary ? seen.size() == 2 : !seen.empty() && seen.size() <= kMostCategories) return;
  const std::vector<double> some(seen.begin(), std::next(seen.begin(), std::min<std::ptrdiff_t>(5, std::ssize(seen))));
  throw DataError(fmt::format(
      "action dimension {} is declared {}, which needs {} different values in the data, but there are {}{} ({}{}); "
      "declare it linear, or name its values: --kinds '{}={}'",
      g.first, action_kind_name(g.kind), binary ? "two" : fmt::format("1 to {}", kMostCategories),
      seen.size() > kMostCategories ? "more than " : "", std::min(seen.size(), kMostCategories), fmt::join(some, ", "),
      some.size() < seen.size() ? ", …" : "", g.first, binary ? "binary(0,1)" : "categorical(0,1,2)"));
}

std::span<const double> part(std::span<const double> action, const ActionGroup& g) {
  return action.subspan(g.first, g.width);
}

void rotation_error(const ActionGroup& g, std::span<const double> wanted, std::span<const double> got,
                    std::span<double> out) {
  if (g.width == 3) {
    const Rotation between =
        relative_rotation(rotation_of(g.encoding, wanted.data()), rotation_of(g.encoding, got.data()));
    return write_rotation(RotationEncoding::vector, between, out.data());
  }
  const double cosine = std::inner_product(wanted.begin(), wanted.end(), got.begin(), 0.0);
  const double sign = g.width == 4 && cosine < 0.0 ? -1.0 : 1.0;
  for (std::size_t i = 0; i < g.width; ++i) out[i] = sign * got[i] - wanted[i];
}

}  // namespace

ActionRepresentation::ActionRepresentation(std::size_t action_dim) : action_dim_(action_dim), continuous_(action_dim) {
  ActionGroup all;
  all.width = all.model_width = static_cast<std::uint32_t>(action_dim);
  if (action_dim > 0) groups_.push_back(all);
}

ActionRepresentation::ActionRepresentation(std::vector<ActionGroup> groups, std::vector<std::uint32_t> columns,
                                           std::vector<double> values, std::size_t observation_dim)
    : groups_(std::move(groups)),
      columns_(std::move(columns)),
      values_(std::move(values)),
      observation_dim_(columns_.empty() ? 0 : observation_dim) {
  bool complete = true;
  for (ActionGroup& g : groups_) {
    g.model_width = g.kind == ActionKind::rotation ? 6 : g.width;
    std::size_t& next = is_discrete(g.kind) ? discrete_ : continuous_;
    g.model_first = static_cast<std::uint32_t>(next);
    next += g.model_width;
    action_dim_ += g.width;
    complete = complete && (!is_discrete(g.kind) || g.value_count > 0);
  }
  if (complete && !is_sound(transform(1))) {
    throw UsageError(
        "an action representation must cover the action's dimensions one after the other, with states, "
        "values and encodings that fit; this one does not: declare it again (--kinds, --frame, --state)");
  }
}

bool ActionRepresentation::is_identity() const {
  return std::all_of(groups_.begin(), groups_.end(), [](const ActionGroup& g) {
    return g.kind == ActionKind::linear && g.frame == ActionFrame::absolute;
  });
}

bool ActionRepresentation::is_isometric() const {
  return std::all_of(groups_.begin(), groups_.end(),
                     [](const ActionGroup& g) { return g.kind == ActionKind::linear || g.kind == ActionKind::angle; });
}

bool ActionRepresentation::has_frame(ActionFrame frame) const {
  return std::any_of(groups_.begin(), groups_.end(), [frame](const ActionGroup& g) { return g.frame == frame; });
}

ActionTransform ActionRepresentation::transform(std::size_t chunk) const {
  return {action_dim_, chunk, observation_dim_, discrete_, continuous_, groups_, columns_, values_};
}

const ActionGroup& ActionRepresentation::discrete_group(std::size_t i) const {
  return *std::find_if(groups_.begin(), groups_.end(),
                       [i](const ActionGroup& g) { return is_discrete(g.kind) && g.model_first == i; });
}

std::span<const double> ActionRepresentation::values(std::size_t i) const {
  const ActionGroup& g = discrete_group(i);
  return std::span(values_).subspan(g.value_first, g.value_count);
}

std::size_t ActionRepresentation::plain_dimension(std::size_t i) const {
  for (const ActionGroup& g : groups_) {
    if (g.kind != ActionKind::linear || g.frame != ActionFrame::absolute) continue;
    if (i >= g.model_first && i < g.model_first + g.width) return g.first + i - g.model_first;
  }
  return action_dim_;
}

ActionRepresentation ActionRepresentation::with_values(const ActionSource& data) const {
  std::vector<std::size_t> dimensions;
  for (const ActionGroup& g : groups_) {
    if (is_discrete(g.kind) && g.value_count == 0) dimensions.push_back(g.first);
  }
  if (dimensions.empty()) return *this;
  const std::vector<std::set<double>> seen = distinct_values(data, dimensions);
  std::vector<ActionGroup> groups = groups_;
  std::vector<double> values = values_;
  std::size_t next = 0;
  for (ActionGroup& g : groups) {
    if (!is_discrete(g.kind) || g.value_count > 0) continue;
    require_values(g, seen[next]);
    g.value_first = static_cast<std::uint32_t>(values.size());
    g.value_count = static_cast<std::uint32_t>(seen[next].size());
    values.insert(values.end(), seen[next].begin(), seen[next].end());
    ++next;
  }
  return {std::move(groups), columns_, std::move(values), observation_dim_};
}

void ActionRepresentation::error(std::span<const double> wanted, std::span<const double> got,
                                 std::span<double> out) const {
  for (const ActionGroup& g : groups_) {
    if (g.kind == ActionKind::rotation) {
      rotation_error(g, part(wanted, g), part(got, g), out.subspan(g.first, g.width));
      continue;
    }
    for (std::size_t d = g.first; d < g.first + g.width; ++d) {
      const double difference = got[d] - wanted[d];
      out[d] = g.kind == ActionKind::angle ? wrapped(difference, g.period) : difference;
    }
  }
}

std::vector<RotationError> ActionRepresentation::rotation_errors(std::span<const double> wanted,
                                                                 std::span<const double> got) const {
  constexpr double kDegrees = 57.295779513082320877;
  std::vector<RotationError> errors;
  for (const ActionGroup& g : groups_) {
    if (g.kind != ActionKind::rotation) continue;
    const double angle = rotation_distance(rotation_of(g.encoding, part(wanted, g).data()),
                                           rotation_of(g.encoding, part(got, g).data()));
    errors.push_back({g.first, kDegrees * angle});
  }
  return errors;
}

std::string ActionRepresentation::text() const {
  std::string text;
  for (const ActionGroup& g : groups_) {
    text += fmt::format("{}{} {} {}", text.empty() ? "" : "; ", range_text(g.first, g.width), frame_name(g.frame),
                        kind_text(g));
    if (g.frame == ActionFrame::absolute) continue;
    const auto columns = std::span(columns_).subspan(g.state_first, g.state_width);
    text += fmt::format(" to observation {}", columns_text(columns));
    if (g.kind == ActionKind::rotation && g.state_encoding != g.encoding) {
      text += fmt::format(" ({})", encoding_name(g.state_encoding));
    }
  }
  return text;
}

std::string ActionRepresentation::coordinate_name(std::size_t i) const {
  constexpr std::array<const char*, 6> kColumns{"c1.x", "c1.y", "c1.z", "c2.x", "c2.y", "c2.z"};
  for (const ActionGroup& g : groups_) {
    if (is_discrete(g.kind) || i < g.model_first || i >= g.model_first + g.model_width) continue;
    if (g.kind != ActionKind::rotation) return std::to_string(g.first + i - g.model_first);
    return range_text(g.first, g.width) + " " + kColumns[i - g.model_first];
  }
  return "?";
}

Json ActionRepresentation::save() const {
  Json groups = Json::array();
  for (const ActionGroup& g : groups_) groups.push_back(save_group(g, columns_, values_));
  return {{"observation_dim", observation_dim_}, {"groups", std::move(groups)}};
}

ActionRepresentation ActionRepresentation::load(const Json& saved) {
  try {
    Tables tables;
    for (const Json& row : saved.at("groups")) load_group(row, tables);
    for (const ActionGroup& g : tables.groups) {
      if (is_discrete(g.kind) && g.value_count == 0) throw DataError("a discrete dimension has no values");
    }
    return {std::move(tables.groups), std::move(tables.columns), std::move(tables.values),
            saved.at("observation_dim").get<std::size_t>()};
  } catch (const Json::exception& error) {
    throw DataError(fmt::format("key 'representation': {}", error.what()));
  } catch (const Error& error) {
    throw DataError(fmt::format("key 'representation': {}", error.what()));
  }
}

const char* frame_name(ActionFrame frame) { return kFrames[static_cast<std::size_t>(frame)]; }

const std::vector<std::string>& rotation_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out{"rotation_vector", "quaternion_xyzw", "quaternion_wxyz", "rotation_6d",
                                 "rotation_6d_rows"};
    for (const char first : {'x', 'X'}) {
      for (const auto& order : kEulerOrders) {
        std::string name = "euler_";
        for (const std::uint8_t axis : order) name += static_cast<char>(first + axis);
        out.push_back(name);
      }
    }
    return out;
  }();
  return names;
}

}  // namespace pianola
