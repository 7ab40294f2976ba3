#include "pianola/policies/image_view.hpp"

#include <algorithm>
#include <cstring>

namespace pianola {
namespace {

using image::Header;
using image::read_section;

bool read_header(std::span<const std::byte> bytes, Header& header) {
  return image::read_header(bytes, image::kMagic, header) && header.format_version >= image::kMlpVersion &&
         header.format_version <= image::kTransformerVersion + image::kWithChunkCode;
}

bool is_transformer(const Header& header) {
  return header.format_version % image::kWithChunkCode == image::kTransformerVersion % image::kWithChunkCode;
}

/// The header of type T at `at`, behind that of the image.
template <class T>
bool read_behind(std::span<const std::byte> bytes, std::size_t at, T& header) {
  if (bytes.size() < at + sizeof header) return false;
  std::memcpy(&header, bytes.data() + at, sizeof header);
  return true;
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
  view.is_transformer = is_transformer(header);
  view.has_code = header.format_version > image::kTransformerVersion;
  view.observation_dim = header.observation_dim;
  view.history = header.history;
  view.action_dim = header.action_dim;
  view.chunk = header.chunk;
  view.inputs = static_cast<std::size_t>(inputs);
  view.coordinates = view.positions = view.scalar_positions = static_cast<std::size_t>(positions);
  view.action_values = static_cast<std::size_t>(values);
  return true;
}

/// Of a code: how many positions it has.
bool read_code_header(const Header& header, image::ChunkCodeHeader& own, ImageView& view) {
  const std::size_t at = sizeof(Header) + (view.is_transformer ? sizeof(image::TransformerHeader) : 0);
  view.scalar_positions = std::size_t{header.discrete} * view.chunk;
  if (!read_behind(view.bytes, at, own) || !image::in_range(own.positions)) return false;
  view.positions = own.positions;
  return header.continuous >= 1 && view.positions > view.scalar_positions;
}

bool read_code(const Header& header, const image::ChunkCodeHeader& own, ImageView& view) {
  chunk_code::Tables& t = view.code;
  t.kind = own.kind;
  t.chunk = view.chunk;
  t.dim = header.continuous;
  t.terms = own.terms;
  t.positions = view.positions - view.scalar_positions;
  t.scale = own.scale;
  t.min_token = own.min_token;
  return read_section(view.bytes, own.matrices, t.matrices) && read_section(view.bytes, own.matrix_of, t.matrix_of) &&
         read_section(view.bytes, own.offset, t.offset) && read_section(view.bytes, own.factor, t.factor) &&
         read_section(view.bytes, own.token_begins, t.tokens.begins) &&
         read_section(view.bytes, own.token_bytes, t.tokens.bytes) && read_section(view.bytes, own.codes, t.codes) &&
         chunk_code::is_sound(t, {view.vocabularies + view.scalar_positions, t.positions});
}

bool read_vocabularies(const Header& header, ImageView& view) {
  std::span<const std::uint32_t> sizes;
  if (!read_section(view.bytes, header.vocabularies, view.positions, sizes)) return false;
  view.vocabularies = sizes.data();
  std::uint64_t logits = 0;
  view.largest_vocabulary = 0;
  for (const std::uint32_t size : sizes) {
    if (!image::in_range(size)) return false;
    logits += size;
    view.largest_vocabulary = std::max<std::size_t>(view.largest_vocabulary, size);
  }
  view.logits = static_cast<std::size_t>(logits);
  return image::in_range(logits);
}

/// `count` floats of a section, all finite.
bool read_floats(const ImageView& view, const image::Section& section, std::uint64_t count, const float*& out) {
  std::span<const float> values;
  if (!read_section(view.bytes, section, count, values)) return false;
  out = values.data();
  return all_finite(out, values.size());
}

bool read_tables(const Header& header, ImageView& view) {
  const std::size_t statistics = view.transformer.dimensions.token_input ? 0 : view.inputs;
  std::size_t levels = 0;
  for (std::size_t p = 0; p < view.scalar_positions; ++p) levels += view.vocabularies[p];
  return read_floats(view, header.mean, statistics, view.mean) &&
         read_floats(view, header.inverse_std, statistics, view.inverse_std) &&
         read_floats(view, header.levels, levels, view.levels);
}

/// The action representation: none, and then as many coordinates as action dimensions, or one that is sound.
bool read_actions(const Header& header, ImageView& view) {
  ActionTransform& t = view.actions;
  t.action_dim = view.action_dim;
  t.chunk = view.chunk;
  t.observation_dim = view.observation_dim;
  t.discrete = header.discrete;
  t.continuous = header.continuous;
  if (!read_section(view.bytes, header.groups, t.groups) || !read_section(view.bytes, header.columns, t.columns) ||
      !read_section(view.bytes, header.values, t.values)) {
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

/// The transformer's own header.
bool read_transformer_header(const Header& header, image::TransformerHeader& own, ImageView& view) {
  return read_behind(view.bytes, sizeof(Header), own) && read_transformer_sizes(header, own, view);
}

bool read_transformer(const image::TransformerHeader& own, ImageView& view) {
  transformer::Weights& w = view.transformer;
  const transformer::Dimensions& d = w.dimensions;
  const std::uint64_t tokens = d.parallel ? 0 : std::uint64_t{d.largest_vocabulary} * d.width;
  const std::uint64_t positions = std::uint64_t{d.places()} * d.width;
  std::span<const std::byte> packed;
  if (!read_floats(view, own.token, tokens, w.token) || !read_floats(view, own.position, positions, w.position) ||
      !read_section(view.bytes, own.packed, transformer::packed_size(d), packed)) {
    return false;
  }
  w.mean = view.mean;
  w.inverse_std = view.inverse_std;
  w.packed = packed.data();
  return transformer::all_finite(d, w.packed);
}

}  // namespace

bool read_image(std::span<const std::byte> bytes, ImageView& view) noexcept {
  Header header;
  if (!read_header(bytes, header)) return false;
  view.bytes = bytes;
  image::TransformerHeader own;
  image::ChunkCodeHeader code;
  if (!read_dimensions(header, view)) return false;
  if (view.has_code && !read_code_header(header, code, view)) return false;
  if (!read_vocabularies(header, view)) return false;
  if (view.is_transformer && !read_transformer_header(header, own, view)) return false;
  if (!read_tables(header, view) || !read_actions(header, view)) return false;
  if (view.has_code && !read_code(header, code, view)) return false;
  if (view.is_transformer) return read_transformer(own, view);
  return view.layers.read(bytes, header.records, header.layers, header.activation, view.inputs, view.logits);
}

}  // namespace pianola
