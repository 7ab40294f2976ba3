// Also built and run where the runtime stands alone.
#include "pianola/quantizers/symbol_reader.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace pianola {
namespace {

using spelling::kBetween;
using spelling::kNever;
using spelling::kStates;

/// Tokens, the tables of their grammar, and the memory of both.
struct Toy {
  explicit Toy(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      bytes.insert(bytes.end(), text.begin(), text.end());
      begins.push_back(static_cast<std::uint32_t>(bytes.size()));
    }
    steps.resize(kStates * texts.size());
    spelling::plan_steps(tokens(), steps);
  }
  [[nodiscard]] spelling::TokenBytes tokens() const { return {begins, bytes}; }
  [[nodiscard]] spelling::Grammar grammar() const {
    return {steps.data(), tokens().size(), spelling::plan_finish(tokens())};
  }
  /// Tokens that may follow, for a chunk of so many symbols.
  [[nodiscard]] std::vector<std::uint32_t> allowed(const std::vector<std::uint32_t>& prefix, std::size_t symbols,
                                                   std::size_t budget) const {
    spelling::Place place;
    for (const std::uint32_t token : prefix) grammar().advance(place, token);
    const auto mask = std::make_unique<bool[]>(tokens().size());
    const bool any = grammar().allowed(place, symbols, budget, {mask.get(), tokens().size()});
    std::vector<std::uint32_t> out;
    for (std::uint32_t token = 0; token < tokens().size(); ++token) {
      if (mask[token]) out.push_back(token);
    }
    EXPECT_EQ(any, !out.empty());
    return out;
  }
  std::vector<std::uint32_t> begins{0};
  std::vector<std::uint8_t> bytes;
  std::vector<spelling::Step> steps;
};

using Tokens = std::vector<std::uint32_t>;

TEST(SymbolReader, ReadsEveryLengthOfSymbol) {
  const std::string text = "a\xC5\xA2\xE2\x82\xAC\xF0\x9F\x98\x80";
  std::vector<std::uint32_t> out(4);
  SymbolReader reader('?', out);
  reader.read({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  EXPECT_EQ(out, (std::vector<std::uint32_t>{'a', 0x162, 0x20AC, 0x1F600}));
  EXPECT_EQ(reader.symbols(), 4U);
  EXPECT_EQ(reader.broken_bytes(), 0U);
  EXPECT_TRUE(reader.is_between());
}

TEST(SymbolReader, WhatIsNoSymbolIsSubstitutedOnce) {
  std::vector<std::uint32_t> out(3);
  SymbolReader reader('?', out);
  const std::vector<std::uint8_t> bytes{0xE2, 0x82, 'a', 0xFF, 'b', 0xC5};
  reader.read(bytes);
  EXPECT_FALSE(reader.is_between());
  reader.finish();
  EXPECT_EQ(out, (std::vector<std::uint32_t>{'?', 'a', '?'}));
  EXPECT_EQ(reader.symbols(), 5U) << "those without room are counted";
  EXPECT_EQ(reader.broken_bytes(), 4U);
}

TEST(SymbolReader, KnownSymbolsCountAsRead) {
  std::vector<std::uint32_t> out(2);
  SymbolReader reader(0, out);
  const std::vector<std::uint32_t> known{7, 8, 9};
  reader.write(known);
  reader.write(known);
  EXPECT_EQ(out, (std::vector<std::uint32_t>{7, 8}));
  EXPECT_EQ(reader.symbols(), 6U);
}

TEST(SymbolReader, FinishIsTheShortestWayOut) {
  const Toy toy({"a", "\xE2", "\x82", "\xAC", ""});
  const auto finish = spelling::plan_finish(toy.tokens());
  EXPECT_EQ(finish[kBetween], 1U);
  EXPECT_EQ(finish[spelling::walk(kBetween, std::vector<std::uint8_t>{0xE2}).state], 2U);
  EXPECT_EQ(spelling::plan_finish(Toy({"\xE2", "\x82"}).tokens())[kBetween], 3U);
  EXPECT_EQ(spelling::plan_finish(Toy({"\xE2", "ab"}).tokens())[kBetween], kNever);
  EXPECT_EQ(spelling::walk(kBetween, {}).state, spelling::kReject) << "an empty token leads nowhere";
}

TEST(SymbolReader, OnlyWhatCanStillBeSpelledMayFollow) {
  const Toy toy({"a", "aa", "\xC5", "\xA2", "\xA2\xC5", ""});
  EXPECT_EQ(toy.allowed({}, 2, 4), (Tokens{0, 1, 2}));
  EXPECT_EQ(toy.allowed({0}, 2, 4), (Tokens{0, 2})) << "aa would be a third symbol";
  EXPECT_EQ(toy.allowed({0, 2}, 2, 4), (Tokens{3}));
  EXPECT_EQ(toy.allowed({2}, 2, 4), (Tokens{3, 4}));
  EXPECT_EQ(toy.allowed({0}, 2, 2), (Tokens{0})) << "no token is left for the rest of C5 A2";
  EXPECT_EQ(toy.allowed({0, 0}, 2, 4), Tokens{}) << "complete";
  EXPECT_EQ(toy.allowed({3}, 2, 4), Tokens{}) << "cannot be completed";
  EXPECT_EQ(toy.allowed({99}, 2, 4), Tokens{});
}

}  // namespace
}  // namespace pianola
