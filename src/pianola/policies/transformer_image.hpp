// Writes the image of a transformer (formats 3 and 5, image_layout.hpp) from its packed weights. Private to the code
// that makes images; neither throws nor allocates, so that the bare runtime can be tested without its loader.
#pragma once

#include <cstring>
#include <span>

#include "pianola/policies/image_layout.hpp"
#include "pianola/policies/transformer_core.hpp"

namespace pianola::image {

/// What the image is made of. positions = chunk · coordinates of a step in the model, or as the code says.
struct TransformerParts {
  std::uint32_t action_dim = 0, chunk = 1;
  std::span<const std::uint32_t> vocabularies;  ///< [positions]
  std::span<const float> levels;                ///< [Σ vocabularies]; with a code: of its discrete positions
  transformer::Weights weights;                 ///< all of them, packed
  ActionTransform actions;                      ///< as in Parts
  ChunkCodeParts code = {};

  [[nodiscard]] std::uint64_t coordinates() const {
    return actions.groups.empty() ? action_dim : std::uint64_t{actions.discrete} + actions.continuous;
  }
};

/// Whether the spans of `parts` have the lengths that its numbers ask for.
inline bool consistent(const TransformerParts& parts) noexcept {
  const transformer::Dimensions& d = parts.weights.dimensions;
  if (!in_range(parts.action_dim) || !in_range(parts.chunk) || !in_range(parts.coordinates())) return false;
  if (!in_range(d.observation_dim) || !in_range(d.history) || !in_range(d.inputs())) return false;
  if (d.width < 1 || d.width > kWidestTransformer || d.heads < 1 || d.width % d.heads != 0) return false;
  if (d.blocks < 1 || d.blocks > kMostLayers || d.history > kMostPlaces || d.positions > kMostPlaces) return false;
  if (!parts.actions.groups.empty() && (!is_sound(parts.actions) || parts.actions.action_dim != parts.action_dim)) {
    return false;
  }
  const std::uint64_t positions = parts.code.has() ? parts.code.positions() : parts.coordinates() * parts.chunk;
  if (parts.vocabularies.size() != d.positions || d.positions != positions) return false;
  std::uint64_t logits = 0, largest = 0;
  for (const std::uint32_t vocabulary : parts.vocabularies) {
    if (!in_range(vocabulary)) return false;
    logits += vocabulary;
    largest = vocabulary > largest ? vocabulary : largest;
  }
  return (parts.code.has() || parts.levels.size() == logits) && largest == d.largest_vocabulary && in_range(logits);
}

struct TransformerPlan {
  Header header;
  TransformerHeader own;
  ChunkCodeHeader code;  ///< if there is one
};

/// Headers of these consistent parts.
inline TransformerPlan plan(const TransformerParts& parts) noexcept {
  const transformer::Dimensions& d = parts.weights.dimensions;
  TransformerPlan out;
  Header& header = out.header;
  const std::size_t code = parts.code.has() ? sizeof(ChunkCodeHeader) : 0;
  std::uint64_t end = aligned(sizeof(Header) + sizeof(TransformerHeader) + code);
  const auto place = [&end](std::uint64_t size) {
    const Section section{end, size};
    end += aligned(size);
    return section;
  };
  header.format_version = kTransformerVersion + (parts.code.has() ? kWithChunkCode : 0);
  header.observation_dim = static_cast<std::uint32_t>(d.observation_dim);
  header.history = static_cast<std::uint32_t>(d.history);
  header.action_dim = parts.action_dim;
  header.chunk = parts.chunk;
  header.layers = static_cast<std::uint32_t>(d.blocks);
  const bool plain = parts.actions.groups.empty();
  header.discrete = plain ? 0 : static_cast<std::uint32_t>(parts.actions.discrete);
  header.continuous = plain ? parts.action_dim : static_cast<std::uint32_t>(parts.actions.continuous);
  header.mean = place(d.token_input ? 0 : d.inputs() * sizeof(float));
  header.inverse_std = place(header.mean.size);
  header.vocabularies = place(parts.vocabularies.size_bytes());
  header.levels = place(parts.levels.size_bytes());
  header.groups = place(parts.actions.groups.size_bytes());
  header.columns = place(parts.actions.columns.size_bytes());
  header.values = place(parts.actions.values.size_bytes());
  if (parts.code.has()) out.code = plan(parts.code, place);
  out.own.width = static_cast<std::uint32_t>(d.width);
  out.own.heads = static_cast<std::uint32_t>(d.heads);
  out.own.parallel = d.parallel ? 1 : 0;
  out.own.token_input = d.token_input ? 1 : 0;
  out.own.weights = d.format;
  out.own.token = place(d.parallel ? 0 : d.largest_vocabulary * d.width * sizeof(float));
  out.own.position = place(d.places() * d.width * sizeof(float));
  out.own.packed = place(transformer::packed_size(d));
  header.total_size = end;
  return out;
}

/// Bytes of the image of these parts, or 0 if they do not fit together.
inline std::uint64_t size(const TransformerParts& parts) noexcept {
  return consistent(parts) ? plan(parts).header.total_size : 0;
}

/// Writes the image. out: [size(parts)] bytes, 64-byte aligned. False if the parts or the space do not fit.
inline bool write(const TransformerParts& parts, std::span<std::byte> out) noexcept {
  if (!consistent(parts)) return false;
  const TransformerPlan made = plan(parts);
  const Header& header = made.header;
  if (out.size() != header.total_size || reinterpret_cast<std::uintptr_t>(out.data()) % kAlignment != 0) return false;
  std::memset(out.data(), 0, out.size());
  const auto put = [&out](const Section& section, const void* from) {
    if (section.size > 0) std::memcpy(out.data() + section.offset, from, section.size);
  };
  std::memcpy(out.data(), &header, sizeof header);
  std::memcpy(out.data() + sizeof header, &made.own, sizeof made.own);
  put(header.mean, parts.weights.mean);
  put(header.inverse_std, parts.weights.inverse_std);
  put(header.vocabularies, parts.vocabularies.data());
  put(header.levels, parts.levels.data());
  put(header.groups, parts.actions.groups.data());
  put(header.columns, parts.actions.columns.data());
  put(header.values, parts.actions.values.data());
  if (parts.code.has()) write(made.code, parts.code, out.data() + sizeof header + sizeof made.own, put);
  put(made.own.token, parts.weights.token);
  put(made.own.position, parts.weights.position);
  put(made.own.packed, parts.weights.packed);
  seal(out);
  return true;
}

}  // namespace pianola::image
