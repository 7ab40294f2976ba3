// Buffers one behind the other in memory that the caller of a runtime owns, each at a multiple of image::kAlignment.
#pragma once

#include <cstddef>

#include "pianola/policies/image_section.hpp"

namespace pianola {

class RuntimeBuffers {
 public:
  /// Behind the first `used` bytes of `memory`; null: buffers are only counted.
  RuntimeBuffers(std::byte* memory, std::size_t used) noexcept : memory_(memory), used_(image::aligned(used)) {}
  template <class T>
  void take(T*& buffer, std::size_t count) noexcept {
    if (memory_ != nullptr) buffer = reinterpret_cast<T*>(memory_ + used_);
    used_ += image::aligned(count * sizeof(T));
  }
  [[nodiscard]] std::size_t used() const noexcept { return used_; }  ///< bytes, with those before the first

 private:
  std::byte* memory_;
  std::size_t used_;
};

}  // namespace pianola
