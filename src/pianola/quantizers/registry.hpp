// Known quantizers. Adding one: a source file that defines `QuantizerEntry entry_NAME()`, one line in
// registry.cpp, and a test file.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/spec.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

/// `format_version` of Quantizer::save.
inline constexpr std::uint64_t kQuantizerFormatVersion = 1;

/// Values of a chunk (chunk × action_dim) at most: sizes from files are checked against it before they are multiplied.
inline constexpr std::size_t kMaxChunkValues = std::size_t{1} << 20;

class AutoencoderTrainer;  // quantizers/autoencoder.hpp

/// What a scheme may be fitted to.
struct FitContext {
  std::size_t action_dim = 0;
  std::size_t chunk = 1;                        ///< actions a chunk (`--chunk`)
  ActionRange range;                            ///< of the system, or as the dataset records it; empty if neither
  const ActionSource* data = nullptr;           ///< null: none
  NoiseKey key;                                 ///< for schemes with random starts
  const AutoencoderTrainer* trainer = nullptr;  ///< for schemes with a learned encoder; null: a build without LibTorch
  /// What actions are; null: linear and absolute. Schemes never see it: they are fitted to the model's coordinates.
  const ActionRepresentation* representation = nullptr;
};

struct QuantizerEntry {
  std::string name, summary;
  std::vector<OptionHelp> options;
  /// @throws UsageError (options, no range and no data), DataError (data it cannot be fitted to).
  std::unique_ptr<Quantizer> (*fit)(const Spec&, const FitContext&);
  /// Inverse of Quantizer::save. @throws DataError for anything that save cannot have written.
  std::unique_ptr<Quantizer> (*load)(const nlohmann::ordered_json&);
};

/// All schemes, in the order in which help lists them.
std::span<const QuantizerEntry> quantizers();

/// The names in quantizers(), for split_specs and suggestions.
std::span<const std::string> quantizer_names();

/// @throws UsageError for an unknown name (with the nearest known one) or a bad option; DataError as `fit`.
std::unique_ptr<Quantizer> make_quantizer(const std::string& spec, const FitContext& context);

/// Reads what Quantizer::save wrote. `where` names the file in errors. @throws DataError.
std::unique_ptr<Quantizer> load_quantizer(const nlohmann::ordered_json& saved, const std::string& where);

}  // namespace pianola
