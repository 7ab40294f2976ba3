#include "pianola/data/action_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

#include "pianola/base/error.hpp"
#include "pianola/data/action_representation.hpp"
#include "pianola/data/declaration_text.hpp"

namespace pianola {
namespace {

/// The state of some action dimensions.
struct StatePart {
  std::vector<std::size_t> dimensions;
  std::vector<std::uint32_t> columns;
  std::optional<RotationEncoding> encoding;
};

StatePart state_part(const std::string& text, const DatasetInfo& info) {
  const std::size_t equals = text.find('=');
  StatePart part;
  part.dimensions = dimensions_of(std::string(trimmed(std::string_view(text).substr(0, equals))), info, "--state");
  const Called source = called(std::string(trimmed(std::string_view(text).substr(equals + 1))), '(', ')');
  part.columns = columns_of(source.name, info);
  if (source.inside) part.encoding = rotation_encoding_named(*source.inside, "--state: rotation");
  return part;
}

/// One column for each action dimension, from the observation as it is: by dimension, else by names.
std::vector<std::uint32_t> matching_columns(const DatasetInfo& info) {
  const auto& fields = info.observation_fields;
  std::vector<const ObservationField*> equal;
  for (const ObservationField& field : fields) {
    if (field.dim == info.action_dim) equal.push_back(&field);
  }
  if (equal.size() == 1) return columns_of(equal.front()->name, info);
  std::vector<std::uint32_t> columns;
  for (const std::string& name : info.action_names) {
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.name == name; });
    if (field != fields.end() && field->dim == 1) columns.push_back(static_cast<std::uint32_t>(field->first));
  }
  if (columns.size() == info.action_dim) return columns;
  columns.clear();
  if (equal.empty() && info.observation_dim == info.action_dim) {
    for (std::size_t i = 0; i < info.action_dim; ++i) columns.push_back(static_cast<std::uint32_t>(i));
    return columns;
  }
  std::string fields_text;
  for (const ObservationField& f : fields)
    fields_text += fmt::format("{}{}[{}]", fields_text.empty() ? "" : ", ", f.name, f.dim);
  throw UsageError(fmt::format(
      "--frame needs to know which observation columns are the state of the {} action dimensions: {} of the "
      "observation "
      "({} columns{}{}) has as many, and none have their names; say it with --state, e.g. --state {}, or 0-2=0-2",
      info.action_dim, equal.empty() ? "no field" : "more than one field", info.observation_dim,
      fields_text.empty() ? "" : ": ", fields_text, equal.empty() ? "FIELD" : equal.front()->name));
}

/// Fills in the states of the groups that need one.
class States {
 public:
  States(const std::string& text, const DatasetInfo& info, std::vector<ActionGroup>& groups)
      : text_(text), info_(info), groups_(groups) {}

  std::vector<std::uint32_t> assign() {
    if (std::none_of(groups_.begin(), groups_.end(), needs)) {
      if (!text_.empty())
        throw UsageError("--state '" + text_ + "' says what actions are relative to; give --frame too");
      return {};
    }
    if (info_.observation_dim == 0) {
      throw UsageError(
          "--frame: actions relative to a state need an observation, and there is none; name its fields "
          "(--observation)");
    }
    if (text_.find('=') != std::string::npos) {
      assigned();
    } else {
      in_order();
    }
    return std::move(columns_);
  }

 private:
  static bool needs(const ActionGroup& g) { return g.frame != ActionFrame::absolute; }
  static std::size_t state_width(const ActionGroup& g) {
    return g.kind == ActionKind::rotation ? rotation_width(g.state_encoding) : g.width;
  }

  void give(ActionGroup& g, std::span<const std::uint32_t> columns) {
    g.state_first = static_cast<std::uint32_t>(columns_.size());
    g.state_width = static_cast<std::uint32_t>(columns.size());
    columns_.insert(columns_.end(), columns.begin(), columns.end());
  }

  void in_order() {
    std::vector<std::uint32_t> all;
    if (text_.empty()) all = matching_columns(info_);
    if (!text_.empty()) {
      for (const std::string& part : parts_of(text_, "--state")) {
        const auto more = columns_of(part, info_);
        all.insert(all.end(), more.begin(), more.end());
      }
    }
    std::size_t wanted = 0;
    for (const ActionGroup& g : groups_) wanted += needs(g) ? state_width(g) : 0;
    const bool whole = all.size() == info_.action_dim;
    if (!whole && all.size() != wanted) {
      throw UsageError(fmt::format("--state '{}' has {} columns, but the state of the action has {}{}; name as many",
                                   text_, all.size(), wanted,
                                   wanted == info_.action_dim ? std::string()
                                                              : fmt::format(" (or {}, one for each "
                                                                            "dimension)",
                                                                            info_.action_dim)));
    }
    std::size_t next = 0;
    for (ActionGroup& g : groups_) {
      if (!needs(g)) continue;
      give(g, std::span(all).subspan(whole ? g.first : next, state_width(g)));
      next += state_width(g);
    }
  }

  void assigned() {
    std::vector<StatePart> parts;
    for (const std::string& part : parts_of(text_, "--state")) {
      if (part.find('=') == std::string::npos) {
        throw UsageError(fmt::format("--state '{}': '{}' must be WHERE=COLUMNS like the others", text_, part));
      }
      parts.push_back(state_part(part, info_));
    }
    for (ActionGroup& g : groups_) {
      if (needs(g)) assign_group(g, parts);
    }
  }

  void assign_group(ActionGroup& g, const std::vector<StatePart>& parts) {
    std::vector<std::uint32_t> columns;
    for (std::size_t d = g.first; d < g.first + g.width; ++d) {
      const auto part = std::find_if(parts.begin(), parts.end(), [d](const StatePart& p) {
        return std::find(p.dimensions.begin(), p.dimensions.end(), d) != p.dimensions.end();
      });
      if (part == parts.end()) {
        throw UsageError(
            fmt::format("--state '{}' does not say which column is the state of action dimension {}", text_, d));
      }
      const bool dimension_by_dimension = !part->encoding && part->columns.size() == part->dimensions.size();
      if (g.kind == ActionKind::rotation && !dimension_by_dimension) {
        g.state_encoding = part->encoding.value_or(g.encoding);
        if (part->dimensions.size() != g.width || part->columns.size() != state_width(g)) {
          throw UsageError(
              fmt::format("--state '{}': the rotation of action dimensions {}-{} needs the {} columns of one rotation "
                          "({}), not {}; "
                          "name its encoding in brackets: {}-{}=COLUMNS(quaternion_xyzw)",
                          text_, g.first, g.first + g.width - 1, state_width(g),
                          rotation_names()[static_cast<std::size_t>(g.state_encoding)], part->columns.size(), g.first,
                          g.first + g.width - 1));
        }
        return give(g, part->columns);
      }
      if (part->columns.size() != part->dimensions.size() || part->encoding) {
        throw UsageError(fmt::format("--state '{}': {} columns for {} dimensions; give one for each", text_,
                                     part->columns.size(), part->dimensions.size()));
      }
      const auto at = std::find(part->dimensions.begin(), part->dimensions.end(), d) - part->dimensions.begin();
      columns.push_back(part->columns[static_cast<std::size_t>(at)]);
    }
    give(g, columns);
  }

  const std::string& text_;
  const DatasetInfo& info_;
  std::vector<ActionGroup>& groups_;
  std::vector<std::uint32_t> columns_;
};

}  // namespace

RotationEncoding rotation_encoding_named(const std::string& name, const char* what) {
  const auto& names = rotation_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw_unknown_name(what, name, names);
  return static_cast<RotationEncoding>(found - names.begin());
}

std::vector<std::uint32_t> assign_states(const std::string& text, const DatasetInfo& info,
                                         std::vector<ActionGroup>& groups) {
  return States(text, info, groups).assign();
}

}  // namespace pianola
