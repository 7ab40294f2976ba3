// What a fitted quantizer is written to: itself, its tokenizer and the quantized twin of a dataset, all of them or
// none.
#pragma once

#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/quantizers/keyed_quantizers.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

/// Paths; empty: not written.
struct QuantizerFiles {
  std::string quantizer;    ///< .json, to be named as saved:PATH; a device is written to as it is
  std::string tokenizer;    ///< folder, of `fast` alone (tokenizer_files.hpp)
  std::string twin;         ///< dataset (twin.hpp)
  std::string twin_format;  ///< of the twin; empty: by its extension, else the dataset's own
};

/// The twin may find bad data, so that the others wait under temporary names until it is there. reader: of the dataset
/// that the twin is made of; key: what its random schemes draw from. Returns what the twin lost, one sentence each.
/// @throws UsageError for a tokenizer of a scheme that has none; DataError, ResourceError as the writers.
std::vector<std::string> write_quantizer_files(const QuantizerFiles& files, const Quantizer& quantizer,
                                               TrajectoryReader& reader, const NoiseKey& key);

/// The same of quantizers by an attribute, in one file and one twin. `reader` is the one that they were fitted to.
/// @throws UsageError if a tokenizer is asked for: it would be one for each part.
std::vector<std::string> write_quantizer_files(const QuantizerFiles& files, const KeyedQuantizers& keyed,
                                               TrajectoryReader& reader, const NoiseKey& key);

/// Schemes whose tokenizer can be written are `fast` and what was saved of it, and only one for all actions, which is
/// where `by` names no attribute. @throws UsageError for others, by name.
void require_tokenizer(const std::string& spec, const std::string& by = "");

}  // namespace pianola
