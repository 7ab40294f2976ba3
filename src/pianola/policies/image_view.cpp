#include "pianola/policies/image_view.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace pianola {
namespace {

using image::Header;
using image::LayerRecord;
using image::Section;

bool read_header(std::span<const std::byte> bytes, Header& header) {
  if (bytes.size() < sizeof(Header) || bytes.size() % image::kAlignment != 0) return false;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header.magic == image::kMagic && header.byte_order == image::kByteOrder &&
         (header.format_version == image::kMlpVersion || header.format_version == image::kTransformerVersion) &&
         header.total_size == bytes.size() && header.checksum == image::checksum(bytes);
}

/// Whether `count` elements of `width` bytes lie at `offset`, all inside the image. count ≤ 2⁴⁹.
bool lies_inside(std::uint64_t offset, std::uint64_t count, std::uint64_t width, std::uint64_t total) {
  return offset % image::kAlignment == 0 && offset <= total && count * width <= total - offset;
}

bool section_fits(const Section& section, std::uint64_t count, std::uint64_t width, std::uint64_t total) {
  return section.size == count * width && lies_inside(section.offset, count, width, total);
}

bool read_dimensions(const Header& header, ImageView& view) {
  for (const std::uint32_t dimension : {header.observation_dim, header.history, header.action_dim, header.chunk}) {
    if (!image::in_range(dimension)) return false;
  }
  const std::uint64_t inputs = std::uint64_t{header.observation_dim} * header.history;
  const std::uint64_t coordinates = std::uint64_t{header.discrete} + header.continuous;
  const std::uint64_t positions = coordinates * header.chunk, values = std::uint64_t{header.action_dim} * header.chunk;
  if (!image::in_range(coordinates) || !image::in_range(values)) return false;
  if (!image::in_range(inputs) || !image::in_range(positions)) return false;
  if (header.layers < 1 || header.layers > image::kMostLayers || header.activation > Activation::silu) return false;
  view.is_transformer = header.format_version == image::kTransformerVersion;
  view.observation_dim = header.observation_dim;
  view.history = header.history;
  view.action_dim = header.action_dim;
  view.chunk = header.chunk;
  view.layers = header.layers;
  view.inputs = static_cast<std::size_t>(inputs);
  view.positions = static_cast<std::size_t>(positions);
  view.action_values = static_cast<std::size_t>(values);
  view.activation = header.activation;
  return true;
}

bool read_vocabularies(const Header& header, ImageView& view) {
  if (!section_fits(header.vocabularies, view.positions, sizeof(std::uint32_t), header.total_size)) return false;
  view.vocabularies = reinterpret_cast<const std::uint32_t*>(view.base + header.vocabularies.offset);
  std::uint64_t logits = 0;
  view.largest_vocabulary = 0;
  for (std::size_t p = 0; p < view.positions; ++p) {
    if (!image::in_range(view.vocabularies[p])) return false;
    logits += view.vocabularies[p];
    view.largest_vocabulary = std::max<std::size_t>(view.largest_vocabulary, view.vocabularies[p]);
  }
  view.logits = static_cast<std::size_t>(logits);
  return image::in_range(logits);
}

bool read_tables(const Header& header, ImageView& view) {
  const std::uint64_t total = header.total_size;
  const std::size_t statistics = view.transformer.dimensions.token_input ? 0 : view.inputs;
  if (!section_fits(header.mean, statistics, sizeof(float), total)) return false;
  if (!section_fits(header.inverse_std, statistics, sizeof(float), total)) return false;
  if (!section_fits(header.levels, view.logits, sizeof(float), total)) return false;
  view.mean = reinterpret_cast<const float*>(view.base + header.mean.offset);
  view.inverse_std = reinterpret_cast<const float*>(view.base + header.inverse_std.offset);
  view.levels = reinterpret_cast<const float*>(view.base + header.levels.offset);
  return all_finite(view.mean, statistics) && all_finite(view.inverse_std, statistics) &&
         all_finite(view.levels, view.logits);
}

bool read_layers(const Header& header, ImageView& view) {
  if (!section_fits(header.records, view.layers, sizeof(LayerRecord), header.total_size)) return false;
  view.records = reinterpret_cast<const LayerRecord*>(view.base + header.records.offset);
  std::size_t width = view.inputs;
  view.widest = 0;
  for (std::size_t i = 0; i < view.layers; ++i) {
    const LayerRecord& layer = view.records[i];
    if (layer.in != width || !image::in_range(layer.out)) return false;
    if (!lies_inside(layer.offset, image::packed_bytes(layer.in, layer.out), 1, header.total_size)) return false;
    if (!all_finite(view.weights(layer), packed_dense_size(layer.in, layer.out))) return false;
    width = layer.out;
    if (i + 1 < view.layers) view.widest = std::max(view.widest, width);
  }
  return width == view.logits;
}

/// Elements of a section that lies in the image; false if it does not.
template <class T>
bool read_span(const std::byte* base, const Section& section, std::uint64_t total, std::span<const T>& out) {
  if (section.size % sizeof(T) != 0 || !lies_inside(section.offset, section.size, 1, total)) return false;
  out = {reinterpret_cast<const T*>(base + section.offset), static_cast<std::size_t>(section.size / sizeof(T))};
  return true;
}

/// The action representation: none, and then as many coordinates as action dimensions, or one that is sound.
bool read_actions(const Header& header, ImageView& view) {
  ActionTransform& t = view.actions;
  t.action_dim = view.action_dim;
  t.chunk = view.chunk;
  t.observation_dim = view.observation_dim;
  t.discrete = header.discrete;
  t.continuous = header.continuous;
  const std::uint64_t total = header.total_size;
  if (!read_span(view.base, header.groups, total, t.groups) ||
      !read_span(view.base, header.columns, total, t.columns) ||
      !read_span(view.base, header.values, total, t.values)) {
    return false;
  }
  if (t.groups.empty()) return header.discrete == 0 && header.continuous == header.action_dim;
  return is_sound(t);
}

/// Sizes of the transformer, all small enough that products of two of them fit.
bool read_transformer_sizes(const Header& header, const image::TransformerHeader& own, ImageView& view) {
  if (own.width < 1 || own.width > image::kWidestTransformer || own.heads < 1 || own.width % own.heads != 0)
    return false;
  if (own.weights > WeightFormat::int8 || own.parallel > 1 || own.token_input > 1) return false;
  if (view.history > image::kMostPlaces || view.positions > image::kMostPlaces) return false;
  if (own.token_input == 1 && (own.parallel == 1 || view.observation_dim != 1 || view.positions != 1)) return false;
  transformer::Dimensions& d = view.transformer.dimensions;
  d.observation_dim = view.observation_dim;
  d.history = view.history;
  d.width = own.width;
  d.heads = own.heads;
  d.blocks = header.layers;
  d.positions = view.positions;
  d.largest_vocabulary = view.largest_vocabulary;
  d.parallel = own.parallel == 1;
  d.token_input = own.token_input == 1;
  d.format = own.weights;
  return true;
}

/// The transformer's own header, behind one of format 3.
bool read_transformer_header(const Header& header, std::span<const std::byte> bytes, image::TransformerHeader& own,
                             ImageView& view) {
  if (bytes.size() < sizeof(Header) + sizeof own) return false;
  std::memcpy(&own, bytes.data() + sizeof(Header), sizeof own);
  return read_transformer_sizes(header, own, view);
}

bool read_transformer(const Header& header, const image::TransformerHeader& own, ImageView& view) {
  transformer::Weights& w = view.transformer;
  const transformer::Dimensions& d = w.dimensions;
  const std::uint64_t tokens = d.parallel ? 0 : std::uint64_t{d.largest_vocabulary} * d.width;
  const std::uint64_t positions = std::uint64_t{d.places()} * d.width;
  if (!section_fits(own.token, tokens, sizeof(float), header.total_size)) return false;
  if (!section_fits(own.position, positions, sizeof(float), header.total_size)) return false;
  if (!section_fits(own.packed, transformer::packed_size(d), 1, header.total_size)) return false;
  w.mean = view.mean;
  w.inverse_std = view.inverse_std;
  w.token = reinterpret_cast<const float*>(view.base + own.token.offset);
  w.position = reinterpret_cast<const float*>(view.base + own.position.offset);
  w.packed = view.base + own.packed.offset;
  return all_finite(w.token, static_cast<std::size_t>(tokens)) &&
         all_finite(w.position, static_cast<std::size_t>(positions)) && transformer::all_finite(d, w.packed);
}

}  // namespace

bool is_image_aligned(const void* address) noexcept {
  return reinterpret_cast<std::uintptr_t>(address) % image::kAlignment == 0;
}

bool all_finite(const float* values, std::size_t n) noexcept {
  std::uint32_t bad = 0;
  for (std::size_t i = 0; i < n; ++i) {
    bad |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(values[i]) & 0x7F800000U) == 0x7F800000U);
  }
  return bad == 0;
}

bool read_image(std::span<const std::byte> bytes, ImageView& view) noexcept {
  Header header;
  if (!read_header(bytes, header)) return false;
  view.base = bytes.data();
  image::TransformerHeader own;
  if (!read_dimensions(header, view) || !read_vocabularies(header, view)) return false;
  if (view.is_transformer && !read_transformer_header(header, bytes, own, view)) return false;
  if (!read_tables(header, view) || !read_actions(header, view)) return false;
  return view.is_transformer ? read_transformer(header, own, view) : read_layers(header, view);
}

}  // namespace pianola
