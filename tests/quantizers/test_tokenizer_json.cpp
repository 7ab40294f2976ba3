#include "pianola/quantizers/tokenizer_json.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/random.hpp"
#include "pianola/quantizers/tokenizer_files.hpp"

namespace pianola::testing {
namespace {

using Json = nlohmann::ordered_json;

FastTokenizer small() {
  FastTokenizer tokenizer;
  tokenizer.bpe = {{U" ", U"\"", U"\\", U"7", U"\u0120", U"\u00C3", U"77", U"7777", U"\U0001F600", U"\u0001"},
                   {{3, 3}, {6, 6}}};
  tokenizer.scale = 12.5;
  tokenizer.min_token = -55;
  tokenizer.chunk = 30;
  return tokenizer;
}

FastTokenizer parsed(const std::string& tokens, const std::string& config) {
  FastTokenizer tokenizer;
  parse_tokenizer_json(tokens, "t.json", tokenizer);
  parse_processor_config(config, "p.json", tokenizer);
  return tokenizer;
}

std::string refusal(const std::string& tokens) {
  FastTokenizer tokenizer;
  try {
    parse_tokenizer_json(tokens, "t.json", tokenizer);
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("t.json"), std::string::npos) << error.what();
    return error.what();
  }
  return "";
}

TEST(TokenizerJson, WhatIsWrittenIsRead) {
  const FastTokenizer tokenizer = small();
  EXPECT_EQ(parsed(tokenizer_json_text(tokenizer.bpe, true), processor_config_text(tokenizer)), tokenizer);
  const auto folder = std::filesystem::temp_directory_path() / "pianola-tokenizer-json" / "nested";
  write_fast_tokenizer(folder, tokenizer);
  EXPECT_EQ(read_fast_tokenizer(folder), tokenizer);
  EXPECT_EQ(fast_tokenizer_from_json(fast_tokenizer_to_json(tokenizer)).bpe, tokenizer.bpe);
  std::filesystem::remove_all(folder.parent_path());
  EXPECT_THROW(read_fast_tokenizer(folder), DataError);
}

TEST(TokenizerJson, OnlyTheLaterOfTwoEqualMergesIsWritten) {
  FastTokenizer tokenizer = small();
  tokenizer.bpe.merges = {{3, 3}, {6, 6}, {3, 3}};
  const FastTokenizer back =
      parsed(tokenizer_json_text(tokenizer.bpe, false), "{\"processor_class\":\"UniversalActionProcessor\"}");
  EXPECT_EQ(back.bpe.merges, (std::vector<std::array<Token, 2>>{{6, 6}, {3, 3}}));
  EXPECT_FALSE(back.words);
  EXPECT_EQ(back.scale, 10.0);
  EXPECT_EQ(back.min_token, 0);
}

TEST(TokenizerJson, OldMergesAreTextsWithABlank) {
  Json json = Json::parse(tokenizer_json_text(small().bpe, true));
  json["model"]["merges"] = {"7 7", "77 77"};
  FastTokenizer tokenizer;
  parse_tokenizer_json(json.dump(), "t.json", tokenizer);
  EXPECT_EQ(tokenizer.bpe, small().bpe);
  for (const char* bad : {"77", "7 7 7", "", "7 x"}) {
    json["model"]["merges"] = Json::array({bad});
    EXPECT_NE(refusal(json.dump()).find("model.merges[0]"), std::string::npos) << bad;
  }
}

TEST(TokenizerJson, WhatWouldChangeTokensIsRefused) {
  const Json good = Json::parse(tokenizer_json_text(small().bpe, true));
  EXPECT_EQ(refusal(good.dump()), "");
  const auto expect_refused = [&](const std::string& pointer, const Json& value) {
    Json bad = good;
    bad[Json::json_pointer(pointer)] = value;
    const std::string key = pointer.substr(pointer.rfind('/') + 1);
    EXPECT_NE(refusal(bad.dump()).find(key), std::string::npos) << pointer << " " << value;
  };
  for (const char* pointer : {"/truncation", "/padding", "/normalizer", "/model/unk_token", "/model/dropout"}) {
    expect_refused(pointer, {{"type", "Lowercase"}});
  }
  expect_refused("/version", "2.0");
  expect_refused("/version", nullptr);
  expect_refused("/added_tokens", Json::array({{{"id", 0}, {"content", "<s>"}}}));
  expect_refused("/pre_tokenizer/type", "Whitespace");
  expect_refused("/pre_tokenizer/add_prefix_space", true);
  expect_refused("/pre_tokenizer/use_regex", 1);
  expect_refused("/pre_tokenizer", nullptr);
  expect_refused("/decoder", nullptr);
  expect_refused("/post_processor/type", "TemplateProcessing");
  expect_refused("/model/type", "Unigram");
  expect_refused("/model/byte_fallback", true);
  expect_refused("/model/ignore_merges", true);
  expect_refused("/model/continuing_subword_prefix", "##");
  expect_refused("/model/end_of_word_suffix", "</w>");
  expect_refused("/model/dropout", 0.1);
  expect_refused("/model/vocab", Json::array());
  expect_refused("/model/vocab/7", 4000000000U);
  expect_refused("/model/vocab/7", std::uint64_t{1} << 62);
  expect_refused("/model/vocab/7", -1);
  expect_refused("/model/vocab/7", 3.5);
  expect_refused("/model/vocab/7", 6);
  expect_refused("/model/merges", "7 7");
  expect_refused("/model/merges", Json::array({Json::array({"7"})}));
}

TEST(TokenizerJson, HostileTextsAreRefused) {
  EXPECT_NE(refusal(std::string(100000, '[')), "");
  std::string deep = std::string(100000, '[') + std::string(100000, ']');
  EXPECT_NE(refusal(deep).find("deep"), std::string::npos);
  const std::string good = tokenizer_json_text(small().bpe, true);
  const std::string surrogate = "{\"version\": \"1.0\", \"x\": \"\\ud800\"}";
  EXPECT_NE(refusal(surrogate).find("no JSON"), std::string::npos);
  EXPECT_NE(refusal(surrogate).find("as its own processor saves it"), std::string::npos) << "it is whole";
  EXPECT_NE(refusal("{\"version\": ").find("it is truncated"), std::string::npos);
  EXPECT_NE(refusal("{\"version\": \"\xED\xA0\x80\"}").find("no JSON"), std::string::npos);
  for (std::size_t size = 0; size + 2 < good.size(); size += 7) EXPECT_NE(refusal(good.substr(0, size)), "") << size;
}

TEST(TokenizerJson, ProcessorConfigsAreChecked) {
  const auto refused = [](const std::string& text, const char* key) {
    FastTokenizer tokenizer;
    try {
      parse_processor_config(text, "p.json", tokenizer);
      ADD_FAILURE() << text;
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find(key), std::string::npos) << error.what();
    }
  };
  const auto config = [](const std::string& more) {
    return "{\"processor_class\": \"UniversalActionProcessor\"" + more + "}";
  };
  refused("{}", "processor_class");
  refused("[]", "object");
  refused("", "no JSON");
  refused(config(", \"scale\": 0"), "scale");
  refused(config(", \"scale\": \"10\""), "scale");
  refused(config(", \"scale\": 1e300"), "scale");
  refused(config(", \"min_token\": 0.5"), "min_token");
  refused(config(", \"min_token\": -1e18"), "min_token");
  refused(config(", \"time_horizon\": 0"), "time_horizon");
  refused(config(", \"action_dim\": 1e9"), "action_dim");
}

/// Random damage must give a tokenizer or a DataError, never a crash.
TEST(TokenizerJson, FuzzedTextsDoNotCrash) {
  const std::string good = tokenizer_json_text(small().bpe, true), config = processor_config_text(small());
  const NoiseKey key(11);
  std::size_t read = 0;
  for (std::uint64_t trial = 0; trial < 20000; ++trial) {
    std::string text = trial % 4 == 0 ? config : good;
    const auto dice = key.block(trial, 0, 0);
    for (std::uint32_t i = 0; i <= dice[0] % 4; ++i) {
      const auto bits = key.block(trial, 1, i);
      const std::size_t at = bits[0] % text.size(), from = bits[1] % text.size();
      if (bits[2] % 3 == 0) text[at] = static_cast<char>(bits[3]);
      if (bits[2] % 3 == 1) text.erase(at, 1 + bits[3] % 9);
      if (bits[2] % 3 == 2) text.insert(at, text.substr(from, bits[3] % 40));
      if (text.empty()) text = "{";
    }
    FastTokenizer tokenizer;
    try {
      if (trial % 4 == 0) {
        parse_processor_config(text, "f", tokenizer);
      } else {
        parse_tokenizer_json(text, "f", tokenizer);
      }
      ++read;
    } catch (const DataError&) {
    }
  }
  EXPECT_GT(read, 500U);
  EXPECT_LT(read, 15000U);
}

}  // namespace
}  // namespace pianola::testing
