// The inputs of tools/oracles/fast_tokens.py, and how it writes tokens.
#pragma once

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pianola/quantizers/quantizer.hpp"

namespace pianola::testing {

inline std::uint32_t hash24(std::uint32_t x) {
  x = (x ^ (x >> 16)) * 0x7FEB352DU;
  x = (x ^ (x >> 15)) * 0x846CA68BU;
  return (x ^ (x >> 16)) >> 8;
}

/// A text of 1 … longest symbols that a pre-tokenizer may stumble over.
inline std::vector<std::uint32_t> golden_text(std::uint32_t number, std::uint32_t longest) {
  constexpr std::uint32_t kSpecial[] = {39,     115,    116,    114,    101,    118,     109,     108,      100,
                                        32,     9,      10,     13,     133,    160,     173,     178,      188,
                                        233,    255,    256,    300,    323,    324,     500,     0x660,    0x1680,
                                        0x2003, 0x2028, 0x3000, 0x4E00, 0xFFFD, 0x10000, 0x1F600, 0x10FFFF, 0};
  constexpr std::uint32_t kFew[] = {32, 39, 48, 97, 115, 116};
  const auto h = [&](std::uint32_t i) { return hash24(64 * number + i); };
  std::vector<std::uint32_t> text(1 + h(1) % longest);
  for (std::uint32_t i = 0; i < text.size(); ++i) {
    const std::uint32_t v = h(2 + i);
    const std::uint32_t choices[] = {v % 300, 45 + v % 14, kSpecial[v % 36], kFew[v % 6]};
    text[i] = choices[h(0) % 4];
  }
  return text;
}

struct GoldenWalk {
  std::uint32_t number = 0, count = 0, horizon = 0, dim = 0;
  int step = 0, limit = 0;
};

/// Random walks on multiples of 1/1024, [count × horizon × dim].
inline std::vector<float> golden_chunks(const GoldenWalk& walk) {
  std::vector<float> out(std::size_t{walk.count} * walk.horizon * walk.dim);
  std::vector<int> at(walk.dim);
  for (std::uint32_t i = 0; i < out.size(); ++i) {
    const auto h = static_cast<int>(hash24(i + walk.number * 20'000'000U));
    int& v = at[i % walk.dim];
    if (i / walk.dim % walk.horizon == 0) v = h % (2 * walk.limit + 1) - walk.limit;
    v = std::clamp(v + h % (2 * walk.step + 1) - walk.step, -walk.limit, walk.limit);
    out[i] = static_cast<float>(v) / 1024.0F;
  }
  return out;
}

constexpr std::string_view kBase64 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-";

inline std::string base64(std::span<const Token> tokens) {
  std::string out;
  for (const Token token : tokens) {
    out.push_back(kBase64[token / 64 % 64]);
    out.push_back(kBase64[token % 64]);
  }
  return out;
}

/// A golden file behind its comment.
inline std::ifstream open_golden(const std::string& path) {
  std::ifstream file(path);
  for (std::string line; file.peek() == '#';) std::getline(file, line);
  return file;
}

}  // namespace pianola::testing
