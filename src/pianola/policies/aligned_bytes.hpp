// Vectors that begin at multiples of 64 bytes, as vectors of weights and the runtime's image and memory do.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

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
using AlignedFloats = std::vector<float, AlignedAllocator<float>>;

}  // namespace pianola
