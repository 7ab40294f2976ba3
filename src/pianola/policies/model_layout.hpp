// Layout of a transition model's image, private to the code that makes it and the code that reads it.
//
//   header | low | high | angles | circles | member records | of each member: mean | inverse_std | shift | scale |
//   layer records | packed layers
//
// each 64-byte aligned, little-endian, offsets from the first byte. An ensemble has several members, each a network of
// its own; where they are does not matter. A network's outputs are those of mixture_weights.hpp; without deviations (a
// linear model) they are one component's means.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "pianola/policies/image_layout.hpp"

namespace pianola::model_image {

inline constexpr std::array<char, 8> kMagic = {'P', 'I', 'A', 'N', 'O', 'L', 'A', 'm'};
inline constexpr std::uint32_t kVersion = 2;
inline constexpr std::uint32_t kMostMembers = 1024;

struct Header {
  std::array<char, 8> magic = kMagic;
  std::uint32_t format_version = kVersion;
  std::uint32_t byte_order = image::kByteOrder;
  std::uint64_t total_size = 0;       ///< bytes, a multiple of image::kAlignment
  std::uint64_t checksum = 0;         ///< of every byte but these eight, where image::Header has its own
  std::uint64_t policy_checksum = 0;  ///< of the policy's image that it belongs to
  std::uint32_t observation_dim = 0, action_dim = 0;
  image::Section low, high;        ///< f32 [observation_dim], training range
  image::Section angles, circles;  ///< u32, columns
  image::Section members;          ///< MemberRecord, at least one
};
static_assert(offsetof(Header, checksum) == offsetof(image::Header, checksum));
static_assert(sizeof(Header) == 128);

/// One network.
struct MemberRecord {
  image::Section mean, inverse_std;  ///< f32 [inputs]
  image::Section shift, scale;       ///< f32 [observation_dim]: an increment is shift + scale · output
  image::Section layers;             ///< image::LayerRecord
  std::uint32_t components = 1, deviations = 0;
  Activation activation = Activation::none;  ///< of hidden layers
  std::uint32_t reserved = 0;
};
static_assert(sizeof(MemberRecord) == 96);

}  // namespace pianola::model_image
