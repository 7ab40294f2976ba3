// Makes the image that the runtime reads: a policy (an MLP or a transformer) and its quantizer's levels as one block of
// bytes.
//
// The image does not depend on the processor that made it, so one machine exports and another plays. Exceptions live on
// this side only; a robot needs nothing of this file: it maps or reads the bytes and calls Runtime::bind.
#pragma once

#include <cstddef>
#include <filesystem>

#include "pianola/base/packed_weights.hpp"
#include "pianola/policies/aligned_bytes.hpp"
#include "pianola/policies/mlp_weights.hpp"
#include "pianola/policies/runtime.hpp"
#include "pianola/policies/transformer_weights.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

/// The image of this policy with this quantizer. Either every position is one coordinate of the action chunk (the
/// quantizer has levels everywhere, max_tokens = chunk · action_dim) or, behind those of discrete dimensions, its
/// tokens decode as chunk_code.hpp says; and it has no memory.
/// @throws UsageError if the quantizer is neither, has no levels at a position of the first kind, if its vocabularies
/// are not the policy's, or if the policy's layers and normalisation do not fit together. @throws DataError naming a
/// number that is not finite.
AlignedBytes make_runtime_image(const MlpWeights& weights, const Quantizer& quantizer);

/// The same for a transformer, its products' weights in this format (token embeddings and positions stay float32: one
/// row of them is read for each token). @throws as above.
AlignedBytes make_runtime_image(const TransformerWeights& weights, WeightFormat format, const Quantizer& quantizer);

/// Atomic. @throws UsageError if the runtime would not bind these bytes. @throws ResourceError.
void write_runtime_image(const std::filesystem::path& path, const AlignedBytes& image);

/// @throws DataError naming the file if it cannot be read or the runtime would not bind it.
AlignedBytes read_runtime_image(const std::filesystem::path& path);

}  // namespace pianola
