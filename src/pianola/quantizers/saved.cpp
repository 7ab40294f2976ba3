#include "pianola/quantizers/saved.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/data/action_representation.hpp"
#include "pianola/data/attribute_subset.hpp"
#include "pianola/quantizers/keyed_quantizers.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {
namespace {

constexpr const char* kName = "saved";
constexpr const char* kWho = "quantizer 'saved'";

using Json = nlohmann::ordered_json;

std::unique_ptr<Quantizer> read_quantizer(const SavedConfig& config) {
  const std::string& path = config.path;
  const std::string text = read_file(path);
  Json saved;
  try {
    saved = Json::parse(text);
  } catch (const Json::exception& error) {
    throw DataError(
        fmt::format("'{}' is no JSON ({}); write it again with `pianola quantize DATA --quantizer SPEC -o "
                    "{}`",
                    path, error.what(), path));
  }
  if (is_keyed(saved)) return load_part(saved, config.part, path);
  if (!config.part.empty()) {
    throw UsageError(fmt::format("{}: '{}' holds one quantizer for all actions, and no parts; leave out part={}", kWho,
                                 path, config.part));
  }
  return load_quantizer(saved, path);
}

bool has_open_values(const ActionRepresentation& map) {
  return std::ranges::any_of(map.groups(),
                             [](const ActionGroup& g) { return is_discrete(g.kind) && g.value_count == 0; });
}

/// Values of binary and categorical dimensions that nobody has named are the file's.
bool same_actions(const ActionRepresentation& saved, const ActionRepresentation& asked) {
  if (!has_open_values(asked)) return saved == asked;
  return saved.text() == asked.text() && saved.observation_dim() == asked.observation_dim();
}

void check_representation(const Quantizer& quantizer, const FitContext& context, const std::string& path) {
  const std::size_t dim = quantizer.info().action_dim;
  const ActionRepresentation plain(dim);
  const ActionRepresentation& saved = quantizer.representation() != nullptr ? *quantizer.representation() : plain;
  const ActionRepresentation& asked = context.representation != nullptr ? *context.representation : plain;
  if ((saved.is_identity() && asked.is_identity()) || same_actions(saved, asked)) return;
  const auto text = [](const ActionRepresentation& map) {
    return map.is_identity() ? std::string("linear and absolute in every dimension") : map.text();
  };
  throw UsageError(
      fmt::format("{}: '{}' was fitted to actions that are {}, and here they are {}; declare what it was "
                  "fitted to (--kinds, --frame, --state), or fit one to these",
                  kWho, path, text(saved), text(asked)));
}

void check_sizes(const QuantizerInfo& info, const FitContext& context, const std::string& path) {
  if (info.action_dim != context.action_dim) {
    throw UsageError(
        fmt::format("{}: '{}' has {} action dimensions, and here there are {}; use the data or system it "
                    "was fitted to, or fit one to these",
                    kWho, path, info.action_dim, context.action_dim));
  }
  if (info.chunk != context.chunk) {
    throw UsageError(fmt::format("{}: '{}' has chunks of {} actions, and {} {} asked for; give --chunk {}", kWho, path,
                                 info.chunk, context.chunk, context.chunk == 1 ? "is" : "are", info.chunk));
  }
}

std::unique_ptr<Quantizer> fit_saved(const Spec& spec, const FitContext& context) {
  const auto config = read_options<SavedConfig>(spec, kWho);
  if (config.path.empty()) {
    throw UsageError(fmt::format("{}: which file? give saved:PATH, where `quantize -o PATH` wrote it", kWho));
  }
  auto quantizer = read_quantizer(config);
  check_sizes(quantizer->info(), context, config.path);
  check_representation(*quantizer, context, config.path);
  return quantizer;
}

/// Nothing saves itself under this name.
std::unique_ptr<Quantizer> load_saved(const Json&) {
  throw DataError("key 'spec': 'saved' names a file and is no scheme; write the quantizer again with `quantize -o`");
}

}  // namespace

std::string saved_path(const std::string& spec) {
  const Spec parsed = parse_spec(spec);
  return parsed.name == kName ? read_options<SavedConfig>(parsed, kWho).path : "";
}

std::string other_part_note(const std::string& spec, TrajectoryReader& reader) {
  const Spec parsed = parse_spec(spec);
  if (parsed.name != kName) return "";
  const auto part = attribute_value(read_options<SavedConfig>(parsed, kWho).part);
  if (!part) return "";
  std::size_t others = 0;
  for (std::size_t i = 0; i < reader.size(); ++i) {
    const std::string value = value_of_attribute(reader.attributes(i), reader.info(), part->attribute);
    others += !value.empty() && value != part->value;
  }
  if (others == 0) return "";
  return fmt::format(
      "{} of the {} trajectories of '{}' have another {} than '{}', whose quantizer this is; choose its own "
      "with --subset {}={}",
      others, reader.size(), reader.info().path, part->attribute, part->value, part->attribute, part->value);
}

QuantizerEntry entry_saved() {
  return {kName, "a quantizer that was fitted before: saved:PATH, as quantize -o wrote it",
          describe_options<SavedConfig>(), fit_saved, load_saved};
}

}  // namespace pianola
