// The three classes of characters that GPT-2's pre-tokenizer tells apart: \p{L}, \p{N} and \s of its regular
// expression, by code point, as Hugging Face `tokenizers` (Oniguruma) has them.
#pragma once

#include <cstdint>

namespace pianola {

enum class Gpt2Class : std::uint8_t { other, letter, number, space };

/// Any number; what is no code point is `other`. Cost: a binary search in about 1,600 runs.
Gpt2Class gpt2_class(std::uint32_t code_point) noexcept;

}  // namespace pianola
