// An image that the runtime may use: every offset, size and number checked, then read in place.
//
// Format 2 holds an MLP, format 3 a transformer. No exceptions, no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pianola/data/action_transform.hpp"
#include "pianola/policies/image_parts.hpp"
#include "pianola/policies/transformer_core.hpp"

namespace pianola {

/// An image that passed every check, by address. It is trivially copyable and refers to the image's bytes.
struct ImageView {
  std::size_t observation_dim = 0, history = 0, action_dim = 0, chunk = 0;
  std::size_t inputs = 0, positions = 0, logits = 0;
  std::size_t action_values = 0;       ///< chunk × action_dim
  std::size_t largest_vocabulary = 0;  ///< of a position
  std::span<const std::byte> bytes;
  const float *mean = nullptr, *inverse_std = nullptr, *levels = nullptr;
  const std::uint32_t* vocabularies = nullptr;
  image::DenseLayers layers;  ///< of an MLP
  bool is_transformer = false;
  transformer::Weights transformer;
  ActionTransform actions;  ///< without groups: positions are action coordinates
};

/// False if the bytes are no image: then `view` means nothing. bytes: 64-byte aligned. Cost: reads the image once.
bool read_image(std::span<const std::byte> bytes, ImageView& view) noexcept;

}  // namespace pianola
