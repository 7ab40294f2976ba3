#include "pianola/quantizers/symbol_grammar.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "pianola/base/error.hpp"
#include "property.hpp"

namespace pianola::testing {
namespace {

std::u32string bytes(std::string_view text) {
  std::u32string out;
  for (const char byte : text) out.push_back(byte_character(static_cast<std::uint8_t>(byte)));
  return out;
}

/// Letters, parts of symbols of two to four bytes, and an id without a token.
ByteLevelBpe parts() {
  return ByteLevelBpe(BpeModel{
      {bytes("a"), bytes("aab"), bytes("\xC5"), bytes("\xA2"), bytes("\xA2\xC5"), U"", bytes("\xE2\x82"), bytes("\xAC"),
       bytes("b\xF0\x9F"), bytes("\x98"), bytes("\x80"), bytes("\xC5\xA2"), bytes("\xED"), bytes("\xFF"), U"\u0020"},
      {}});
}

std::vector<std::uint32_t> spell(const SymbolGrammar& grammar, const std::vector<Token>& tokens, std::size_t room,
                                 bool* exact = nullptr) {
  std::vector<std::uint32_t> out(room);
  const auto spelled = grammar.spell(tokens, '?', out);
  if (exact != nullptr) *exact = spelled.exact;
  out.resize(spelled.symbols);
  return out;
}

std::vector<bool> allowed(const SymbolGrammar& grammar, const std::vector<Token>& prefix, std::size_t symbols,
                          std::size_t budget, std::size_t vocabulary) {
  const auto mask = std::make_unique<bool[]>(vocabulary);
  grammar.allowed(prefix, symbols, budget, {mask.get(), vocabulary});
  return std::vector<bool>(mask.get(), mask.get() + vocabulary);
}

TEST(SymbolGrammar, PartsOfSymbolsComeTogether) {
  const SymbolGrammar grammar(parts());
  bool exact = false;
  EXPECT_EQ(spell(grammar, {1, 2, 4, 3, 6, 7, 8, 9, 10, 14}, 9, &exact),
            (std::vector<std::uint32_t>{'a', 'a', 'b', 0x162, 0x162, 0x20AC, 'b', 0x1F600, ' '}));
  EXPECT_TRUE(exact);
  EXPECT_EQ(grammar.tokens_per_symbol(), 1U);
}

TEST(SymbolGrammar, WhatIsNotWellFormedIsSubstituted) {
  const SymbolGrammar grammar(parts());
  bool exact = true;
  EXPECT_EQ(spell(grammar, {2, 0}, 2, &exact), (std::vector<std::uint32_t>{'?', 'a'}));
  EXPECT_FALSE(exact);
  EXPECT_EQ(spell(grammar, {6, 0, 3, 13, 12}, 9), (std::vector<std::uint32_t>{'?', 'a', '?', '?', '?'}));
  EXPECT_EQ(spell(grammar, {12, 3}, 9), (std::vector<std::uint32_t>{'?', '?'}));  // ED A2: half a surrogate
  EXPECT_EQ(spell(grammar, {5, 99, 0}, 1, &exact), (std::vector<std::uint32_t>{'a'}));
  EXPECT_FALSE(exact);
  EXPECT_EQ(spell(grammar, {1}, 2, &exact), (std::vector<std::uint32_t>{'a', 'a'}));
  EXPECT_FALSE(exact);
  EXPECT_TRUE(spell(grammar, {}, 3).empty());
}

TEST(SymbolGrammar, WhatWasRepairedIsCounted) {
  const SymbolGrammar grammar(parts());
  const auto counts = [&](const std::vector<Token>& tokens, std::size_t room) {
    std::vector<std::uint32_t> out(room);
    const auto spelled = grammar.spell(tokens, '?', out);
    return std::vector<std::size_t>{spelled.symbols, spelled.surplus, spelled.unknown, spelled.broken_bytes};
  };
  using Counts = std::vector<std::size_t>;
  EXPECT_EQ(counts({1}, 3), (Counts{3, 0, 0, 0}));
  EXPECT_EQ(counts({1, 0}, 9), (Counts{4, 0, 0, 0}));
  EXPECT_EQ(counts({1, 0}, 2), (Counts{2, 2, 0, 0}));
  EXPECT_EQ(counts({0, 99, 5}, 1), (Counts{1, 0, 2, 0})) << "5 has no bytes";
  EXPECT_EQ(counts({6, 0, 13}, 3), (Counts{3, 0, 0, 3})) << "E2 82 | a | FF";
  EXPECT_EQ(counts({8, 9}, 2), (Counts{2, 0, 0, 3})) << "b | F0 9F 98 and no more";
  EXPECT_EQ(counts({2, 2, 3}, 1), (Counts{1, 1, 0, 1})) << "C5 | C5 A2";
}

TEST(SymbolGrammar, MasksNeverLeadToADeadEnd) {
  const ByteLevelBpe bpe = parts();
  const SymbolGrammar grammar(bpe);
  test::property("any allowed sequence spells the number", [&] {
    const std::size_t symbols = *rc::gen::inRange<std::size_t>(1, 12);
    const std::size_t budget = symbols + *rc::gen::inRange<std::size_t>(0, 12);
    std::vector<Token> prefix;
    while (true) {
      const auto mask = allowed(grammar, prefix, symbols, budget, bpe.size());
      std::vector<Token> choices;
      for (Token token = 0; token < mask.size(); ++token) {
        if (mask[token]) choices.push_back(token);
      }
      if (choices.empty()) break;
      prefix.push_back(*rc::gen::elementOf(choices));
    }
    bool exact = false;
    RC_ASSERT(spell(grammar, prefix, symbols, &exact).size() == symbols);
    RC_ASSERT(exact);
    RC_ASSERT(prefix.size() <= budget);
  });
}

TEST(SymbolGrammar, MaskAllowsWhateverCanBeCompleted) {
  const ByteLevelBpe bpe = parts();
  const SymbolGrammar grammar(bpe);
  const auto first = allowed(grammar, {}, 2, 9, bpe.size());
  EXPECT_EQ(first, (std::vector<bool>{true, false, true, false, false, false, true, false, true, false, false, true,
                                      true, false, true}));
  const auto last = allowed(grammar, {0}, 2, 2, bpe.size());  // one token left for one symbol
  EXPECT_EQ(last, (std::vector<bool>{true, false, false, false, false, false, false, false, false, false, false, true,
                                     false, false, true}));
  const std::vector<bool> none(bpe.size(), false);
  EXPECT_EQ(allowed(grammar, {0, 0}, 2, 9, bpe.size()), none);  // complete
  EXPECT_EQ(allowed(grammar, {3}, 2, 9, bpe.size()), none);     // cannot be completed
  EXPECT_EQ(allowed(grammar, {77}, 2, 9, bpe.size()), none);    // unknown
  EXPECT_EQ(allowed(grammar, {2, 0}, 2, 9, bpe.size()), none);
}

TEST(SymbolGrammar, SomethingMustSpellASymbol) {
  EXPECT_THROW(SymbolGrammar(ByteLevelBpe(BpeModel{{bytes("\xC5"), bytes("\xC5\xC5")}, {}})), DataError);
  EXPECT_EQ(SymbolGrammar(ByteLevelBpe(BpeModel{{bytes("\xE2"), bytes("\x82")}, {}})).tokens_per_symbol(), 3U);
}

}  // namespace
}  // namespace pianola::testing
