#include "pianola/quantizers/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/data/action_representation.hpp"
#include "pianola/quantizers/quantizer_lookup.hpp"
#include "pianola/quantizers/represented.hpp"
#include "pianola/quantizers/saved_fields.hpp"

// One line a scheme.
#define PIANOLA_QUANTIZERS(X) \
  X(uniform)                  \
  X(quantile)                 \
  X(mulaw)                    \
  X(log)                      \
  X(zoom)                     \
  X(kmeans)                   \
  X(kdisks)                   \
  X(discrete)                 \
  X(dither)                   \
  X(twohot)                   \
  X(trap)                     \
  X(rvq)                      \
  X(fsq)                      \
  X(fast)                     \
  X(beast)

// What reads quantizers instead of fitting them: they bring their own action representation and are not wrapped.
#define PIANOLA_READERS(X) X(saved)

namespace pianola {

#define PIANOLA_DECLARE(name) QuantizerEntry entry_##name();
PIANOLA_QUANTIZERS(PIANOLA_DECLARE)
PIANOLA_READERS(PIANOLA_DECLARE)
#undef PIANOLA_DECLARE

namespace {

using Json = nlohmann::ordered_json;

const QuantizerEntry* find_entry(const std::string& name) {
  const auto all = quantizers();
  const auto found = std::find_if(all.begin(), all.end(), [&](const QuantizerEntry& e) { return e.name == name; });
  return found == all.end() ? nullptr : &*found;
}

bool is_reader(const std::string& name) {
#define PIANOLA_NAME(reader) name == #reader ||
  return PIANOLA_READERS(PIANOLA_NAME) false;
#undef PIANOLA_NAME
}

std::unique_ptr<Quantizer> load(const Json& saved) {
  const SavedFields fields(saved);
  static_cast<void>(fields.count("format_version", kQuantizerFormatVersion, kQuantizerFormatVersion));
  if (saved.contains("representation")) return load_represented(saved);
  const std::string spec = fields.text("spec"), name = parse_spec(spec).name;
  const QuantizerEntry* entry = find_entry(name);
  if (entry == nullptr) throw DataError("key 'spec': " + unknown_name_message("quantizer", name, quantizer_names()));
  auto quantizer = entry->load(saved);
  const Json again = quantizer->save();
  for (const auto& [key, value] : saved.items()) {
    if (!again.contains(key)) throw DataError(fmt::format("key '{}' is none that '{}' writes", key, name));
    if (again.at(key) != value) throw DataError(fmt::format("key '{}' holds what '{}' does not write", key, name));
  }
  return quantizer;
}

}  // namespace

std::span<const QuantizerEntry> quantizers() {
#define PIANOLA_ENTRY(name) entry_##name(),
  static const std::vector<QuantizerEntry> table{PIANOLA_QUANTIZERS(PIANOLA_ENTRY) PIANOLA_READERS(PIANOLA_ENTRY)};
#undef PIANOLA_ENTRY
  return table;
}

std::span<const std::string> quantizer_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    out.reserve(quantizers().size());
    for (const QuantizerEntry& entry : quantizers()) out.push_back(entry.name);
    return out;
  }();
  return names;
}

const QuantizerEntry& quantizer_entry(const std::string& name) {
  if (const QuantizerEntry* const entry = find_entry(name)) return *entry;
  const auto meant = [&](const std::string& spec) -> UsageError {
    return UsageError(fmt::format("no quantizer named '{}'; did you mean {}?", name, spec));
  };
  if (name.ends_with(".json")) throw meant(Spec{"saved", {{"", name}}}.text());
  const std::size_t comma = name.find(',');
  if (comma != std::string::npos && find_entry(name.substr(0, comma)) != nullptr) {
    throw meant(name.substr(0, comma) + ":" + name.substr(comma + 1));
  }
  throw_unknown_name("quantizer", name, quantizer_names());
}

std::unique_ptr<Quantizer> make_quantizer(const std::string& spec, const FitContext& context) {
  const Spec parsed = parse_spec(spec);
  const QuantizerEntry* const entry = &quantizer_entry(parsed.name);
  FitContext checked = context;
  if (checked.action_dim == 0 && checked.data != nullptr) checked.action_dim = checked.data->action_dim();
  if (checked.action_dim == 0) {
    throw UsageError(fmt::format("quantizer '{}': the action's dimension must be at least 1, not 0", spec));
  }
  if (checked.data != nullptr && checked.data->action_dim() != checked.action_dim) {
    throw UsageError(fmt::format("quantizer '{}': the data have {} action dimensions, {} are asked for", spec,
                                 checked.data->action_dim(), checked.action_dim));
  }
  if (checked.chunk < 1 || checked.chunk > kMaxChunkValues / checked.action_dim) {
    throw UsageError(fmt::format("quantizer '{}': a chunk must have 1 … {} values, not {} × {}", spec, kMaxChunkValues,
                                 checked.chunk, checked.action_dim));
  }
  const bool plain = checked.representation == nullptr || checked.representation->is_identity();
  if (plain || is_reader(parsed.name)) return entry->fit(parsed, checked);
  const auto fit = [&](const FitContext& within) { return entry->fit(parsed, within); };
  return fit_represented(fit, checked, "quantizer '" + spec + "'");
}

std::unique_ptr<Quantizer> load_quantizer(const Json& saved, const std::string& where) {
  const auto fail = [&](const char* what) -> DataError {
    return DataError(fmt::format("'{}' is no saved quantizer: {}", where, what));
  };
  try {
    return load(saved);
  } catch (const Error& error) {  // also UsageError from the spec's options: here the file is at fault
    throw fail(error.what());
  } catch (const Json::exception& error) {
    throw fail(error.what());
  }
}

}  // namespace pianola
