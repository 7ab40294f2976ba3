// Bytes of UTF-8 to symbols, and which tokens – strings of such bytes – may follow one another so that they spell a
// given number of symbols. A token may end in the middle of a symbol. No exceptions, no allocation: tables lie in
// memory of the caller, for SymbolGrammar and for the real-time runtime alike.
//
// The automaton of well-formed UTF-8 has eight states (Unicode standard, table 3-7): between symbols; one, two or three
// bytes of 80 … BF missing; behind E0, ED, F0, F4, which narrow the byte that follows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pianola {

namespace spelling {

inline constexpr std::uint8_t kBetween = 0, kStates = 8, kReject = 8;
inline constexpr std::uint32_t kNever = 0xFFFFFFFF;

/// Where a byte leads.
std::uint8_t next_state(std::uint8_t state, std::uint8_t byte) noexcept;

/// Where a string of bytes leads, and how many symbols it completes on the way.
struct Step {
  std::uint8_t state = kReject;
  std::uint32_t symbols = 0;
};
Step walk(std::uint8_t state, std::span<const std::uint8_t> bytes) noexcept;

/// Tokens as strings of bytes, one behind the other; an empty one is no token.
struct TokenBytes {
  std::span<const std::uint32_t> begins;  ///< [tokens + 1], ascending
  std::span<const std::uint8_t> bytes;    ///< [begins of the last]

  [[nodiscard]] std::size_t size() const { return begins.empty() ? 0 : begins.size() - 1; }
  [[nodiscard]] std::span<const std::uint8_t> of(std::uint32_t token) const {
    return bytes.subspan(begins[token], begins[token + 1] - begins[token]);
  }
};

/// How many tokens complete the symbol that a state is in; of kBetween: that make up a whole one. kNever: none do.
using Finish = std::array<std::uint32_t, kStates>;
/// Cost: eight times the bytes.
Finish plan_finish(const TokenBytes& tokens) noexcept;
/// What each token does in each state: [states × tokens].
void plan_steps(const TokenBytes& tokens, std::span<Step> steps) noexcept;

/// Where a sequence of tokens stands.
struct Place {
  std::uint8_t state = kBetween;
  std::size_t symbols = 0, tokens = 0;
};

/// What may follow. steps: as plan_steps made them, and outlive this.
struct Grammar {
  const Step* steps = nullptr;
  std::size_t tokens = 0;
  Finish finish{};

  void advance(Place& place, std::uint32_t token) const noexcept;
  /// Which tokens may come next so that the sequence can still spell exactly `symbols` symbols with at most `budget`
  /// tokens in all. mask: [tokens]; none if it is complete or cannot be completed. Returns whether any is admitted.
  /// Cost: about 1 ns a token.
  bool allowed(const Place& place, std::size_t symbols, std::size_t budget, std::span<bool> mask) const noexcept;
};

}  // namespace spelling

/// Writes the symbols that bytes spell. Total: each maximal part of a symbol that is not well-formed becomes one
/// `substitute`, as lossy decoding of UTF-8 does.
class SymbolReader {
 public:
  SymbolReader(std::uint32_t substitute, std::span<std::uint32_t> out) noexcept : substitute_(substitute), out_(out) {}

  void read(std::span<const std::uint8_t> bytes) noexcept;
  /// A symbol that has begun and not ended is none.
  void finish() noexcept;
  /// Symbols that are known already, if the reader stands between symbols.
  void write(std::span<const std::uint32_t> symbols) noexcept;

  [[nodiscard]] bool is_between() const { return state_ == spelling::kBetween; }
  /// More than there is room for are counted.
  [[nodiscard]] std::size_t symbols() const { return symbols_; }
  [[nodiscard]] std::size_t broken_bytes() const { return broken_bytes_; }

 private:
  void write(std::uint32_t symbol) noexcept;
  void reject(std::size_t bytes) noexcept;
  void read(std::uint8_t byte) noexcept;

  std::uint32_t substitute_;
  std::span<std::uint32_t> out_;
  std::size_t symbols_ = 0;
  std::uint8_t state_ = spelling::kBetween;
  std::uint32_t partial_ = 0;
  std::size_t pending_ = 0, broken_bytes_ = 0;  // bytes of the symbol that has begun; of those that were rejected
};

}  // namespace pianola
