#include "pianola/data/lerobot_metadata.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr double kMostSize = 9007199254740992.0;        // 2⁵³
constexpr std::size_t kMostDim = std::size_t{1} << 24;  // numbers a frame

std::string info_path(const std::string& root) { return (fs::path(root) / "meta" / "info.json").string(); }

/// The value as text for a message, cut short.
std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() > 60 ? text.substr(0, 57) + "…" : text;
}

[[noreturn]] void bad_field(const std::string& where, const std::string& key, const std::string& required,
                            const Json* value) {
  throw DataError(fmt::format("{}: field '{}' must be {}, but {}", where, key, required,
                              value == nullptr ? "is missing" : "is " + shown(*value)));
}

const Json* field(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at == object.end() ? nullptr : &*at;
}

std::optional<std::size_t> as_size(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto size = value.get<std::uint64_t>();
    return static_cast<double>(size) <= kMostSize ? std::optional<std::size_t>(size) : std::nullopt;
  }
  return std::nullopt;
}

std::string text_field(const Json& object, const char* key, const std::string& where) {
  const Json* value = field(object, key);
  if (value == nullptr || !value->is_string()) bad_field(where, key, "a text", value);
  return value->get<std::string>();
}

/// Names stand as a list, a list in a list, or a list under one key ({"motors": […]}); others are no names.
std::vector<std::string> names_of(const Json& value, std::size_t dim) {
  const Json* list = &value;
  for (int depth = 0; depth < 2 && list->size() == 1 && (list->is_object() || list->front().is_array()); ++depth) {
    list = &list->front();
  }
  std::vector<std::string> names;
  if (!list->is_array() || list->size() != dim) return names;
  for (const Json& name : *list) {
    if (!name.is_string()) return {};
    names.push_back(name.get<std::string>());
  }
  return names;
}

LeRobotFeature feature_of(const std::string& name, const Json& value, const std::string& file) {
  const std::string where = fmt::format("{}: feature '{}'", file, name);
  if (!value.is_object()) bad_field(file, "features." + name, "an object", &value);
  LeRobotFeature feature{name, text_field(value, "dtype", where), {}, {}};
  const Json* shape = field(value, "shape");
  if (shape == nullptr || !shape->is_array()) bad_field(where, "shape", "a list of sizes", shape);
  std::size_t dim = 1;
  for (const Json& entry : *shape) {
    const auto size = as_size(entry);
    if (!size || *size == 0 || *size > kMostDim / dim) {
      bad_field(where, "shape", fmt::format("a list of sizes from 1, {} numbers at most", kMostDim), shape);
    }
    dim *= *size;
    feature.shape.push_back(*size);
  }
  const Json* names = field(value, "names");
  if (names != nullptr && !names->empty() && feature.is_number()) feature.names = names_of(*names, dim);
  return feature;
}

/// "0:80". Other forms (percentages, names) are no range of episodes: the split is not offered.
std::optional<std::pair<std::size_t, std::size_t>> range_of(const std::string& text) {
  std::size_t first = 0, last = 0;
  const char *begin = text.data(), *end = begin + text.size();
  const auto [colon, error] = std::from_chars(begin, end, first);
  if (error != std::errc() || colon == end || *colon != ':') return std::nullopt;
  const auto [stop, second_error] = std::from_chars(colon + 1, end, last);
  if (second_error != std::errc() || stop != end || first > last) return std::nullopt;
  return std::pair(first, last);
}

void read_splits(const Json& json, LeRobotInfo& info) {
  const Json* splits = field(json, "splits");
  if (splits == nullptr || !splits->is_object()) return;
  for (const auto& [name, text] : splits->items()) {
    if (!text.is_string()) continue;
    if (const auto range = range_of(text.get<std::string>())) info.splits.emplace(name, *range);
  }
}

}  // namespace

std::size_t LeRobotFeature::dim() const {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
}

const LeRobotFeature* LeRobotInfo::find(std::string_view name) const {
  const auto at = std::find_if(features.begin(), features.end(), [&](const auto& f) { return f.name == name; });
  return at == features.end() ? nullptr : &*at;
}

Json parse_lerobot_json(std::string_view text, const std::string& where) {
  constexpr int kDeepest = 32;  // JSON is written out, and taken apart, by recursion
  const auto watch = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > kDeepest) throw DataError(fmt::format("{}: JSON is nested deeper than {} levels", where, kDeepest));
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), watch);
  } catch (const Json::exception& error) {
    throw DataError(fmt::format("{}: it is no JSON: {}", where, error.what()));
  }
}

void for_each_lerobot_line(const std::string& file, const std::function<void(const Json&, const std::string&)>& visit) {
  const std::string text = read_file(file);
  std::size_t line = 1;
  for (std::size_t begin = 0; begin < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view part = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    if (part.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const std::string where = fmt::format("{}:{}", file, line);
    const Json json = parse_lerobot_json(part, where);
    if (!json.is_object()) throw DataError(where + ": a line must hold one JSON object");
    visit(json, where);
  }
}

std::vector<LeRobotFeature> lerobot_features(const Json& features, const std::string& where) {
  std::vector<LeRobotFeature> out;
  if (!features.is_object()) bad_field(where, "features", "an object", &features);
  out.reserve(features.size());
  for (const auto& [name, value] : features.items()) out.push_back(feature_of(name, value, where));
  return out;
}

std::size_t lerobot_size(const Json& object, const char* key, const std::string& where) {
  const Json* value = field(object, key);
  const auto size = value == nullptr ? std::nullopt : as_size(*value);
  if (!size) bad_field(where, key, "a whole number from 0 to 2^53", value);
  return *size;
}

std::vector<std::string> lerobot_texts(const Json& object, const char* key, const std::string& where) {
  const Json* value = field(object, key);
  const auto is_text = [](const Json& entry) { return entry.is_string(); };
  if (value == nullptr || !value->is_array() || !std::all_of(value->begin(), value->end(), is_text)) {
    bad_field(where, key, "a list of texts", value);
  }
  return value->get<std::vector<std::string>>();
}

std::string detect_lerobot(const std::string& path, std::span<const std::string_view> versions) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return "it is no folder";
  const std::string file = info_path(path);
  if (!fs::exists(file, ignored)) return "it has no meta/info.json";
  const Json json = parse_lerobot_json(read_file(file), file);
  const Json* version = json.is_object() ? field(json, "codebase_version") : nullptr;
  if (version == nullptr || !version->is_string()) return "its meta/info.json has no codebase_version";
  const auto text = version->get<std::string>();
  if (std::find(versions.begin(), versions.end(), text) != versions.end()) return "";
  return fmt::format("its codebase_version is '{}', not {}", text, fmt::join(versions, " or "));
}

LeRobotInfo read_lerobot_info(const std::string& root) {
  const std::string file = info_path(root);
  const Json json = parse_lerobot_json(read_file(file), file);
  if (!json.is_object()) throw DataError(file + ": it must hold one JSON object");
  LeRobotInfo info;
  info.root = root;
  info.version = text_field(json, "codebase_version", file);
  info.data_path = text_field(json, "data_path", file);
  const fs::path data_path(info.data_path);
  if (data_path.is_absolute() || std::find(data_path.begin(), data_path.end(), "..") != data_path.end()) {
    bad_field(file, "data_path", "a path within the dataset's folder", field(json, "data_path"));
  }
  const Json* fps = field(json, "fps");
  if (fps == nullptr || !fps->is_number() || !(fps->get<double>() > 0.0) || !std::isfinite(fps->get<double>())) {
    bad_field(file, "fps", "a positive number", fps);
  }
  info.fps = fps->get<double>();
  info.episodes = lerobot_size(json, "total_episodes", file);
  info.frames = lerobot_size(json, "total_frames", file);
  if (json.contains("chunks_size")) info.chunks_size = lerobot_size(json, "chunks_size", file);
  if (info.chunks_size == 0) bad_field(file, "chunks_size", "at least 1", field(json, "chunks_size"));
  if (const Json* robot = field(json, "robot_type"); robot != nullptr && robot->is_string()) {
    info.robot_type = robot->get<std::string>();
  }
  const Json* features = field(json, "features");
  if (features == nullptr) bad_field(file, "features", "an object", features);
  info.features = lerobot_features(*features, file);
  info.features_text = features->dump(-1, ' ', false, Json::error_handler_t::replace);
  read_splits(json, info);
  return info;
}

std::string lerobot_path(std::string_view path_template, const std::map<std::string, std::size_t>& values,
                         const std::string& where) {
  constexpr std::size_t kWidest = 20;
  std::string path;
  for (std::string_view rest = path_template; !rest.empty();) {
    const std::size_t open = rest.find('{');
    path += rest.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find('}', open);
    const std::string_view part = rest.substr(open + 1, close == std::string_view::npos ? close : close - open - 1);
    const std::size_t colon = part.find(':');
    const auto value = values.find(std::string(part.substr(0, colon)));
    std::size_t width = 0;
    bool sound = close != std::string_view::npos && value != values.end();
    if (sound && colon != std::string_view::npos) {
      const std::string_view format = part.substr(colon + 1);  // "03d"
      const auto [end, error] = std::from_chars(format.data(), format.data() + format.size(), width);
      sound = error == std::errc() && format.front() == '0' && width <= kWidest &&
              std::string_view(end, static_cast<std::size_t>(format.data() + format.size() - end)) == "d";
    }
    if (!sound) {
      throw DataError(
          fmt::format("{}: field 'data_path' must be a path with {{name:03d}}, but is '{}'", where, path_template));
    }
    path += fmt::format("{:0{}d}", value->second, width);
    rest.remove_prefix(close + 1);
  }
  return path;
}

void check_lerobot_episodes(const LeRobotInfo& info, std::span<const LeRobotEpisode> episodes,
                            const std::string& where) {
  std::size_t frames = 0;
  for (std::size_t i = 0; i < episodes.size(); ++i) {
    if (i > 0 && episodes[i].number <= episodes[i - 1].number) {
      throw DataError(fmt::format("{}: episode {} follows episode {}; they must be in ascending order, each once",
                                  where, episodes[i].number, episodes[i - 1].number));
    }
    if (episodes[i].length == 0)
      throw DataError(fmt::format("{}: episode {} has no frames", where, episodes[i].number));
    frames += episodes[i].length;  // of at most 2⁵³ each, checked as they come
    if (frames > info.frames) break;
  }
  if (episodes.size() == info.episodes && frames == info.frames) return;
  throw DataError(
      fmt::format("{}: it lists {} episodes of {} frames in all, but meta/info.json has total_episodes {} and "
                  "total_frames {}; the dataset is incomplete, or its metadata are of another one",
                  where, episodes.size(), frames, info.episodes, info.frames));
}

}  // namespace pianola
