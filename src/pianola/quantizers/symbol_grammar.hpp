// Which symbols a sequence of byte-level tokens spells, and which tokens may follow so that it spells a given number.
//
// A token is a string of bytes, and may end in the middle of a symbol's UTF-8: symbol_reader.hpp reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pianola/quantizers/byte_level_bpe.hpp"
#include "pianola/quantizers/symbol_reader.hpp"

namespace pianola {

class SymbolGrammar {
 public:
  /// @throws DataError if no sequence of tokens spells a whole symbol.
  explicit SymbolGrammar(const ByteLevelBpe& bpe);

  struct Spelled {
    std::size_t symbols = 0;       ///< written to `out`
    std::size_t surplus = 0;       ///< symbols that `out` has no room for
    std::size_t unknown = 0;       ///< ids that no token has
    std::size_t broken_bytes = 0;  ///< of symbols that are not well-formed
    bool exact = false;            ///< all tokens known, well-formed, and as many symbols as `out` has room for
  };
  /// Total. Writes the first out.size() symbols that the tokens spell. An id that no token has is skipped; each maximal
  /// part of a symbol that is not well-formed becomes one `substitute`, as lossy decoding of UTF-8 does.
  Spelled spell(std::span<const Token> tokens, std::uint32_t substitute, std::span<std::uint32_t> out) const noexcept;

  /// Which tokens may follow `prefix` so that the sequence can still spell exactly `symbols` symbols with at most
  /// `budget` tokens in all. mask: [tokens]; none if the prefix is complete or cannot be completed.
  /// Cost: a few ns a token of the prefix, about 1 ns a token of the mask.
  void allowed(std::span<const Token> prefix, std::size_t symbols, std::size_t budget,
               std::span<bool> mask) const noexcept;

  /// Tokens that any symbol takes at most when it is spelled token by token: budgets of `symbols` times this always do.
  [[nodiscard]] std::size_t tokens_per_symbol() const { return finish_[spelling::kBetween]; }

  /// The tokens as strings of bytes; refers to this.
  [[nodiscard]] spelling::TokenBytes tokens() const { return {begins_, bytes_}; }

 private:
  std::vector<std::uint32_t> begins_{0};        // [tokens + 1]
  std::vector<std::uint8_t> bytes_;             // of all tokens
  std::vector<spelling::Step> steps_;           // [states × tokens]
  std::vector<std::uint32_t> whole_;            // symbols of tokens that spell whole ones, one token after the other
  std::vector<std::uint32_t> whole_begins_{0};  // [tokens + 1]; equal where a token spells none or parts
  spelling::Finish finish_{};
};

}  // namespace pianola
