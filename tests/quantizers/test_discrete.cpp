#include "pianola/quantizers/discrete.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "quantizers/conformance.hpp"

namespace pianola::testing {

INSTANTIATE_TEST_SUITE_P(Discrete, QuantizerConformance,
                         ::testing::ValuesIn(conformance_cases({"discrete:vocabulary=9"})), case_name);

namespace {

TEST(Discrete, VocabularyIsOneMoreThanTheLargest) {
  const MemoryActions data(2, {{0, 3, 1, 0}, {2, 9}});
  FitContext context;
  context.action_dim = 2;
  context.chunk = 2;
  context.data = &data;
  EXPECT_EQ(make_quantizer("discrete", context)->info().vocabularies, (std::vector<std::uint32_t>{3, 10, 3, 10}));
  EXPECT_EQ(make_quantizer("discrete:12", context)->info().vocabularies, (std::vector<std::uint32_t>(4, 12)));
  context.data = nullptr;
  EXPECT_EQ(make_quantizer("discrete:12", context)->info().vocabularies, (std::vector<std::uint32_t>(4, 12)));
}

TEST(Discrete, FitNamesWhatIsNoToken) {
  const MemoryActions half(2, {{0, 1}, {0, 1, 2, 0.5}});
  EXPECT_NE(failure("discrete", context_of(half)).find("trajectory 1, row 1, dimension 1 is 0.5"), std::string::npos);
  const MemoryActions negative(2, {{-1, 1}});
  EXPECT_NE(failure("discrete", context_of(negative)).find("row 0, dimension 0 is -1"), std::string::npos);
  const MemoryActions large(2, {{0, 7}});
  EXPECT_NE(failure("discrete:vocabulary=7", context_of(large)).find("whole numbers in 0 … 6"), std::string::npos);
  EXPECT_EQ(failure("discrete:vocabulary=8", context_of(large)), "");
  const MemoryActions huge(2, {{0, 1e9}});
  EXPECT_NE(failure("discrete", context_of(huge)), "");
  EXPECT_NE(failure("discrete").find("needs data"), std::string::npos);
  EXPECT_NE(failure("discrete:vocabulary=-1"), "");
}

TEST(Discrete, EncodeIsTheIdentityAndNeverRounds) {
  const Discrete discrete({}, 1, {3, 10});
  std::vector<Token> tokens(4);
  std::vector<std::uint32_t> lengths(2);
  discrete.encode(std::vector<float>{2, 9, 0, 4}, {}, {tokens, lengths});
  EXPECT_EQ(tokens, (std::vector<Token>{2, 9, 0, 4}));
  discrete.encode(std::vector<float>{5, -1, 0, 4}, {}, {tokens, lengths});
  EXPECT_EQ(tokens, (std::vector<Token>{2, 0, 0, 4}));
  for (const float bad : {0.5F, std::nanf("")}) {
    try {
      discrete.encode(std::vector<float>{0, 0, 0, bad}, {}, {tokens, lengths});
      FAIL();
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find("row 1, dimension 1"), std::string::npos);
    }
  }
}

TEST(Discrete, UnknownTokensAreSaturated) {
  const Discrete discrete({}, 1, {3, 10});
  bool flags[4] = {};
  discrete.saturated(std::vector<double>{2, 9, 3, -1}, flags);
  EXPECT_EQ((std::vector<bool>(flags, flags + 4)), (std::vector<bool>{false, false, true, true}));
}

TEST(Discrete, LargestVocabularyIsExact) {
  const Discrete discrete({}, 1, {Discrete::kMaxVocabulary});
  const auto levels = discrete.levels(0);
  EXPECT_EQ(levels.size(), 1U << 24);
  EXPECT_EQ(levels.back(), 16777215.0F);
  EXPECT_THROW(Discrete({}, 1, {Discrete::kMaxVocabulary + 1}), UsageError);
}

}  // namespace
}  // namespace pianola::testing
