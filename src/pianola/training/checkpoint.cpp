#include "pianola/training/checkpoint.hpp"

#include <charconv>
#include <system_error>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/policies/sealed_file.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "state.safetensors";
const std::string kIdentity = "identity.";  // prefix of metadata keys

fs::path staging_folder(const fs::path& run) { return run / "checkpoint.tmp"; }

Tensor tensor_of(const std::vector<float>& values) {
  return Tensor::of({values.size()}, std::span<const float>(values));
}

TensorFile to_file(const Checkpoint& checkpoint) {
  TensorFile file;
  const LearnerState& state = checkpoint.learner;
  file.tensors["parameters"] = tensor_of(state.parameters);
  if (!state.average.empty()) file.tensors["average"] = tensor_of(state.average);
  file.tensors["first_moment"] = tensor_of(state.first_moment);
  file.tensors["second_moment"] = tensor_of(state.second_moment);
  file.metadata["format_version"] = std::to_string(kRunFormatVersion);
  file.metadata["steps"] = std::to_string(state.steps);
  file.metadata["loss_sum"] = spec_detail::format_value(checkpoint.loss_sum);
  file.metadata["loss_count"] = std::to_string(checkpoint.loss_count);
  for (const auto& [key, value] : checkpoint.identity) file.metadata[kIdentity + key] = value;
  return file;
}

template <class T>
T number(const TensorFile& file, const std::string& key, const std::string& where) {
  const auto found = file.metadata.find(key);
  T value{};
  if (found != file.metadata.end()) {
    const char* end = found->second.data() + found->second.size();
    const auto [stop, error] = std::from_chars(found->second.data(), end, value);
    if (error == std::errc() && stop == end) return value;
  }
  throw DataError(where + ": metadata '" + key + "' is " +
                  (found == file.metadata.end() ? "missing" : "'" + found->second + "'") +
                  ", a number is needed; the checkpoint is damaged: train without --resume");
}

std::vector<float> floats(const TensorFile& file, const std::string& name, const std::string& where) {
  return file.at(name, where).floats(name);
}

Checkpoint from_file(const TensorFile& file, const std::string& where) {
  const auto version = number<std::uint64_t>(file, "format_version", where);
  if (version != kRunFormatVersion) {
    throw DataError(where + ": format_version is " + std::to_string(version) + ", but this build reads " +
                    std::to_string(kRunFormatVersion) + "; resume with the pianola that wrote it");
  }
  Checkpoint checkpoint;
  LearnerState& state = checkpoint.learner;
  state.parameters = floats(file, "parameters", where);
  if (file.tensors.contains("average")) state.average = floats(file, "average", where);
  state.first_moment = floats(file, "first_moment", where);
  state.second_moment = floats(file, "second_moment", where);
  state.steps = number<std::uint64_t>(file, "steps", where);
  checkpoint.loss_sum = number<double>(file, "loss_sum", where);
  checkpoint.loss_count = number<std::uint64_t>(file, "loss_count", where);
  for (const auto& [key, value] : file.metadata) {
    if (key.starts_with(kIdentity)) checkpoint.identity[key.substr(kIdentity.size())] = value;
  }
  return checkpoint;
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw ResourceError("cannot make '" + folder.string() + "': " + error.message());
}

}  // namespace

fs::path checkpoint_folder(const fs::path& run) { return run / "checkpoint"; }

void write_checkpoint(const fs::path& run, const Checkpoint& checkpoint) {
  const fs::path staging = staging_folder(run), folder = checkpoint_folder(run);
  make_folder(staging);
  write_sealed(staging / kFile, to_file(checkpoint));
  std::error_code error;
  if (fs::exists(folder)) {
    fs::rename(staging / kFile, folder / kFile, error);
  } else {
    fs::rename(staging, folder, error);
  }
  if (error) throw ResourceError("cannot complete the checkpoint '" + folder.string() + "': " + error.message());
  sync_folder_of(folder / kFile);  // either rename
  sync_folder_of(folder);
  remove_unfinished_checkpoint(run);  // the empty folder
}

std::optional<Checkpoint> read_checkpoint(const fs::path& run) {
  const fs::path file = checkpoint_folder(run) / kFile;
  if (!fs::exists(file)) return std::nullopt;
  const TensorFile saved = read_safetensors(file);
  Checkpoint checkpoint = from_file(saved, file.string());
  check_seal(saved, file.string());
  return checkpoint;
}

void remove_unfinished_checkpoint(const fs::path& run) {
  std::error_code ignored;
  fs::remove_all(staging_folder(run), ignored);
}

void check_identity(const Identity& saved, const Identity& now, const fs::path& run) {
  std::string differences;
  const auto value = [](const Identity& identity, const std::string& key) {
    const auto found = identity.find(key);
    return found == identity.end() ? std::string("missing") : "'" + found->second + "'";
  };
  Identity keys = saved;
  keys.insert(now.begin(), now.end());
  for (const auto& [key, unused] : keys) {
    const std::string before = value(saved, key), after = value(now, key);
    if (before == after) continue;
    differences += (differences.empty() ? "" : "; ") + key + " was " + before + ", now is " + after;
  }
  if (differences.empty()) return;
  throw DataError("cannot resume '" + run.string() + "': " + differences +
                  "; resume with what it was started with, or train into another folder");
}

}  // namespace pianola
