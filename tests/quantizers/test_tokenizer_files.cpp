#include "pianola/quantizers/tokenizer_files.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

FastTokenizer small_tokenizer() {
  FastTokenizer tokenizer;
  tokenizer.bpe.tokens = {U"a", U"b", U"ab"};
  tokenizer.bpe.merges = {{0, 1}};
  tokenizer.min_token = -7;
  return tokenizer;
}

class TokenizerFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    parent_ = fs::path(::testing::TempDir()) /
              ("pianola_tokenizer_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::create_directories(parent_);
    folder_ = parent_ / "tokenizer";
  }
  void TearDown() override { fs::remove_all(parent_); }

  [[nodiscard]] static std::size_t count(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  }

  fs::path parent_, folder_;
};

TEST_F(TokenizerFolder, HasTheThreeFilesThatTransformersLoads) {
  write_fast_tokenizer(folder_, small_tokenizer());
  EXPECT_EQ(count(folder_), 3U);
  EXPECT_EQ(read_fast_tokenizer(folder_), small_tokenizer());
  const auto config = nlohmann::json::parse(read_file(folder_ / "tokenizer_config.json"));
  EXPECT_EQ(config["tokenizer_class"], "PreTrainedTokenizerFast");
  EXPECT_EQ(config["clean_up_tokenization_spaces"], false);
}

TEST_F(TokenizerFolder, TransformersFiveKeepsTheTokensInAFolderOfTheirOwn) {
  write_fast_tokenizer(folder_, small_tokenizer());
  fs::create_directories(folder_ / "bpe_tokenizer");
  for (const char* file : {"tokenizer.json", "tokenizer_config.json"}) {
    fs::rename(folder_ / file, folder_ / "bpe_tokenizer" / file);
  }
  EXPECT_EQ(read_fast_tokenizer(folder_), small_tokenizer());
  fs::remove_all(folder_ / "bpe_tokenizer");
  try {
    read_fast_tokenizer(folder_);
    FAIL() << "no error";
  } catch (const DataError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find((folder_ / "tokenizer.json").string()), std::string::npos) << text;
    EXPECT_NE(text.find((folder_ / "bpe_tokenizer" / "tokenizer.json").string()), std::string::npos) << text;
  }
}

TEST_F(TokenizerFolder, NothingAppearsBeforeTheCommit) {
  {
    const TokenizerFiles files(folder_, small_tokenizer());
    EXPECT_FALSE(fs::exists(folder_ / "tokenizer.json"));
  }
  EXPECT_FALSE(fs::exists(folder_)) << "it was made for these files";
}

TEST_F(TokenizerFolder, FoldersAboveItAreMadeAndRemovedAgain) {
  { const TokenizerFiles files(parent_ / "a" / "b", small_tokenizer()); }
  EXPECT_FALSE(fs::exists(parent_ / "a"));
  write_fast_tokenizer(parent_ / "a" / "b", small_tokenizer());
  EXPECT_EQ(read_fast_tokenizer(parent_ / "a" / "b"), small_tokenizer());
}

TEST_F(TokenizerFolder, AnEarlierTokenizerStaysWholeUntilItIsReplaced) {
  write_fast_tokenizer(folder_, small_tokenizer());
  FastTokenizer other = small_tokenizer();
  other.scale = 20.0;
  { const TokenizerFiles files(folder_, other); }
  EXPECT_EQ(read_fast_tokenizer(folder_), small_tokenizer());
  EXPECT_EQ(count(folder_), 3U);
  write_fast_tokenizer(folder_, other);
  EXPECT_EQ(read_fast_tokenizer(folder_), other);
}

TEST_F(TokenizerFolder, AFolderThatCannotBeMadeIsNamed) {
  write_file(parent_ / "file", "");
  for (const fs::path& folder : {parent_ / "file", parent_ / "file" / "tokenizer"}) {
    EXPECT_THROW(TokenizerFiles(folder, small_tokenizer()), ResourceError) << folder;
    EXPECT_FALSE(fs::exists(folder / "tokenizer.json"));
  }
}

}  // namespace
}  // namespace pianola
