// CRC-32C (Castagnoli), and its mask in TensorFlow's records.
//
//   mask(c) = ((c >> 15) | (c << 17)) + 0xa282ead8     (tensorflow/core/lib/hash/crc32c.h)
#pragma once

#include <cstdint>
#include <string_view>

namespace pianola {

/// CRC-32C of the bytes (polynomial 0x1EDC6F41, reflected).
std::uint32_t crc32c(std::string_view bytes);

/// Masked, as TFRecord files and TensorBoard's event files hold it.
std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace pianola
