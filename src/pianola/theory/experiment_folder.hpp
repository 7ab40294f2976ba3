// Results of experiments kept in a folder: an interrupted `theorem all` goes on where it was, and several processes
// that name the same folder share the experiments among them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "pianola/theory/experiment.hpp"

namespace pianola {

/// The result as bytes (CBOR, so that NaN and ±∞ return as they were), bound to `options` of experiment `name`.
std::string saved_experiment(const ExperimentResult& result, const std::string& name, const ExperimentOptions& options);

/// The result in `bytes`. `place` names them in messages.
/// @throws DataError if they are damaged, or the result of another experiment, other options or another version.
ExperimentResult loaded_experiment(const std::string& bytes, const std::string& name, const ExperimentOptions& options,
                                   const std::string& place);

/// `theorem_NAME.cbor` for each finished experiment; `theorem_NAME.lock` is held by the process that runs it.
class ExperimentFolder {
 public:
  /// Makes the folder. @throws ResourceError.
  explicit ExperimentFolder(std::filesystem::path path);

  /// What is kept, else what a run gives, which is then kept. Nothing if another process is running the experiment and
  /// `wait` is false; with `wait`, its result once it ends, or a run of our own if it died.
  /// @throws DataError as loaded_experiment; ResourceError if the folder cannot be written.
  [[nodiscard]] std::optional<ExperimentResult> result(const ExperimentEntry& entry, const ExperimentOptions& options,
                                                       bool wait) const;

 private:
  std::filesystem::path path_;
};

}  // namespace pianola
