// Layout of the runtime's image, private to the code that makes images and the code that reads them.
//
//   header | mean | inverse_std | vocabularies | levels | layer records | groups, columns and values of the action
//   representation | packed layers                                                              (each 64-byte aligned)
// or, for a transformer (format 3),
//   header | transformer header | mean | inverse_std | vocabularies | levels | representation | token | position |
//   packed
// Formats 4 and 5 are these two with the code of a chunk (chunk_code_image.hpp): its header behind the others, its
// tables behind the representation, and levels for the tokens of discrete dimensions alone, which stand first.
//
// Offsets count from the image's first byte, so the image may lie anywhere that is 64-byte aligned: in a mapped file or
// in flash. Numbers are little-endian; `levels` stands in the order of the logits. Layers are packed by pack_dense.
// The writer here neither throws nor allocates, so that the bare runtime can be tested without its loader.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>

#include "pianola/base/dense.hpp"
#include "pianola/base/packed_weights.hpp"
#include "pianola/data/action_transform.hpp"
#include "pianola/policies/chunk_code_image.hpp"
#include "pianola/policies/image_section.hpp"

namespace pianola::image {

inline constexpr std::array<char, 8> kMagic = {'P', 'I', 'A', 'N', 'O', 'L', 'A', 'i'};
inline constexpr std::uint32_t kMlpVersion = 2, kTransformerVersion = 3;  // formats are by what they hold
inline constexpr std::uint32_t kWithChunkCode = 2;                        // is added to either
inline constexpr std::uint32_t kByteOrder = 0x01020304;                   // another machine reads 0x04030201
inline constexpr std::uint32_t kMostLayers = 1024;

struct Header {
  std::array<char, 8> magic = kMagic;
  std::uint32_t format_version = kMlpVersion;
  std::uint32_t byte_order = kByteOrder;
  std::uint64_t total_size = 0;  ///< bytes, a multiple of kAlignment
  std::uint64_t checksum = 0;    ///< of every byte but these eight
  std::uint32_t observation_dim = 0, history = 0, action_dim = 0, chunk = 0, layers = 0;
  Activation activation = Activation::none;    ///< of hidden layers
  std::uint32_t discrete = 0, continuous = 0;  ///< coordinates of a step in the model
  Section mean, inverse_std;                   ///< f32 [history × observation_dim]
  Section vocabularies;                        ///< u32 [positions], chunk × (discrete + continuous) or as the code has
  Section levels;                              ///< f32 [Σ vocabularies of the positions that have any], action units
  Section records;                             ///< LayerRecord [layers]
  Section groups;                              ///< ActionGroup, of the action representation
  Section columns;                             ///< u32, of the observation
  Section values;                              ///< f64, of discrete dimensions
};
static_assert(sizeof(Header) == 192 && offsetof(Header, checksum) == 24);

struct LayerRecord {
  std::uint32_t in = 0, out = 0;
  std::uint64_t offset = 0;  ///< of packed_dense_size(in, out) floats
};

inline constexpr std::uint32_t kWidestTransformer = 65536, kMostPlaces = 1U << 20;

/// Stands behind the header of a transformer, whose `layers` are its blocks and whose `records` are empty.
struct TransformerHeader {
  std::uint32_t width = 0, heads = 0, parallel = 0, token_input = 0;
  WeightFormat weights = WeightFormat::float32;  ///< of blocks and head
  std::uint32_t reserved = 0;
  Section token;     ///< f32 [largest vocabulary × width]; empty if parallel
  Section position;  ///< f32 [places × width]
  Section packed;    ///< transformer::packed_size bytes
};
static_assert(sizeof(TransformerHeader) == 72);

/// Of all bytes but the checksum's own. Each step is a bijection, so a change within one word is always seen.
/// bytes: at least a header, a multiple of 8.
inline std::uint64_t checksum(std::span<const std::byte> bytes) noexcept {
  std::uint64_t hash = 0x243F6A8885A308D3U;
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    if (at == offsetof(Header, checksum)) continue;
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    hash = std::rotl(hash ^ word, 29) * 0x9E3779B97F4A7C15U;
  }
  return hash;
}

/// Writes the checksum that the other bytes ask for.
inline void seal(std::span<std::byte> bytes) noexcept {
  const std::uint64_t sum = checksum(bytes);
  std::memcpy(bytes.data() + offsetof(Header, checksum), &sum, sizeof sum);
}

struct PlainLayer {
  std::uint32_t in = 0, out = 0;
  std::span<const float> weights;  ///< [out × in] row-major
  std::span<const float> bias;     ///< [out]
};

/// What an image is made of. positions = chunk · coordinates of a step in the model, or as the code says.
struct Parts {
  std::uint32_t observation_dim = 0, history = 1, action_dim = 0, chunk = 1;
  Activation activation = Activation::relu;
  std::span<const float> mean, inverse_std;     ///< [history × observation_dim]
  std::span<const std::uint32_t> vocabularies;  ///< [positions]
  std::span<const float> levels;                ///< [Σ vocabularies]; with a code: of its discrete positions
  std::span<const PlainLayer> layers;
  ActionTransform actions;  ///< its action_dim, chunk and observation_dim are those above; no groups: linear, absolute
  ChunkCodeParts code = {};

  [[nodiscard]] std::uint64_t coordinates() const {
    return actions.groups.empty() ? action_dim : std::uint64_t{actions.discrete} + actions.continuous;
  }
};

/// Bytes of a packed layer; no overflow for dimensions in range.
inline std::uint64_t packed_bytes(std::uint32_t in, std::uint32_t out) noexcept {
  return (std::uint64_t{out} + 15) / 16 * 16 * (std::uint64_t{in} + 1) * sizeof(float);
}

/// Whether the spans of `parts` have the lengths that its numbers ask for.
inline bool consistent(const Parts& parts) noexcept {
  const std::uint64_t inputs = std::uint64_t{parts.observation_dim} * parts.history;
  if (!in_range(parts.action_dim) || !in_range(parts.coordinates()) || !in_range(parts.chunk)) return false;
  const std::uint64_t positions = parts.code.has() ? parts.code.positions() : parts.coordinates() * parts.chunk;
  if (!parts.actions.groups.empty() && (!is_sound(parts.actions) || parts.actions.action_dim != parts.action_dim)) {
    return false;
  }
  if (!in_range(inputs) || !in_range(positions)) return false;
  if (parts.mean.size() != inputs || parts.inverse_std.size() != inputs) return false;
  if (parts.vocabularies.size() != positions || parts.layers.empty() || parts.layers.size() > kMostLayers) return false;
  std::uint64_t logits = 0;
  for (const std::uint32_t vocabulary : parts.vocabularies) {
    if (!in_range(vocabulary)) return false;
    logits += vocabulary;
  }
  std::uint64_t width = inputs;
  for (const PlainLayer& layer : parts.layers) {
    if (layer.in != width || !in_range(layer.out)) return false;
    if (layer.weights.size() != std::uint64_t{layer.in} * layer.out || layer.bias.size() != layer.out) return false;
    width = layer.out;
  }
  return width == logits && (parts.code.has() || parts.levels.size() == logits);
}

struct MlpPlan {
  Header header;
  ChunkCodeHeader code;         ///< if there is one
  std::uint64_t layers_at = 0;  ///< where the packed layers begin
};

/// Headers of these consistent parts.
inline MlpPlan plan(const Parts& parts) noexcept {
  MlpPlan out;
  Header& header = out.header;
  std::uint64_t end = aligned(sizeof(Header) + (parts.code.has() ? sizeof(ChunkCodeHeader) : 0));
  const auto place = [&end](std::uint64_t size) {
    const Section section{end, size};
    end += aligned(size);
    return section;
  };
  header.format_version = kMlpVersion + (parts.code.has() ? kWithChunkCode : 0);
  header.observation_dim = parts.observation_dim;
  header.history = parts.history;
  header.action_dim = parts.action_dim;
  header.chunk = parts.chunk;
  header.layers = static_cast<std::uint32_t>(parts.layers.size());
  header.activation = parts.activation;
  header.discrete = parts.actions.groups.empty() ? 0 : static_cast<std::uint32_t>(parts.actions.discrete);
  header.continuous =
      parts.actions.groups.empty() ? parts.action_dim : static_cast<std::uint32_t>(parts.actions.continuous);
  header.mean = place(parts.mean.size_bytes());
  header.inverse_std = place(parts.inverse_std.size_bytes());
  header.vocabularies = place(parts.vocabularies.size_bytes());
  header.levels = place(parts.levels.size_bytes());
  header.records = place(parts.layers.size() * sizeof(LayerRecord));
  header.groups = place(parts.actions.groups.size_bytes());
  header.columns = place(parts.actions.columns.size_bytes());
  header.values = place(parts.actions.values.size_bytes());
  if (parts.code.has()) out.code = plan(parts.code, place);
  out.layers_at = end;
  for (const PlainLayer& layer : parts.layers) end += packed_bytes(layer.in, layer.out);
  header.total_size = end;
  return out;
}

/// Bytes of the image of these parts, or 0 if they do not fit together.
inline std::uint64_t size(const Parts& parts) noexcept { return consistent(parts) ? plan(parts).header.total_size : 0; }

/// Writes the image. out: [size(parts)] bytes, 64-byte aligned. False if the parts or the space do not fit.
inline bool write(const Parts& parts, std::span<std::byte> out) noexcept {
  if (!consistent(parts)) return false;
  const MlpPlan made = plan(parts);
  const Header& header = made.header;
  std::uint64_t at = made.layers_at;
  if (out.size() != header.total_size || reinterpret_cast<std::uintptr_t>(out.data()) % kAlignment != 0) return false;
  std::memset(out.data(), 0, out.size());
  const auto put = [&out](const Section& section, const void* from) {
    if (section.size > 0) std::memcpy(out.data() + section.offset, from, section.size);
  };
  std::memcpy(out.data(), &header, sizeof header);
  put(header.mean, parts.mean.data());
  put(header.inverse_std, parts.inverse_std.data());
  put(header.vocabularies, parts.vocabularies.data());
  put(header.levels, parts.levels.data());
  put(header.groups, parts.actions.groups.data());
  put(header.columns, parts.actions.columns.data());
  put(header.values, parts.actions.values.data());
  if (parts.code.has()) write(made.code, parts.code, out.data() + sizeof header, put);
  for (std::size_t i = 0; i < parts.layers.size(); ++i) {
    const PlainLayer& layer = parts.layers[i];
    const LayerRecord record{layer.in, layer.out, at};
    std::memcpy(out.data() + header.records.offset + i * sizeof record, &record, sizeof record);
    pack_dense(layer.weights, layer.bias, layer.in, layer.out,
               {reinterpret_cast<float*>(out.data() + at), packed_dense_size(layer.in, layer.out)});
    at += packed_bytes(layer.in, layer.out);
  }
  seal(out);
  return true;
}

}  // namespace pianola::image
