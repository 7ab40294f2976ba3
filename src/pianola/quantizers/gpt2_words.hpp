// Where GPT-2's pre-tokenizer cuts a text into words:
//
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//
// the leftmost match of the first alternative that matches, again and again. Every character belongs to a word. FAST
// puts numbers into characters, so that a symbol's class is an accident of its code point: 48 … 57 are digits, and no
// merge of byte pairs crosses from them to their neighbours.
// Source: Radford et al., GPT-2 (`encoder.py`); Hugging Face `tokenizers`, pre-tokenizer ByteLevel with use_regex.
#pragma once

#include <cstdint>
#include <span>

namespace pianola {

/// text: [n] code points (any numbers). begins: [n]; 1 where a word begins, else 0.
/// Cost: one pass, a table look-up a character below 4,096; no allocation.
void gpt2_words(std::span<const std::uint32_t> text, std::span<std::uint8_t> begins) noexcept;

}  // namespace pianola
