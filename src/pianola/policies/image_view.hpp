// An image that the runtime may use: every offset, size and number checked, then read in place.
//
// Formats 2 and 4 hold an MLP, formats 3 and 5 a transformer; the last of each with the code of a chunk. No exceptions,
// no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pianola/data/action_transform.hpp"
#include "pianola/policies/chunk_code_core.hpp"
#include "pianola/policies/image_parts.hpp"
#include "pianola/policies/transformer_core.hpp"

namespace pianola {

/// An image that passed every check, by address. It is trivially copyable and refers to the image's bytes.
struct ImageView {
  std::size_t observation_dim = 0, history = 0, action_dim = 0, chunk = 0;
  std::size_t inputs = 0, positions = 0, logits = 0;
  std::size_t coordinates = 0;         ///< of a chunk in the model; positions, unless there is a code
  std::size_t scalar_positions = 0;    ///< the first ones, whose tokens each stand for one coordinate
  std::size_t action_values = 0;       ///< chunk × action_dim
  std::size_t largest_vocabulary = 0;  ///< of a position
  std::span<const std::byte> bytes;
  const float *mean = nullptr, *inverse_std = nullptr, *levels = nullptr;
  const std::uint32_t* vocabularies = nullptr;
  image::DenseLayers layers;  ///< of an MLP
  bool is_transformer = false;
  transformer::Weights transformer;
  ActionTransform actions;  ///< without groups: coordinates are those of the actions
  bool has_code = false;    ///< positions behind the scalar ones are those of a code
  chunk_code::Tables code;
};

/// False if the bytes are no image: then `view` means nothing. bytes: 64-byte aligned. Cost: reads the image once.
bool read_image(std::span<const std::byte> bytes, ImageView& view) noexcept;

}  // namespace pianola
