#include "pianola/quantizers/saved_fields.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

/// The value as a message shows it, however long it is.
std::string shown(const Json& value) {
  if (value.is_array()) return fmt::format("an array of {}", value.size());
  if (value.is_object()) return "an object";
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() <= 40 ? text : text.substr(0, 37) + "…";
}

[[noreturn]] void fail(const std::string& place, const std::string& wanted, const Json& value) {
  throw DataError(fmt::format("key '{}' must be {}, not {}", place, wanted, shown(value)));
}

bool is_count(const Json& value, std::uint64_t low, std::uint64_t high) {
  if (!value.is_number_integer() || (!value.is_number_unsigned() && value.get<std::int64_t>() < 0)) return false;
  return value.get<std::uint64_t>() >= low && value.get<std::uint64_t>() <= high;
}

}  // namespace

SavedFields::SavedFields(const Json& saved) : saved_(saved) {
  if (!saved.is_object()) throw DataError("a saved quantizer must be a JSON object, not " + shown(saved));
}

const Json& SavedFields::at(std::string_view key) const {
  const auto found = saved_.find(std::string(key));
  if (found == saved_.end()) throw DataError(fmt::format("key '{}' is missing", key));
  return *found;
}

const Json& SavedFields::array(std::string_view key, std::size_t size) const {
  const Json& value = at(key);
  if (!value.is_array() || value.size() != size) fail(std::string(key), fmt::format("an array of {}", size), value);
  return value;
}

std::string SavedFields::text(std::string_view key) const {
  const Json& value = at(key);
  if (!value.is_string()) fail(std::string(key), "a text", value);
  return value.get<std::string>();
}

SavedFields::ChunkShape SavedFields::chunk_shape(std::size_t tokens) const {
  const std::size_t most = kMaxChunkValues / tokens, dim = count("action_dim", 1, most);
  return {dim, count("chunk", 1, most / dim)};
}

std::uint64_t SavedFields::count(std::string_view key, std::uint64_t low, std::uint64_t high) const {
  const Json& value = at(key);
  if (!is_count(value, low, high)) fail(std::string(key), fmt::format("a whole number in {} … {}", low, high), value);
  return value.get<std::uint64_t>();
}

std::vector<double> SavedFields::numbers(std::string_view key, std::size_t size) const {
  const Json& values = array(key, size);
  std::vector<double> out;
  out.reserve(size);
  for (const Json& value : values) {
    const bool good = value.is_number() && std::isfinite(value.get<double>());
    if (!good) fail(fmt::format("{}[{}]", key, out.size()), "a finite number", value);
    out.push_back(value.get<double>());
  }
  return out;
}

std::vector<std::uint32_t> SavedFields::counts(std::string_view key, std::size_t size, std::uint32_t low,
                                               std::uint32_t high) const {
  const Json& values = array(key, size);
  std::vector<std::uint32_t> out;
  out.reserve(size);
  for (const Json& value : values) {
    if (!is_count(value, low, high)) {
      fail(fmt::format("{}[{}]", key, out.size()), fmt::format("a whole number in {} … {}", low, high), value);
    }
    out.push_back(value.get<std::uint32_t>());
  }
  return out;
}

nlohmann::ordered_json saved_with(const QuantizerInfo& info) {
  return {{"format_version", kQuantizerFormatVersion},
          {"spec", info.spec},
          {"action_dim", info.action_dim},
          {"chunk", info.chunk}};
}

nlohmann::ordered_json saved_with(const QuantizerInfo& info, const nlohmann::ordered_json& rest) {
  nlohmann::ordered_json saved = saved_with(info);
  saved.update(rest);
  return saved;
}

}  // namespace pianola
