#include "pianola/data/action_declaration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <string_view>

#include "pianola/base/error.hpp"
#include "pianola/data/action_state.hpp"
#include "pianola/data/declaration_text.hpp"

namespace pianola {
namespace {

/// A value for each action dimension, from 'a*3,b' or 'where=a,where=b'; empty where the second form names none.
std::vector<std::string> spread(const std::string& text, const DatasetInfo& info, const char* option,
                                std::size_t (*width)(const std::string&)) {
  std::vector<std::string> out(info.action_dim);
  const std::vector<std::string> parts = parts_of(text, option);
  const auto assigned = std::count_if(parts.begin(), parts.end(),
                                      [](const std::string& part) { return part.find('=') != std::string::npos; });
  if (assigned != 0 && assigned != std::ssize(parts)) {
    throw UsageError(
        fmt::format("{} '{}': give all dimensions one after the other, or each as WHERE=WHAT, not both", option, text));
  }
  std::size_t next = 0;
  for (const std::string& part : parts) {
    if (assigned != 0) {
      const std::size_t equals = part.find('=');
      for (const std::size_t d :
           dimensions_of(std::string(trimmed(std::string_view(part).substr(0, equals))), info, option)) {
        if (!out[d].empty()) throw UsageError(fmt::format("{} '{}': dimension {} is named twice", option, text, d));
        out[d] = trimmed(std::string_view(part).substr(equals + 1));
      }
      continue;
    }
    const std::size_t star = part.rfind('*');
    const auto count = star == std::string::npos ? 1 : whole_number(std::string_view(part).substr(star + 1));
    if (!count || *count < 1 || *count > kMostDeclaredDimensions) {
      throw UsageError(
          fmt::format("{} '{}': '{}' needs a whole number of at least 1 behind the '*'", option, text, part));
    }
    const std::string what(part, 0, star);
    for (std::size_t i = 0; i < *count * width(what); ++i, ++next) {
      if (next < out.size()) out[next] = what;
    }
  }
  if (assigned == 0 && next != info.action_dim) {
    throw UsageError(
        fmt::format("{} '{}' covers {} dimensions, but actions have {}; declare each of them, or some as "
                    "WHERE=WHAT",
                    option, text, next, info.action_dim));
  }
  return out;
}

// ---------------------------------------------------------------- kinds

/// One kind as written, without its place.
struct Kind {
  ActionGroup group;
  std::vector<double> values;
};

std::vector<double> category_values(const Called& kind, const std::string& text) {
  std::vector<double> values;
  for (const std::string& part : parts_of(*kind.inside, "--kinds")) {
    double value = 0.0;
    const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || stop != part.data() + part.size() || !std::isfinite(value)) {
      throw UsageError(fmt::format("--kinds: '{}' lists '{}', which is no number", text, part));
    }
    values.push_back(value);
  }
  std::sort(values.begin(), values.end());
  const bool repeats = std::adjacent_find(values.begin(), values.end()) != values.end();
  if (repeats || values.size() > kMostCategories || (kind.name == "binary" && values.size() != 2)) {
    throw UsageError(fmt::format("--kinds: '{}' needs {} different values", text,
                                 kind.name == "binary" ? "two" : fmt::format("1 to {}", kMostCategories)));
  }
  return values;
}

Kind parse_kind(const std::string& text) {
  Kind kind;
  const Called named = called(text, '(', ')');
  if (std::ranges::find(rotation_names(), text) != rotation_names().end()) {
    kind.group.kind = ActionKind::rotation;
    kind.group.encoding = kind.group.state_encoding = rotation_encoding_named(text, "--kinds: kind");
    kind.group.width = static_cast<std::uint32_t>(rotation_width(kind.group.encoding));
  } else if (text == "angle" || text == "angle_degrees") {
    kind.group.kind = ActionKind::angle;
    kind.group.period = text == "angle" ? 2.0 * std::numbers::pi : 360.0;
  } else if (named.name == "binary" || named.name == "categorical") {
    kind.group.kind = action_kind_from_name(named.name);
    if (named.inside) kind.values = category_values(named, text);
  } else if (text == "rotation") {
    throw UsageError(
        "--kinds: 'rotation' does not say how it is written; give one of rotation_vector, "
        "quaternion_xyzw, quaternion_wxyz, euler_xyz (or another order), rotation_6d");
  } else if (text != "linear") {
    std::vector<std::string> known{"linear", "angle", "angle_degrees", "binary", "categorical"};
    known.insert(known.end(), rotation_names().begin(), rotation_names().end());
    throw_unknown_name("--kinds: kind", text, known);
  }
  return kind;
}

std::size_t kind_width(const std::string& text) { return parse_kind(text).group.width; }

/// What the dataset itself says, dimension by dimension.
std::vector<std::string> recorded_kinds(const DatasetInfo& info) {
  std::vector<std::string> kinds;
  for (const ActionKind kind : info.action_kinds) {
    if (kind == ActionKind::rotation) {
      throw UsageError(
          fmt::format("{}: action dimension {} is recorded as a rotation, but not how it is written; say "
                      "it with --kinds (rotation_vector, quaternion_xyzw, euler_xyz, …)",
                      info.path.empty() ? "dataset" : info.path, kinds.size()));
    }
    kinds.emplace_back(action_kind_name(kind));
  }
  kinds.resize(info.action_dim, "linear");
  return kinds;
}

// ---------------------------------------------------------------- frames

std::size_t one(const std::string&) { return 1; }

ActionFrame parse_frame(const std::string& text) {
  for (const ActionFrame frame : {ActionFrame::absolute, ActionFrame::relative, ActionFrame::delta}) {
    if (text == frame_name(frame)) return frame;
  }
  throw_unknown_name("--frame: frame", text, std::vector<std::string>{"absolute", "relative", "delta"});
}

/// Frame of each dimension; one word is that of every continuous one.
std::vector<ActionFrame> frames_of(const std::string& text, const std::vector<bool>& discrete,
                                   const DatasetInfo& info) {
  std::vector<ActionFrame> frames(info.action_dim, ActionFrame::absolute);
  if (text.empty()) return frames;
  const bool single = text.find_first_of("=,*") == std::string::npos;
  const std::vector<std::string> words =
      single ? std::vector<std::string>(info.action_dim, text) : spread(text, info, "--frame", one);
  for (std::size_t d = 0; d < words.size(); ++d) {
    if (words[d].empty()) continue;
    const ActionFrame frame = parse_frame(words[d]);
    if (!discrete[d]) frames[d] = frame;
    if (discrete[d] && !single && frame != ActionFrame::absolute) {
      throw UsageError(
          fmt::format("--frame '{}': dimension {} is binary or categorical and has no frame; give it "
                      "absolute",
                      text, d));
    }
  }
  return frames;
}

// ---------------------------------------------------------------- the whole

/// Groups of dimensions that have the same kind and frame; discrete ones and rotations stand alone.
std::vector<ActionGroup> groups_of(const std::vector<std::string>& kinds, const ActionDeclaration& declaration,
                                   const DatasetInfo& info, std::vector<double>& values) {
  std::vector<Kind> parsed;
  std::vector<bool> discrete;
  for (const std::string& kind : kinds) {
    parsed.push_back(parse_kind(kind));
    discrete.push_back(is_discrete(parsed.back().group.kind));
  }
  const std::vector<ActionFrame> frames = frames_of(declaration.frame, discrete, info);
  std::vector<ActionGroup> groups;
  for (std::size_t d = 0; d < kinds.size();) {
    ActionGroup g = parsed[d].group;
    g.first = static_cast<std::uint32_t>(d);
    g.frame = frames[d];
    std::size_t end = d + g.width;
    const bool runs = g.kind == ActionKind::linear || g.kind == ActionKind::angle;
    while (runs && end < kinds.size() && kinds[end] == kinds[d] && frames[end] == g.frame) ++end;
    for (std::size_t i = d; i < end; ++i) {
      if (i < kinds.size() && kinds[i] == kinds[d] && frames[i] == g.frame) continue;
      throw UsageError(
          fmt::format("--kinds: '{}' at dimension {} is {} numbers of one kind and frame; dimension {} is "
                      "{}",
                      kinds[d], d, g.width, i, i < kinds.size() ? "another" : "not there"));
    }
    g.width = static_cast<std::uint32_t>(end - d);
    g.value_first = static_cast<std::uint32_t>(values.size());
    g.value_count = static_cast<std::uint32_t>(parsed[d].values.size());
    values.insert(values.end(), parsed[d].values.begin(), parsed[d].values.end());
    groups.push_back(g);
    d = end;
  }
  return groups;
}

}  // namespace

bool needs_observations(const ActionDeclaration& declaration) {
  return declaration.frame.find("relative") != std::string::npos ||
         declaration.frame.find("delta") != std::string::npos;
}

ActionRepresentation represent(const ActionDeclaration& declaration, const DatasetInfo& info) {
  std::vector<std::string> kinds =
      declaration.kinds.empty() ? recorded_kinds(info) : spread(declaration.kinds, info, "--kinds", kind_width);
  std::ranges::replace(kinds, std::string(), std::string("linear"));  // those that WHERE=WHAT does not name
  std::vector<double> values;
  std::vector<ActionGroup> groups = groups_of(kinds, declaration, info, values);
  std::vector<std::uint32_t> columns = assign_states(declaration.state, info, groups);
  return {std::move(groups), std::move(columns), std::move(values), info.observation_dim};
}

}  // namespace pianola
