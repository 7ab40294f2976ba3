#include "pianola/policies/model_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/data/declaration_text.hpp"
#include "pianola/policies/sealed_file.hpp"
#include "pianola/policies/transition_registry.hpp"
#include "pianola/policies/weight_file.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

std::string prefix_of(std::size_t member) { return fmt::format("members.{}.", member); }

Tensor numbers(const std::vector<double>& values) {
  return Tensor::of({values.size()}, std::span<const double>(values));
}

/// Columns such as "2,5"; "" for none.
std::vector<std::size_t> read_columns(const TensorFile& file, const std::string& key, const std::string& where) {
  const std::string text = read_metadata(file, key, where);
  std::vector<std::size_t> columns;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const auto column = whole_number(std::string_view(text).substr(begin, end - begin));
    if (!column) throw_bad_metadata(where, key, "columns such as 2,5", text);
    columns.push_back(*column);
    begin = end + 1;
  }
  return columns;
}

/// What belongs to one member, without its prefix.
TensorFile member_of(const TensorFile& file, std::size_t member) {
  const std::string prefix = prefix_of(member);
  TensorFile out;
  for (const auto& [name, tensor] : file.tensors) {
    if (name.starts_with(prefix)) out.tensors[name.substr(prefix.size())] = tensor;
  }
  for (const auto& [key, value] : file.metadata) {
    if (key.starts_with(prefix)) out.metadata[key.substr(prefix.size())] = value;
  }
  return out;
}

LearnedModelParts parts_of(const TensorFile& file, const std::string& where) {
  LearnedModelParts parts;
  parts.spec = read_metadata(file, "model", where);
  parts.action_dim = read_count(file, "action_dim", {}, where);
  if (file.metadata.contains("vocabularies")) parts.vocabularies = read_vocabularies(file, where);
  parts.geometry = {read_columns(file, "angles", where), read_columns(file, "circles", where)};
  const std::size_t dim = read_extent(file, "range.low", 0, where);
  parts.low = read_numbers(file, "range.low", {dim}, where);
  parts.high = read_numbers(file, "range.high", {dim}, where);
  for (std::size_t d = 0; d < dim; ++d) {
    if (parts.low[d] <= parts.high[d]) continue;
    throw DataError(
        fmt::format("{}: the training range of dimension {} ends at {} below its beginning {}; train the "
                    "model again",
                    where, d, parts.high[d], parts.low[d]));
  }
  return parts;
}

ModelContents contents_of(const TensorFile& file, const std::string& where) {
  ModelContents out{parts_of(file, where), {}};
  const std::size_t members = read_count(file, "members", {.most = kMostMembers}, where);
  for (std::size_t j = 0; j < members; ++j) out.members.push_back(member_of(file, j));
  return out;
}

void check_bound(const TensorFile& file, const char* what, const std::string& found, const std::string& where) {
  const std::string trained = read_metadata(file, std::string(what) + "_fingerprint", where);
  if (trained == found) return;
  throw DataError(fmt::format(
      "{}: the transition model was trained beside the {} of fingerprint {}, but this run's has {}; a model belongs to "
      "one run: restore the run folder, or train again with --with-model",
      where, what, trained, found));
}

void check_dimensions(const LearnedModelParts& parts, const LoadedRun& run, const std::string& where) {
  const std::size_t observations = run.policy->info().observation_dim, actions = run.quantizer->info().action_dim;
  if (parts.observation_dim() == observations && parts.action_dim == actions) return;
  throw DataError(
      fmt::format("{}: the model has {} observations and {} actions, the run's policy {} and {}; train again "
                  "with --with-model",
                  where, parts.observation_dim(), parts.action_dim, observations, actions));
}

const TransitionEntry& entry_of(const std::string& spec, const std::string& where) {
  try {
    return find_transition_model(parse_spec(spec).name);
  } catch (const UsageError& error) {
    throw DataError(where + ": " + error.what());
  }
}

/// What `file` holds, which has to be the run's own; its seal is the caller's to check.
ModelContents contents_for(const LoadedRun& run, const TensorFile& file, const std::string& where) {
  if (run.policy == nullptr) {
    throw DataError(where + ": stands beside a policy without tokens, which no model is of; restore the run folder");
  }
  check_bound(file, "quantizer", run.quantizer->fingerprint(), where);
  check_bound(file, "policy", run.fingerprint, where);
  ModelContents contents = contents_of(file, where);
  check_dimensions(contents.parts, run, where);
  return contents;
}

fs::path model_of(const LoadedRun& run) { return run.folder / "model.safetensors"; }

}  // namespace

std::shared_ptr<const TransitionModel> make_model(const ModelContents& contents, const std::string& where) {
  const TransitionEntry& entry = entry_of(contents.parts.spec, where);
  LearnedModelParts parts = contents.parts;
  for (std::size_t j = 0; j < contents.members.size(); ++j) {
    parts.members.push_back(entry.load(contents.members[j], fmt::format("{}, member {}", where, j)));
  }
  try {
    return make_learned_model(std::move(parts));
  } catch (const UsageError& error) {
    throw DataError(where + ": " + error.what());
  }
}

void write_model(const fs::path& path, const ModelContents& contents, const ModelStamp& stamp) {
  const LearnedModelParts& parts = contents.parts;
  TensorFile file;
  for (std::size_t j = 0; j < contents.members.size(); ++j) {
    for (const auto& [name, tensor] : contents.members[j].tensors) file.tensors[prefix_of(j) + name] = tensor;
    for (const auto& [key, value] : contents.members[j].metadata) file.metadata[prefix_of(j) + key] = value;
  }
  file.tensors["range.low"] = numbers(parts.low);
  file.tensors["range.high"] = numbers(parts.high);
  auto& metadata = file.metadata;
  metadata["format_version"] = std::to_string(kRunFormatVersion);
  metadata["pianola"] = PIANOLA_VERSION;
  metadata["model"] = parts.spec;
  metadata["members"] = std::to_string(contents.members.size());
  metadata["action_dim"] = std::to_string(parts.action_dim);
  if (!parts.vocabularies.empty()) metadata["vocabularies"] = fmt::format("{}", fmt::join(parts.vocabularies, ","));
  metadata["angles"] = fmt::format("{}", fmt::join(parts.geometry.angles, ","));
  metadata["circles"] = fmt::format("{}", fmt::join(parts.geometry.circles, ","));
  metadata["quantizer_fingerprint"] = stamp.quantizer_fingerprint;
  metadata["policy_fingerprint"] = stamp.policy_fingerprint;
  metadata["dataset_fingerprint"] = stamp.dataset_fingerprint;
  write_sealed(path, std::move(file));
}

std::optional<ModelContents> read_model(const LoadedRun& run) {
  const fs::path path = model_of(run);
  if (!fs::exists(path)) return std::nullopt;
  const TensorFile file = read_run_tensors(path);
  ModelContents contents = contents_for(run, file, path.string());
  check_seal(file, path.string());
  return contents;
}

std::shared_ptr<const TransitionModel> load_model(const LoadedRun& run) {
  const fs::path path = model_of(run);
  if (!fs::exists(path)) return nullptr;
  const TensorFile file = read_run_tensors(path);
  auto model = make_model(contents_for(run, file, path.string()), path.string());
  check_seal(file, path.string());
  return model;
}

}  // namespace pianola
