// Byte-level byte-pair encoding (BPE) as GPT-2 and Hugging Face `tokenizers` do it, over symbols that are numbers.
//
//   symbols → words (gpt2_words.hpp) → UTF-8 bytes → the token of each byte → merges
//
// Within a word, the adjacent pair of tokens whose merge has the lowest rank becomes one token, the leftmost first,
// until no adjacent pair has a merge. A token's text stands in a file with one printable character for each byte.
//
// Traps of the original, kept bit for bit:
//   * A byte without a token is dropped without a word; its neighbours become adjacent (representable() tells).
//   * Merges never cross a word's end, and words depend on code points (gpt2_words.hpp).
//   * A symbol from 128 on is two or more bytes, which may end up in different tokens.
//   * If one pair stands twice in the list of merges, the later rank counts.
//   * Characters of a token that stand for no byte (an initial alphabet is not mapped to them) decode to their own
//     UTF-8 bytes, but nothing ever encodes to such a token.
// Source: Sennrich, Haddow, Birch, ACL 2016; huggingface/tokenizers, models/bpe and pre_tokenizers/byte_level.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

/// A vocabulary and its merges, as a tokenizer file has them.
struct BpeModel {
  std::vector<std::u32string> tokens;        ///< by id: one character a byte; "": no token has this id
  std::vector<std::array<Token, 2>> merges;  ///< by rank: the pair of ids; its product is the token of both texts
  bool operator==(const BpeModel&) const = default;
};

/// Code points end here; surrogates are none.
inline constexpr std::uint32_t kCodePoints = 0x110000;
constexpr bool is_code_point(std::uint32_t c) { return c < 0xD800 || (c >= 0xE000 && c < kCodePoints); }

/// Bytes of a code point in UTF-8: 1 … 4.
constexpr std::size_t utf8_size(std::uint32_t c) { return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4; }
/// Writes them; returns their number. out: room for 4.
std::size_t write_utf8(std::uint32_t code_point, std::uint8_t* out) noexcept;

/// The character that stands for a byte: itself where it is printable in Latin-1, else 256 and following.
char32_t byte_character(std::uint8_t byte) noexcept;
/// The byte that a character stands for.
std::optional<std::uint8_t> character_byte(char32_t character) noexcept;
/// The bytes that a token's text decodes to.
std::string token_bytes(const std::u32string& text);

class BpeWorkspace;

class ByteLevelBpe {
 public:
  static constexpr std::size_t kMaxTokens = 65000;

  /// words: whether the text is cut into words first. @throws DataError if tokens are none or too many, repeat, or hold
  /// what is no code point; or if a merge names an id or makes a text that is no token.
  explicit ByteLevelBpe(BpeModel model, bool words = true);

  [[nodiscard]] const BpeModel& model() const { return model_; }
  [[nodiscard]] bool words() const { return words_; }
  [[nodiscard]] std::size_t size() const { return model_.tokens.size(); }  ///< ids are below it

  /// Whether encoding keeps the symbol: it is a code point and each of its bytes has a token.
  [[nodiscard]] bool representable(std::uint32_t symbol) const noexcept;

  /// symbols: code points. Writes the tokens and returns their number, at most that of the symbols' bytes, for which
  /// `tokens` must have room. Cost: about 10 ns a symbol; allocates only when `workspace` meets a longer text.
  std::size_t encode(std::span<const std::uint32_t> symbols, BpeWorkspace& workspace, std::span<Token> tokens) const;

  /// The slow, obvious reference of encode(): looks for the lowest rank again after every merge.
  [[nodiscard]] std::vector<Token> encode_reference(std::span<const std::uint32_t> symbols) const;

 private:
  friend class BpeWorkspace;
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  struct Merge {
    std::uint16_t left, right, product;
    bool early;  // some merge of its product has a lower rank than its own
  };
  struct Slot {
    std::uint32_t pair = kNone, rank = 0;
  };
  void index_bytes();
  void index_merges();
  void index_runs();
  void set_rank(std::uint32_t pair, std::uint32_t rank);
  /// Rank of the merge of two tokens, or kNone.
  [[nodiscard]] std::uint32_t rank(std::uint32_t left, std::uint32_t right) const {
    const std::uint32_t pair = left << 16 | right;
    for (std::size_t at = (pair * 0x9E3779B1U) >> shift_;; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].pair == pair) return slots_[at].rank;
      if (slots_[at].pair == kNone) return kNone;
    }
  }

  BpeModel model_;
  bool words_;
  std::array<std::uint16_t, 256> byte_tokens_{};  // kNoToken: absent
  std::vector<Merge> merges_;                     // by rank
  std::vector<Slot> slots_;                       // open addressing; a power of two, at most half full
  int shift_ = 32;
  std::uint32_t run_symbol_ = 0;          // z, where the first merges make z, zz, zzzz, …
  std::vector<std::uint16_t> doublings_;  // these; or none
};

/// Scratch of encode(): belongs to one thread at a time.
class BpeWorkspace {
 public:
  explicit BpeWorkspace(const ByteLevelBpe& bpe);

 private:
  friend class ByteLevelBpe;
  static constexpr std::uint32_t kNone = ByteLevelBpe::kNone;

  void load(const ByteLevelBpe& bpe, std::span<const std::uint32_t> symbols);
  bool load(const ByteLevelBpe& bpe, std::span<const std::uint32_t> symbols, bool runs);  // false: a byte was dropped
  void reserve(std::size_t symbols);
  void append(std::uint16_t token);
  void append_run(const ByteLevelBpe& bpe, std::size_t length);
  bool append_bytes(const ByteLevelBpe& bpe, std::uint32_t symbol);
  void queue_all(const ByteLevelBpe& bpe);
  void queue(std::uint32_t rank, std::uint32_t node);
  void queue_neighbours(const ByteLevelBpe& bpe);
  [[nodiscard]] std::uint32_t lowest_rank() const;
  void take(std::uint32_t rank);
  bool merge_at(const ByteLevelBpe::Merge& merge, std::uint32_t node);
  void merge_all(const ByteLevelBpe& bpe, std::uint32_t rank);

  struct Entry {
    std::uint32_t node, next;
  };
  struct Bucket {
    std::uint32_t first = kNone, last = kNone;
  };
  bool begins_word_ = true;                     // the next node does
  std::uint32_t size_ = 0;                      // nodes
  std::vector<std::uint8_t> begins_;            // [symbols]
  std::vector<std::uint16_t> tokens_;           // of each node; kDead: merged into one on its left
  std::vector<std::uint32_t> previous_, next_;  // nodes of the same word, or kNone
  std::vector<Entry> entries_;                  // lists of nodes: those whose pair with the next has a rank
  std::vector<Bucket> buckets_;                 // the list of each rank
  std::vector<std::uint64_t> full_, any_full_;  // which ranks have entries; which words of full_ are not 0
  std::vector<std::uint32_t> taken_, merged_;   // nodes
};

}  // namespace pianola
