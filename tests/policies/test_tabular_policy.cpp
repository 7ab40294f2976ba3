#include "pianola/policies/tabular_policy.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "pianola/base/error.hpp"
#include "policies/toys.hpp"

namespace pianola {
namespace {

/// Two positions of vocabularies 2 and 3, one observation: at 1 the sequences (0,1) twice, (0,2), (1,0); at −2 (1,1).
TabularCounts small() {
  const std::vector<float> inputs{1, 1, -2, 1, 1};
  const std::vector<Token> tokens{0, 1, 1, 0, 1, 1, 0, 2, 0, 1};
  return count_sequences(1, {2, 3}, inputs, tokens);
}

/// The law of position 1 at `x` where the first token was `first`, and of position 0 if it is 99.
std::vector<double> law(const TabularCounts& counts, float x, Token first) {
  const auto policy = make_tabular_policy(counts);
  const auto session = policy->session(1);
  const toys::Moment moment({0.0});
  session->begin(moment.at(), std::vector<float>{x});
  std::vector<float> logits(2);
  session->logits(std::vector<Token>{0}, logits);
  if (first != 99) {
    logits.resize(3);
    session->logits(std::vector<Token>{first}, logits);
  }
  double sum = 0.0;
  std::vector<double> p;
  for (const float l : logits) sum += std::exp(static_cast<double>(l));
  for (const float l : logits) p.push_back(std::exp(static_cast<double>(l)) / sum);
  return p;
}

void expect_near(const std::vector<double>& a, const std::vector<double>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-6) << i;
}

TEST(TabularPolicy, PlaysCountRatiosGivenWhatWasDrawn) {
  const TabularCounts counts = small();
  EXPECT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts.counts, (std::vector<double>{1, 2, 1, 1}));
  expect_near(law(counts, 1.0F, 99), {0.75, 0.25});
  expect_near(law(counts, 1.0F, 0), {0.0, 2.0 / 3.0, 1.0 / 3.0});
  expect_near(law(counts, 1.0F, 1), {1.0, 0.0, 0.0});
  expect_near(law(counts, -2.0F, 1), {0.0, 1.0, 0.0});
}

TEST(TabularPolicy, IsUniformWhereNothingWasSeen) {
  expect_near(law(small(), 3.0F, 99), {0.5, 0.5});
  expect_near(law(small(), -2.0F, 0), {1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0});
  expect_near(law(small(), std::nanf(""), 99), {0.5, 0.5});
}

TEST(TabularPolicy, SurvivesItsFile) {
  const TabularCounts before = small();
  const TabularCounts after = tabular_counts_from_tensors(to_tensors(before), "policy.safetensors");
  EXPECT_EQ(after.rows, before.rows);
  EXPECT_EQ(after.first, before.first);
  EXPECT_EQ(after.sequences, before.sequences);
  EXPECT_EQ(after.counts, before.counts);
  EXPECT_EQ(after.vocabularies, before.vocabularies);
}

TEST(TabularPolicy, RefusesADamagedFile) {
  const auto refused = [](const std::function<void(TabularCounts&)>& damage) {
    TabularCounts counts = small();
    damage(counts);
    EXPECT_THROW(tabular_counts_from_tensors(to_tensors(counts), "f"), DataError);
  };
  refused([](TabularCounts& c) { std::swap(c.rows[0], c.rows[1]); });
  refused([](TabularCounts& c) { c.first[1] = 9; });
  refused([](TabularCounts& c) { c.sequences[1] = 3; });
  refused([](TabularCounts& c) { std::swap(c.sequences[3], c.sequences[5]); });
  refused([](TabularCounts& c) { c.counts[0] = 0.0; });
  refused([](TabularCounts& c) { c.counts[0] = 0.5; });
  refused([](TabularCounts& c) { c.history = 2; });
  TensorFile missing = to_tensors(small());
  missing.tensors.erase("table.first");
  EXPECT_THROW(tabular_counts_from_tensors(missing, "f"), DataError);
}

TEST(TabularPolicy, RefusesWhatItCannotCount) {
  EXPECT_THROW(count_sequences(1, {2}, std::vector<float>{1}, std::vector<Token>{2}), UsageError);
  EXPECT_THROW(count_sequences(1, {2}, {}, {}), UsageError);
}

}  // namespace
}  // namespace pianola
