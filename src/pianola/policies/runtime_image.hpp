// Makes the image that the runtime reads: an MLP policy and its quantizer's levels as one block of bytes.
//
// The image does not depend on the processor that made it, so one machine exports and another plays. Exceptions live on
// this side only; a robot needs nothing of this file: it maps or reads the bytes and calls Runtime::bind.
#pragma once

#include <cstddef>
#include <filesystem>
#include <new>
#include <vector>

#include "pianola/policies/mlp_weights.hpp"
#include "pianola/policies/runtime.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

/// Allocates at multiples of 64 bytes, as Runtime::bind asks of image and memory.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) noexcept {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{64})); }
  void deallocate(T* pointer, std::size_t) noexcept { ::operator delete (pointer, std::align_val_t{64}); }
  bool operator==(const AlignedAllocator&) const = default;
};

using AlignedBytes = std::vector<std::byte, AlignedAllocator<std::byte>>;

/// The image of this policy with this quantizer. Every position must be one coordinate of the action chunk: the
/// quantizer has levels everywhere, max_tokens = chunk · action_dim, and no memory.
/// @throws UsageError if the quantizer has no levels at a position, if its vocabularies are not the policy's, or if the
/// policy's layers and normalisation do not fit together. @throws DataError naming a number that is not finite.
AlignedBytes make_runtime_image(const MlpWeights& weights, const Quantizer& quantizer);

/// Atomic. @throws UsageError if the runtime would not bind these bytes. @throws ResourceError.
void write_runtime_image(const std::filesystem::path& path, const AlignedBytes& image);

/// @throws DataError naming the file if it cannot be read or the runtime would not bind it.
AlignedBytes read_runtime_image(const std::filesystem::path& path);

}  // namespace pianola
