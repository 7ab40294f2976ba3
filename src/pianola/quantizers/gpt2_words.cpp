#include "pianola/quantizers/gpt2_words.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>

#include "pianola/quantizers/gpt2_classes.hpp"

namespace pianola {
namespace {

using Text = std::span<const std::uint32_t>;

constexpr std::uint32_t kTable = 4096;
constexpr std::uint32_t kSpace = ' ', kApostrophe = '\'';

std::array<Gpt2Class, kTable> make_table() {
  std::array<Gpt2Class, kTable> table{};
  for (std::uint32_t c = 0; c < kTable; ++c) table[c] = gpt2_class(c);
  return table;
}

const std::array<Gpt2Class, kTable> kClasses = make_table();

Gpt2Class class_of(std::uint32_t c) { return c < kTable ? kClasses[c] : gpt2_class(c); }

/// Characters of the contraction that begins with the apostrophe at `at`, or 0.
std::size_t contraction(Text text, std::size_t at) {
  const auto follows = [&](std::size_t i, char c) { return at + i < text.size() && text[at + i] == std::uint32_t(c); };
  for (const char c : {'s', 't', 'm', 'd'}) {
    if (follows(1, c)) return 2;
  }
  for (const char* two : {"re", "ve", "ll"}) {
    if (follows(1, two[0]) && follows(2, two[1])) return 3;
  }
  return 0;
}

std::size_t run_end(Text text, std::size_t at, Gpt2Class kind) {
  while (at < text.size() && class_of(text[at]) == kind) ++at;
  return at;
}

/// The end of the word that begins at `at`.
std::size_t word_end(Text text, std::size_t at) {
  if (text[at] == kApostrophe) {
    if (const std::size_t size = contraction(text, at); size > 0) return at + size;
  }
  const bool blank_before = text[at] == kSpace && at + 1 < text.size();
  const std::size_t first = blank_before && class_of(text[at + 1]) != Gpt2Class::space ? at + 1 : at;
  const Gpt2Class kind = class_of(text[first]);
  const std::size_t end = run_end(text, first, kind);
  // White space leaves its last character to the word behind it, unless it is the only one.
  return kind == Gpt2Class::space && end < text.size() ? std::max(end - 1, at + 1) : end;
}

}  // namespace

void gpt2_words(Text text, std::span<std::uint8_t> begins) noexcept {
  assert(begins.size() == text.size());
  std::fill(begins.begin(), begins.end(), std::uint8_t{0});
  for (std::size_t at = 0; at < text.size(); at = word_end(text, at)) begins[at] = 1;
}

}  // namespace pianola
