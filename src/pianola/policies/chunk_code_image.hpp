// The part of an image (formats 4 and 5, image_layout.hpp) that holds a chunk code. Private to the code that makes
// images and the code that reads them; neither throws nor allocates.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "pianola/policies/chunk_code_core.hpp"
#include "pianola/policies/image_section.hpp"

namespace pianola::image {

/// Stands behind the other headers.
struct ChunkCodeHeader {
  ChunkCodeKind kind = ChunkCodeKind::fast;
  std::uint32_t positions = 0;  ///< of all tokens, those of discrete dimensions first
  std::uint32_t terms = 0;
  std::int32_t min_token = 0;
  double scale = 1.0;
  Section matrices;        ///< f64
  Section matrix_of;       ///< u32
  Section offset, factor;  ///< f64
  Section token_begins;    ///< u32
  Section token_bytes;     ///< u8
  Section codes;           ///< f32
};
static_assert(sizeof(ChunkCodeHeader) == 136);

/// What it is made of; without tables: no such code, and every token stands for one number.
struct ChunkCodeParts {
  const chunk_code::Tables* tables = nullptr;
  std::uint32_t discrete = 0;  ///< tokens before those of the code

  [[nodiscard]] bool has() const { return tables != nullptr; }
  [[nodiscard]] std::uint64_t positions() const { return discrete + tables->positions; }
};

/// place(bytes) says which section comes next.
template <class Place>
ChunkCodeHeader plan(const ChunkCodeParts& parts, Place& place) noexcept {
  const chunk_code::Tables& t = *parts.tables;
  ChunkCodeHeader header;
  header.kind = t.kind;
  header.positions = static_cast<std::uint32_t>(parts.positions());
  header.terms = static_cast<std::uint32_t>(t.terms);
  header.min_token = t.min_token;
  header.scale = t.scale;
  header.matrices = place(t.matrices.size_bytes());
  header.matrix_of = place(t.matrix_of.size_bytes());
  header.offset = place(t.offset.size_bytes());
  header.factor = place(t.factor.size_bytes());
  header.token_begins = place(t.tokens.begins.size_bytes());
  header.token_bytes = place(t.tokens.bytes.size_bytes());
  header.codes = place(t.codes.size_bytes());
  return header;
}

/// put(section, from) writes one section. at: where the header stands.
template <class Put>
void write(const ChunkCodeHeader& header, const ChunkCodeParts& parts, std::byte* at, const Put& put) noexcept {
  const chunk_code::Tables& t = *parts.tables;
  std::memcpy(at, &header, sizeof header);
  put(header.matrices, t.matrices.data());
  put(header.matrix_of, t.matrix_of.data());
  put(header.offset, t.offset.data());
  put(header.factor, t.factor.data());
  put(header.token_begins, t.tokens.begins.data());
  put(header.token_bytes, t.tokens.bytes.data());
  put(header.codes, t.codes.data());
}

}  // namespace pianola::image
