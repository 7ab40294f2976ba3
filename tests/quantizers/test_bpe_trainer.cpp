#include "pianola/quantizers/bpe_trainer.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "pianola/base/error.hpp"
#include "property.hpp"
#include "quantizers/fast_golden.hpp"

namespace pianola::testing {
namespace {

WordCounts counted(const std::vector<std::string>& words) {
  WordCounts counts;
  for (const std::string& word : words) counts.add(word);
  return counts;
}

std::string ascii(const std::u32string& text) { return {text.begin(), text.end()}; }

/// "a+b c+d …" by rank; of a pair that stands twice, the later.
std::string merges_of(const BpeModel& model) {
  std::map<std::array<Token, 2>, std::size_t> last;
  for (std::size_t i = 0; i < model.merges.size(); ++i) last[model.merges[i]] = i;
  std::string out;
  for (std::size_t i = 0; i < model.merges.size(); ++i) {
    const auto& [left, right] = model.merges[i];
    if (last[model.merges[i]] != i) continue;
    out += (out.empty() ? "" : " ") + ascii(model.tokens[left]) + "+" + ascii(model.tokens[right]);
  }
  return out;
}

TEST(BpeTrainer, GoldenCorporaWithTies) {
  std::ifstream golden = open_golden(PIANOLA_GOLDEN);
  std::string numbers, words, merges;
  std::size_t corpora = 0, merged = 0;
  while (std::getline(golden, numbers) && std::getline(golden, words) && std::getline(golden, merges)) {
    BpeTrainerOptions options;
    std::istringstream(numbers) >> options.vocabulary >> options.max_token_length;
    WordCounts counts;
    std::istringstream list(words);
    for (std::string word; list >> word;) counts.add(word);
    const BpeModel model = train_bpe(counts, options);
    ASSERT_EQ(merges_of(model), merges) << "corpus " << corpora << ": " << words;
    merged += model.merges.size();
    ++corpora;
  }
  EXPECT_EQ(corpora, 600U);
  EXPECT_GT(merged, 5000U);
}

TEST(BpeTrainer, VocabularyIsTheAlphabetByCodePointThenTheMerges) {
  BpeTrainerOptions options;
  options.vocabulary = 6;
  options.alphabet = U"z\u0001";
  const BpeModel model = train_bpe(counted({"ab", "ab", "ba"}), options);
  ASSERT_EQ(model.tokens.size(), 5U);
  EXPECT_EQ(model.tokens, (std::vector<std::u32string>{U"\u0001", U"a", U"b", U"z", U"ab"}));
  EXPECT_EQ(merges_of(model), "a+b");
}

TEST(BpeTrainer, EqualsTheSlowReference) {
  test::property("merges and vocabulary", [] {
    const auto words = *rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::inRange<char>('a', 'e')));
    BpeTrainerOptions options;
    options.vocabulary = *rc::gen::inRange<std::size_t>(1, 24);
    options.min_frequency = *rc::gen::inRange<std::uint64_t>(1, 4);
    const WordCounts counts = counted(words);
    const BpeModel fast = train_bpe(counts, options), slow = train_bpe_reference(counts, options);
    std::set<char32_t> characters;
    for (const auto& token : slow.tokens) characters.insert(token.begin(), token.end());
    // The reference does not queue a pair twice, which matters only where two pairs make one text.
    const bool one_pair_each = slow.merges.size() + characters.size() == slow.tokens.size();
    if (one_pair_each) RC_ASSERT(fast == slow);
    RC_CLASSIFY(one_pair_each);
  });
}

TEST(BpeTrainer, CountsOfWordsCount) {
  WordCounts counts;
  counts.add("ab", 3);
  counts.add("cd", 2);
  counts.add("cd", 2);
  counts.add("ab", 0);
  EXPECT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts.word(1), "cd");
  EXPECT_EQ(counts.count(1), 4U);
  EXPECT_EQ(merges_of(train_bpe(counts, {})), "c+d a+b");
  for (int i = 0; i < 3000; ++i) counts.add("word " + std::to_string(i));
  EXPECT_EQ(counts.size(), 3002U);
  EXPECT_EQ(counts.word(3001), "word 2999");
}

TEST(BpeTrainer, NothingToLearnIsNoError) {
  EXPECT_TRUE(train_bpe({}, {}).tokens.empty());
  EXPECT_TRUE(train_bpe(counted({"", "a", "b"}), {}).merges.empty());
  EXPECT_EQ(train_bpe(counted({"a"}), {}).tokens.size(), 1U);
}

TEST(BpeTrainer, VocabulariesHaveLimits) {
  BpeTrainerOptions options;
  options.vocabulary = 0;
  EXPECT_THROW(train_bpe({}, options), UsageError);
  options.vocabulary = ByteLevelBpe::kMaxTokens + 1;
  EXPECT_THROW(train_bpe({}, options), UsageError);
}

}  // namespace
}  // namespace pianola::testing
