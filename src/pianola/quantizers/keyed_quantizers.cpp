#include "pianola/quantizers/keyed_quantizers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/data/attribute_subset.hpp"
#include "pianola/data/selected_trajectories.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

/// The array 'parts': at least one object, each with a value of its own.
const Json& parts_of(const Json& saved) {
  const auto found = saved.find("parts");
  if (found == saved.end() || !found->is_array() || found->empty()) {
    throw DataError("key 'parts' must be an array of at least one quantizer");
  }
  const Json& parts = *found;
  std::vector<std::string> values;
  for (const Json& part : parts) {
    values.push_back(SavedFields(part).text("value"));
    if (!part.contains("quantizer")) throw DataError("key 'quantizer' of part '" + values.back() + "' is missing");
  }
  std::ranges::sort(values);
  const auto twice = std::ranges::adjacent_find(values);
  if (twice != values.end()) throw DataError("key 'parts' has two quantizers of the value '" + *twice + "'");
  return parts;
}

struct SavedParts {
  std::string key;
  const Json& list;
};

SavedParts read_parts(const Json& saved, const std::string& where) try {
  const SavedFields fields(saved);
  static_cast<void>(fields.count("format_version", kQuantizerFormatVersion, kQuantizerFormatVersion));
  return {fields.text("by"), parts_of(saved)};
} catch (const DataError& error) {
  throw DataError(
      fmt::format("'{}' holds no saved quantizers: {}; write them again with `pianola quantize DATA --by "
                  "ATTRIBUTE --quantizer SPEC -o {}`",
                  where, error.what(), where));
}

/// Of one of the parts, as the user writes it.
[[noreturn]] void throw_which_part(const SavedParts& parts, const std::string& problem, const std::string& wanted,
                                   const std::string& where) {
  std::vector<std::string> values;
  for (const Json& part : parts.list) values.push_back(part.at("value").get<std::string>());
  const Spec example{"saved", {{"", where}, {"part", parts.key + "=" + values.front()}}};
  throw UsageError(unknown_value_message(
      fmt::format("quantizer 'saved': '{}' holds one quantizer for each {}, and {}; name the part "
                  "whose actions these are, as in {}",
                  where, parts.key, problem, example.text()),
      wanted, std::move(values)));
}

/// A part may be too small for what all trajectories are enough for.
std::shared_ptr<const Quantizer> fit_part(const FitToReader& fit, TrajectoryReader& reader, const std::string& key,
                                          const std::string& value) {
  const auto where = [&](const Error& error) { return fmt::format("{} '{}': {}", key, value, error.what()); };
  try {
    return fit(reader);
  } catch (const DataError& error) {
    throw DataError(where(error));
  } catch (const UsageError& error) {
    throw UsageError(where(error));
  }
}

}  // namespace

KeyedQuantizers fit_keyed(TrajectoryReader& reader, const std::string& key, const FitToReader& fit) {
  KeyedQuantizers keyed{key, {}};
  for (AttributePart& part : parts_by(reader, key)) {
    const auto own = select_trajectories(reader, part.trajectories);
    std::size_t steps = 0;
    for (const std::size_t i : part.trajectories) steps += reader.steps(i);
    keyed.parts.push_back({part.value, std::move(part.trajectories), steps, fit_part(fit, *own, key, part.value)});
  }
  return keyed;
}

Json save_keyed(const KeyedQuantizers& keyed) {
  Json parts = Json::array();
  for (const KeyedQuantizer& part : keyed.parts) {
    parts.push_back({{"value", part.value},
                     {"trajectories", part.trajectories.size()},
                     {"steps", part.steps},
                     {"quantizer", part.quantizer->save()}});
  }
  return {{"format_version", kQuantizerFormatVersion}, {"by", keyed.key}, {"parts", std::move(parts)}};
}

bool is_keyed(const Json& saved) { return saved.is_object() && saved.contains("parts"); }

std::unique_ptr<Quantizer> load_part(const Json& saved, const std::string& part, const std::string& where) {
  const SavedParts parts = read_parts(saved, where);
  if (part.empty()) throw_which_part(parts, "none is named", "", where);
  const auto wanted = attribute_value(part);
  if (!wanted || wanted->attribute != parts.key) {
    throw_which_part(parts, fmt::format("'{}' is not of the form {}=VALUE", part, parts.key), "", where);
  }
  for (const Json& one : parts.list) {
    if (one.at("value").get<std::string>() == wanted->value) {
      return load_quantizer(one.at("quantizer"), fmt::format("{}: part {}", where, part));
    }
  }
  throw_which_part(parts, fmt::format("none for '{}'", wanted->value), wanted->value, where);
}

}  // namespace pianola
