// Makes the image of a transition model that ModelRuntime reads: exceptions live on this side only.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "pianola/policies/aligned_bytes.hpp"
#include "pianola/policies/model_file.hpp"

namespace pianola {

/// Why the runtime has no image of such a model; "" if it has one.
std::string no_model_image(const ModelContents& contents);

/// The image of this model, bound to the policy image that it is exported beside.
/// @throws UsageError for a model that no_model_image refuses; DataError naming `where` if its tensors cannot be read.
AlignedBytes make_model_image(const ModelContents& contents, std::span<const std::byte> policy_image,
                              const std::string& where);

/// Atomic. @throws UsageError if the runtime would not bind these bytes; ResourceError.
void write_model_image(const std::filesystem::path& path, const AlignedBytes& image);

}  // namespace pianola
