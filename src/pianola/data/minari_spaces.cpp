#include "pianola/data/minari_spaces.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using Json = nlohmann::json;

/// All numbers of nested lists, or one number `dims` times; false if there are other things, or other counts.
bool flatten(const Json& json, std::size_t dims, std::vector<double>& out, int depth = 0) {
  if (depth > 8) return false;
  if (json.is_number() || json.is_null()) {  // null: infinite
    out.push_back(json.is_null() ? std::numeric_limits<double>::infinity() : json.get<double>());
    return true;
  }
  if (!json.is_array()) return false;
  return std::all_of(json.begin(), json.end(), [&](const Json& entry) { return flatten(entry, dims, out, depth + 1); });
}

std::vector<double> bounds(const Json& space, const char* key, std::size_t dims) {
  std::vector<double> values;
  if (!space.contains(key) || !flatten(space[key], dims, values)) return {};
  if (values.size() == 1) values.assign(dims, values.front());
  return values.size() == dims ? values : std::vector<double>();
}

bool is_all(const Json& space, const char* key, double value) {
  std::vector<double> values;
  return space.contains(key) && flatten(space[key], 0, values) && !values.empty() &&
         std::all_of(values.begin(), values.end(), [&](double x) { return x == value; });
}

std::string type_of(const Json& space) {
  return space.is_object() && space.contains("type") && space["type"].is_string() ? space["type"].get<std::string>()
                                                                                  : "";
}

}  // namespace

Json parse_space(const std::string& text, const std::string& where) {
  std::string plain;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = std::string_view(text).substr(i);
    const std::string_view word = quoted                          ? std::string_view()
                                  : rest.starts_with("-Infinity") ? rest.substr(0, 9)
                                  : rest.starts_with("Infinity")  ? rest.substr(0, 8)
                                  : rest.starts_with("NaN")       ? rest.substr(0, 3)
                                                                  : std::string_view();
    if (!word.empty()) {
      plain += "null";
      i += word.size();
      continue;
    }
    if (quoted && text[i] == '\\' && i + 1 < text.size()) plain += text[i++];
    if (text[i] == '"' && (plain.empty() || plain.back() != '\\' || !quoted)) quoted = !quoted;
    plain += text[i++];
  }
  Json space = Json::parse(plain, nullptr, false);
  if (!space.is_object()) throw DataError(where + " is no space that Minari serialises (a JSON object)");
  return space;
}

Json space_at(const Json& space, const std::string& leaf) {
  Json at = space;
  for (std::string_view rest = leaf; !rest.empty();) {
    const std::string_view key = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), key.size() + 1));
    if (!at.is_object() || !at.contains("subspaces")) return nullptr;
    const Json& children = at["subspaces"];
    Json next;
    std::size_t index = 0;
    if (children.is_object() && children.contains(std::string(key))) next = children[std::string(key)];
    if (children.is_array() && key.starts_with("_index_") &&
        std::from_chars(key.data() + 7, key.data() + key.size(), index).ec == std::errc() && index < children.size()) {
      next = children[index];
    }
    at = std::move(next);
  }
  return at;
}

bool is_image_space(const Json& space) {
  if (type_of(space) != "Box" || !space.contains("shape") || space.value("dtype", Json()) != "uint8") return false;
  const Json& shape = space["shape"];
  if (!shape.is_array() || shape.size() < 2 || shape.size() > 3) return false;
  const auto large = [](const Json& dim) { return dim.is_number_integer() && dim.get<std::int64_t>() >= 32; };
  return large(shape[0]) && large(shape[1]) && is_all(space, "low", 0.0) && is_all(space, "high", 255.0);
}

void append_action_space(const Json& space, std::size_t dims, DatasetInfo& info) {
  const std::string type = type_of(space);
  const bool first = info.action_kinds.empty();
  const bool bounded_so_far = first || !info.action_range.low.empty();
  const ActionKind kind = type == "Discrete" || type == "MultiDiscrete" ? ActionKind::categorical
                          : type == "MultiBinary"                       ? ActionKind::binary
                                                                        : ActionKind::linear;
  info.action_kinds.insert(info.action_kinds.end(), dims, kind);
  std::vector<double> low, high;
  if (type == "Box") {
    low = bounds(space, "low", dims);
    high = bounds(space, "high", dims);
  }
  bool finite = bounded_so_far && low.size() == dims && high.size() == dims;
  for (std::size_t d = 0; finite && d < dims; ++d)
    finite = std::isfinite(low[d]) && std::isfinite(high[d]) && low[d] < high[d];
  if (!finite) {
    info.action_range = {};
    return;
  }
  info.action_range.low.insert(info.action_range.low.end(), low.begin(), low.end());
  info.action_range.high.insert(info.action_range.high.end(), high.begin(), high.end());
}

Json box_space(std::size_t dim, const std::string& type, const ActionRange& range) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const bool bounded = range.low.size() == dim && !range.low.empty();
  return {{"type", "Box"},
          {"dtype", type},
          {"shape", {dim}},
          {"low", bounded ? range.low : std::vector<double>(dim, -kInfinity)},
          {"high", bounded ? range.high : std::vector<double>(dim, kInfinity)}};
}

}  // namespace pianola
