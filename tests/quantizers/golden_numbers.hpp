// The inputs of golden vectors by tools/oracles/latent_codes.py, which float32 holds exactly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pianola::testing {

/// In [−2, 2), a multiple of 2⁻²².
inline float golden_number(std::uint32_t index) {
  std::uint32_t x = index;
  x = (x ^ (x >> 16)) * 0x7FEB352DU;
  x = (x ^ (x >> 15)) * 0x846CA68BU;
  x ^= x >> 16;
  return static_cast<float>(static_cast<double>(x >> 8) * 0x1p-22 - 2.0);
}

inline std::vector<float> golden_numbers(std::uint32_t first, std::size_t n) {
  std::vector<float> out(n);
  for (std::size_t i = 0; i < n; ++i) out[i] = golden_number(first + static_cast<std::uint32_t>(i));
  return out;
}

}  // namespace pianola::testing
