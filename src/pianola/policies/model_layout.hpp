// Layout of a transition model's image, private to the code that makes it and the code that reads it.
//
//   header | mean | inverse_std | shift | scale | low | high | angles | circles | layer records | packed layers
//
// each 64-byte aligned, little-endian, offsets from the first byte. The network's outputs are those of
// mixture_weights.hpp; without deviations (a linear model) they are one component's means.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "pianola/policies/image_layout.hpp"

namespace pianola::model_image {

inline constexpr std::array<char, 8> kMagic = {'P', 'I', 'A', 'N', 'O', 'L', 'A', 'm'};
inline constexpr std::uint32_t kVersion = 1;

struct Header {
  std::array<char, 8> magic = kMagic;
  std::uint32_t format_version = kVersion;
  std::uint32_t byte_order = image::kByteOrder;
  std::uint64_t total_size = 0;       ///< bytes, a multiple of image::kAlignment
  std::uint64_t checksum = 0;         ///< of every byte but these eight, where image::Header has its own
  std::uint64_t policy_checksum = 0;  ///< of the policy's image that it belongs to
  std::uint32_t observation_dim = 0, action_dim = 0, components = 1, deviations = 0, layers = 0;
  Activation activation = Activation::none;  ///< of hidden layers
  image::Section mean, inverse_std;          ///< f32 [inputs]
  image::Section shift, scale;               ///< f32 [observation_dim]: an increment is shift + scale · output
  image::Section low, high;                  ///< f32 [observation_dim], training range
  image::Section angles, circles;            ///< u32, columns
  image::Section records;                    ///< image::LayerRecord [layers]
};
static_assert(offsetof(Header, checksum) == offsetof(image::Header, checksum));
static_assert(sizeof(Header) == 208);

}  // namespace pianola::model_image
