#include "pianola/data/declaration_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

/// Indices [first, first + width).
struct Range {
  std::size_t first = 0, width = 1;
};

/// "3" or "3-5".
std::optional<Range> number_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = whole_number(text.substr(0, dash));
  if (!first) return std::nullopt;
  if (dash == std::string_view::npos) return Range{*first, 1};
  const auto last = whole_number(text.substr(dash + 1));
  if (!last || *last < *first || *last >= kMostDeclaredDimensions) return std::nullopt;
  return Range{*first, *last - *first + 1};
}

std::vector<std::string> field_names(const DatasetInfo& info) {
  std::vector<std::string> names;
  names.reserve(info.observation_fields.size());
  for (const ObservationField& field : info.observation_fields) names.push_back(field.name);
  return names;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::vector<std::string> parts_of(std::string_view text, const char* option) {
  std::vector<std::string> parts;
  std::size_t depth = 0, begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (c == '(' || c == '[') ++depth;
    if ((c == ')' || c == ']') && depth > 0) --depth;
    if (c != ',' || (depth > 0 && i < text.size())) continue;
    parts.emplace_back(trimmed(text.substr(begin, i - begin)));
    if (parts.back().empty()) throw UsageError(fmt::format("{} '{}': a part between commas is empty", option, text));
    begin = i + 1;
  }
  return parts;
}

std::optional<std::size_t> whole_number(std::string_view text) {
  std::size_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

Called called(const std::string& text, char open, char close) {
  const std::size_t at = text.find(open);
  if (at == std::string::npos || text.back() != close) return {text, std::nullopt};
  return {text.substr(0, at), text.substr(at + 1, text.size() - at - 2)};
}

std::vector<std::size_t> dimensions_of(const std::string& where, const DatasetInfo& info, const char* option) {
  std::vector<std::size_t> found;
  if (const auto range = number_range(where)) {
    for (std::size_t i = 0; i < range->width; ++i) found.push_back(range->first + i);
    if (found.back() < info.action_dim) return found;
    throw UsageError(fmt::format("{}: there is no action dimension {}; there are {} (0 to {})", option, found.back(),
                                 info.action_dim, info.action_dim - 1));
  }
  const bool prefix = where.back() == '*';
  const std::string_view wanted = std::string_view(where).substr(0, where.size() - (prefix ? 1 : 0));
  for (std::size_t d = 0; d < info.action_names.size(); ++d) {
    const std::string& name = info.action_names[d];
    if (prefix ? name.starts_with(wanted) : name == wanted) found.push_back(d);
  }
  if (!found.empty()) return found;
  if (info.action_names.empty()) {
    throw UsageError(
        fmt::format("{}: no action dimension is called '{}', and this dataset names none; give numbers, "
                    "0 to {}",
                    option, where, info.action_dim - 1));
  }
  throw_unknown_name(fmt::format("{}: action dimension", option), where, info.action_names);
}

std::vector<std::uint32_t> columns_of(const std::string& text, const DatasetInfo& info) {
  Range range;
  if (const auto numbers = number_range(text)) {
    range = *numbers;
  } else {
    const Called named = called(text, '[', ']');
    const auto& fields = info.observation_fields;
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.name == named.name; });
    if (field == fields.end() && fields.empty()) {
      throw UsageError(
          fmt::format("--state: '{}' is no column, and the observation's fields have no names; give "
                      "numbers, 0 to {}",
                      text, info.observation_dim));
    }
    if (field == fields.end()) throw_unknown_name("--state: observation field", named.name, field_names(info));
    const auto inside = named.inside ? number_range(*named.inside) : Range{0, field->dim};
    if (!inside || inside->first + inside->width > field->dim) {
      throw UsageError(fmt::format("--state: '{}' is no part of field '{}', which has columns 0 to {}", text,
                                   field->name, field->dim - 1));
    }
    range = {field->first + inside->first, inside->width};
  }
  if (range.first + range.width > info.observation_dim) {
    throw UsageError(fmt::format("--state: '{}' reaches column {}, but the observation has {} (0 to {})", text,
                                 range.first + range.width - 1, info.observation_dim, info.observation_dim - 1));
  }
  std::vector<std::uint32_t> columns;
  for (std::size_t i = 0; i < range.width; ++i) columns.push_back(static_cast<std::uint32_t>(range.first + i));
  return columns;
}

}  // namespace pianola
