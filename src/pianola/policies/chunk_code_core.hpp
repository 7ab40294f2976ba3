// Decoding of tokens that stand for several numbers of a chunk (quantizers/chunk_code.hpp) by tables in place: what the
// real-time runtime does with the schemes `fast`, `beast`, `kmeans`, `kdisks` and `rvq`. The same bits as theirs.
//
// No exceptions, no allocation: tables and memory belong to the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pianola/policies/runtime_buffers.hpp"
#include "pianola/quantizers/chunk_code.hpp"
#include "pianola/quantizers/symbol_reader.hpp"

namespace pianola::chunk_code {

inline constexpr std::size_t kMostSteps = 1024, kMostTerms = 1024;  // of products along a chunk's steps
inline constexpr double kLargestNumber = 1e38;                      // of tables: no sum of products overflows
inline constexpr std::int32_t kLargestMinToken = 1 << 30;

/// The numbers and tables of a ChunkCode, by address.
struct Tables {
  ChunkCodeKind kind = ChunkCodeKind::fast;
  std::size_t chunk = 0, dim = 0, terms = 0, positions = 0;  ///< positions: of tokens at most
  std::span<const double> matrices;
  std::span<const std::uint32_t> matrix_of;
  std::span<const double> offset, factor;
  std::span<const float> codes;
  double scale = 1.0;
  std::int32_t min_token = 0;
  spelling::TokenBytes tokens;

  [[nodiscard]] std::size_t values() const { return chunk * dim; }
  /// Of one.
  [[nodiscard]] std::size_t matrix_size() const;
  /// Whether sequences end where they have spelled all symbols, and a grammar says which tokens may follow.
  [[nodiscard]] bool varies() const { return kind == ChunkCodeKind::fast; }
  /// Whether each token stands for a code, and how many numbers one has.
  [[nodiscard]] bool has_codes() const { return kind == ChunkCodeKind::joint || has_layers(); }
  [[nodiscard]] bool has_layers() const { return kind == ChunkCodeKind::residual; }
  [[nodiscard]] std::size_t code_width() const { return (has_layers() ? chunk : terms) * dim; }
};

/// Whether every size, index and number is one that decoding can work with, and a whole sequence can be spelled.
/// vocabularies: [positions]. Cost: reads the tables, eight times the bytes of the tokens.
bool is_sound(const Tables& tables, std::span<const std::uint32_t> vocabularies) noexcept;

/// One decision's tokens, and what they stand for.
class Decoder {
 public:
  Decoder() = default;
  /// Takes its memory of `buffers`; if they only count, nothing else may be called. tables: sound; outlive this.
  Decoder(const Tables& tables, RuntimeBuffers& buffers) noexcept;
  /// What never changes in that memory; once.
  void prepare() noexcept;

  /// A new sequence.
  void begin() noexcept;
  /// Whether it goes on; if so, and it varies in length, admitted() says with which tokens.
  /// Cost: about 1 ns a token of the vocabulary.
  bool goes_on() noexcept;
  [[nodiscard]] std::span<const bool> admitted() const { return {admitted_, tables_->tokens.size()}; }
  void append(std::uint32_t token) noexcept;
  /// The chunk that the sequence stands for: [chunk × dim], finite. Total: of codes a token beyond the last one counts
  /// as that, a missing one as the first. Cost: 2·chunk·terms·dim flops a matrix; of codes a copy for each token.
  void decode(float* chunk) noexcept;

 private:
  std::size_t place_integers() noexcept;
  void place_weights() noexcept;
  [[nodiscard]] const float* code_at(std::size_t p) const noexcept;
  void copy_codes(float* chunk) const noexcept;
  void add_codes(float* chunk) const noexcept;
  [[nodiscard]] spelling::Grammar grammar() const noexcept { return {steps_, tables_->tokens.size(), finish_}; }

  const Tables* tables_ = nullptr;
  spelling::Finish finish_{};
  spelling::Place place_;
  std::size_t length_ = 0;
  std::uint32_t* sequence_ = nullptr;  // [positions]
  double* coefficients_ = nullptr;     // [terms × stride]
  double* sums_ = nullptr;             // [step_product::result_size]
  spelling::Step* steps_ = nullptr;    // [states × tokens]
  bool* admitted_ = nullptr;           // [tokens]
  std::uint32_t* symbols_ = nullptr;   // [chunk × dim]
};

}  // namespace pianola::chunk_code
