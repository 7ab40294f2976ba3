#include "pianola/quantizers/byte_level_bpe.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/quantizers/bpe_trainer.hpp"
#include "pianola/quantizers/symbol_grammar.hpp"
#include "pianola/quantizers/tokenizer_json.hpp"
#include "property.hpp"
#include "quantizers/fast_golden.hpp"

namespace pianola::testing {
namespace {

std::vector<Token> encode(const ByteLevelBpe& bpe, std::span<const std::uint32_t> symbols) {
  BpeWorkspace workspace(bpe);
  std::vector<Token> tokens(4 * symbols.size());
  tokens.resize(bpe.encode(symbols, workspace, tokens));
  return tokens;
}

std::string spelled(const SymbolGrammar& grammar, std::span<const Token> tokens) {
  std::vector<std::uint32_t> symbols(4000);
  symbols.resize(grammar.spell(tokens, 0xFFFD, symbols).symbols);
  std::uint32_t hash = 0;
  for (const std::uint32_t symbol : symbols) hash = hash * 31 + symbol;
  char text[32];
  std::snprintf(text, sizeof text, "%zu:%x", symbols.size(), hash);
  return text;
}

TEST(ByteLevelBpe, GoldenTokensAndTexts) {
  std::ifstream golden = open_golden(PIANOLA_GOLDEN);
  const auto folder = std::filesystem::path(PIANOLA_GOLDEN).parent_path() / "golden";
  std::string name, line;
  std::size_t sets = 0;
  for (; std::getline(golden, name); ++sets) {
    const ByteLevelBpe bpe(read_fast_tokenizer(folder / ("fast_" + name)).bpe);
    const SymbolGrammar grammar(bpe);
    for (std::uint32_t number = 0; number < 2000; ++number) {
      std::getline(golden, line);
      const auto text = golden_text(number, 30);
      ASSERT_EQ(base64(encode(bpe, text)), line) << name << ", text " << number;
      ASSERT_EQ(base64(bpe.encode_reference(text)), line) << name << ", text " << number;
    }
    for (std::uint32_t number = 0; number < 2000; ++number) {
      std::getline(golden, line);
      std::vector<Token> tokens;
      for (std::uint32_t i = 0; i <= hash24(32 * number) % 20; ++i) {
        tokens.push_back(hash24(32 * number + 1 + i) % static_cast<Token>(bpe.size() + 20));
      }
      ASSERT_EQ(spelled(grammar, tokens), line) << name << ", sequence " << number;
    }
  }
  EXPECT_EQ(sets, 2U);
}

TEST(ByteLevelBpe, CharactersStandForBytes) {
  EXPECT_EQ(byte_character('A'), U'A');
  EXPECT_EQ(byte_character(0), char32_t{256});
  EXPECT_EQ(byte_character(' '), char32_t{288});
  EXPECT_EQ(byte_character(0xAD), char32_t{323});
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_EQ(character_byte(byte_character(static_cast<std::uint8_t>(byte))), byte);
  }
  for (const char32_t c : {char32_t{0}, U' ', char32_t{127}, char32_t{173}, char32_t{324}}) {
    EXPECT_FALSE(character_byte(c).has_value());
  }
  EXPECT_EQ(token_bytes(U"A\u0120"), "A ");
  EXPECT_EQ(token_bytes(U"A "), "A ");  // a blank stands for no byte: the token's own UTF-8
  EXPECT_EQ(token_bytes(U"\u0080"), "\u0080");
}

/// A tokenizer over few symbols with many merges: runs, texts that two pairs make, absent bytes.
ByteLevelBpe drawn_tokenizer() {
  const auto letters = *rc::gen::element<std::string>("7", "76", "78a ", "a'st");
  const auto words = *rc::gen::container<std::vector<std::string>>(
      rc::gen::container<std::string>(rc::gen::elementOf(letters + letters.substr(0, 1) + letters.substr(0, 1))));
  BpeTrainerOptions options;
  options.vocabulary = *rc::gen::inRange<std::size_t>(1, 40);
  WordCounts counts;
  for (const std::string& word : words) counts.add(word, 2);
  counts.add("7");
  BpeModel model = train_bpe(counts, options);
  if (*rc::gen::arbitrary<bool>()) std::reverse(model.merges.begin(), model.merges.end());
  return ByteLevelBpe(std::move(model), *rc::gen::arbitrary<bool>());
}

TEST(ByteLevelBpe, EqualsTheSlowReference) {
  test::property("tokens", [] {
    const ByteLevelBpe bpe = drawn_tokenizer();
    const auto text = *rc::gen::container<std::vector<std::uint32_t>>(
        rc::gen::element<std::uint32_t>('7', '7', '7', '7', '6', '8', 'a', ' ', 's', 't', '\'', 'x'));
    RC_ASSERT(encode(bpe, text) == bpe.encode_reference(text));
  });
}

TEST(ByteLevelBpe, RunsOfSymbolsOfTwoBytes) {
  WordCounts counts;
  std::string run, mixed;
  for (int i = 0; i < 32; ++i) run += "\u0162";
  for (int i = 0; i < 5; ++i) mixed += "\u0161";
  counts.add(run, 9);
  counts.add(mixed + run, 2);
  BpeTrainerOptions options;
  options.vocabulary = 12;
  const ByteLevelBpe bpe(train_bpe(counts, options));
  for (std::size_t n = 0; n < 70; ++n) {
    std::vector<std::uint32_t> text(n, 0x162);
    ASSERT_EQ(encode(bpe, text), bpe.encode_reference(text)) << n;
    text.insert(text.begin() + static_cast<std::ptrdiff_t>(n / 3), 0x161);
    ASSERT_EQ(encode(bpe, text), bpe.encode_reference(text)) << n;
    text.insert(text.begin() + static_cast<std::ptrdiff_t>(n / 2), 'x');  // dropped
    ASSERT_EQ(encode(bpe, text), bpe.encode_reference(text)) << n;
  }
}

TEST(ByteLevelBpe, AbsentBytesAreDropped) {
  const ByteLevelBpe bpe(BpeModel{{U"a", U"b", U"ab"}, {{0, 1}}});
  EXPECT_TRUE(bpe.representable('a'));
  EXPECT_FALSE(bpe.representable('c'));
  EXPECT_FALSE(bpe.representable(0xD800));
  EXPECT_EQ(encode(bpe, std::vector<std::uint32_t>{'a', 'c', 'b', 'c'}), std::vector<Token>{2});
  EXPECT_TRUE(encode(bpe, std::vector<std::uint32_t>{'c', 0x4E00}).empty());
}

TEST(ByteLevelBpe, ALaterRankCounts) {
  const ByteLevelBpe bpe(BpeModel{{U"a", U"b", U"ab", U"ba"}, {{0, 1}, {1, 0}, {0, 1}}});
  EXPECT_EQ(encode(bpe, std::vector<std::uint32_t>{'a', 'b', 'a'}), (std::vector<Token>{0, 3}));
}

TEST(ByteLevelBpe, BadModelsAreRefused) {
  const auto refused = [](BpeModel model) { EXPECT_THROW(ByteLevelBpe(std::move(model)), DataError); };
  refused({});
  refused({std::vector<std::u32string>(ByteLevelBpe::kMaxTokens + 1), {}});
  refused({{U"a", U"a"}, {}});
  refused({{std::u32string(1, char32_t{0xD800})}, {}});
  refused({{std::u32string(1, char32_t{0x110000})}, {}});
  refused({{U"a", U"b"}, {{0, 1}}});
  refused({{U"a", U"b", U"ab"}, {{0, 3}}});
  refused({{U"a", U"", U"a"}, {}});
  refused({{U"a", U"", U"aa"}, {{0, 1}}});
}

}  // namespace
}  // namespace pianola::testing
