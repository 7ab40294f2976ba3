#include "pianola/audits/tried_quantizers.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "audits/audit_plans.hpp"
#include "audits/demonstrations.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

class TriedQuantizersTest : public ::testing::Test {
 protected:
  Deployment plant_ = test::plant("pendulum:horizon=30");
  Dataset data_ = test::demonstrations(plant_, 5);
  ReplayLedger ledger_{{plant_, NoiseKey(3), 30, nullptr}};
  TriedQuantizers tried_{{plant_, &data_, NoiseKey(3), nullptr}, ledger_};
};

TEST_F(TriedQuantizersTest, FitsEachOnceAndMeasuresIt) {
  const auto first = tried_.attempt(bins_candidate("ends", 5));
  ASSERT_TRUE(first);
  EXPECT_EQ(tried_.attempt(bins_candidate("ends", 5)), first);
  const auto other = tried_.attempt(bins_candidate("ends", 5), 1, "augmented");
  ASSERT_TRUE(other);
  EXPECT_NE(other, first) << "another controller, another row";
  EXPECT_NE(tried_[*other].row, tried_[*first].row);
  EXPECT_EQ(tried_[*other].deployment.quantizer, tried_[*first].deployment.quantizer) << "the same quantizer";
  EXPECT_EQ(tried_.size(), 2u);
  const AdviceCandidate& candidate = tried_[*first].candidate;
  EXPECT_NEAR(candidate.bits, std::log2(5.0), 1e-12);
  EXPECT_NEAR(candidate.epsilon_sup, 0.5, 1e-6) << "levels one unit apart on [−2, 2]";
  EXPECT_LE(candidate.epsilon_in.value, candidate.epsilon_sup);
  EXPECT_EQ(tried_.of_row(tried_[*first].row), *first);
}

TEST_F(TriedQuantizersTest, WhatCannotBeFittedIsNotedUnlessTheUserNamedIt) {
  EXPECT_FALSE(tried_.attempt({"trap:epsilon=0.01,k=99", "kmeans", 0}));
  EXPECT_EQ(tried_.notes().size(), 1u);
  EXPECT_THROW(tried_.attempt({"no_such_scheme", "given", 0}), UsageError);
}

TEST_F(TriedQuantizersTest, NothingTakesMoreBitsThanItMay) {
  TriedQuantizers few({plant_, &data_, NoiseKey(3), nullptr, std::log2(5.0)}, ledger_);
  EXPECT_TRUE(few.attempt(bins_candidate("centre", 5)));
  EXPECT_TRUE(few.attempt({"uniform:bins=5,atoms=true", "atoms", 5})) << "tokens of the bounds are among the five";
  EXPECT_FALSE(few.attempt({"kmeans:k=6", "kmeans", 6}));
  ASSERT_EQ(few.notes().size(), 1u);
  EXPECT_NE(few.notes()[0].find("2.58 bits"), std::string::npos) << few.notes()[0];
  EXPECT_THROW(few.attempt({"uniform:bins=6", "given", 0}), UsageError);
}

TEST_F(TriedQuantizersTest, CoarserHalvesTheCells) {
  const QuantizerCandidate half = coarser(bins_candidate("ends", 9));
  EXPECT_EQ(half.bins, 5u);
  EXPECT_EQ(half.spec, bins_candidate("ends", 5).spec);
}

}  // namespace
}  // namespace pianola
