// What leaves for a robot: a folder with the policy's image, a program that runs it, and what it is.
//
//   policy.pianola    the image (runtime_image.hpp)
//   model.pianola     of a run with a transition model that the runtime plays: its image (model_image.hpp)
//   policy.json       format_version, policy, quantizer, sizes, parameters, weights, where it comes from, statistics
//   and
//                     training history of the run, and the checksum of the image that it describes
//   run_policy.cpp    reads observations, writes actions; needs the runtime library alone
//   CMakeLists.txt    builds it: find_package(pianola COMPONENTS runtime)
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pianola/base/packed_weights.hpp"
#include "pianola/policies/aligned_bytes.hpp"
#include "pianola/policies/run_folder.hpp"

namespace pianola {

inline constexpr int kExportFormatVersion = 2;  ///< 1, which named no image, is read as well

/// "fp32", "bf16" or "int8". @throws UsageError suggesting the nearest.
WeightFormat weight_format(const std::string& name);
const char* weight_format_name(WeightFormat format) noexcept;

struct ExportedFolder {
  std::filesystem::path folder;
  std::vector<std::string> files;      ///< names, in the order above
  nlohmann::ordered_json description;  ///< policy.json
};

/// Writes the folder; it appears whole or not at all. @throws DataError if the run cannot be read (load_run);
/// UsageError if the runtime has no image for its kind of policy, quantizer or weights: it names what there is;
/// ResourceError, also if there is already something at `out`.
ExportedFolder export_run(const std::filesystem::path& run, const std::filesystem::path& out, WeightFormat weights);

/// The image that export_run writes; file: the run's policy.safetensors. @throws as export_run.
AlignedBytes exported_image(const LoadedRun& run, const TensorFile& file, WeightFormat weights);

/// policy.json of an exported folder, checked, with `image_bytes` and `memory_bytes` as its image says.
/// @throws DataError naming the file that is missing, damaged, or of another format_version, or a policy.json that was
/// written for another image or says other sizes than it has.
nlohmann::ordered_json read_exported(const std::filesystem::path& folder);

}  // namespace pianola
