#include "pianola/quantizers/kdisks.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "pianola/base/parallel.hpp"
#include "quantizers/conformance.hpp"
#include "quantizers/fitting.hpp"

namespace pianola::testing {

INSTANTIATE_TEST_SUITE_P(KDisks, QuantizerConformance,
                         ::testing::ValuesIn(conformance_cases({"kdisks:k=5", "kdisks:k=9,codes=mean",
                                                                "kdisks:k=4,radius=0.01,joint=chunk",
                                                                "kdisks:k=6,scale=std"})),
                         case_name);

namespace {

TEST(KDisks, CodesAreActionsOfTheDataAndApart) {
  const Sample sample = make_sample("walk");
  const double radius = 0.3;
  const auto book = fit_kdisks({.k = 20, .radius = radius}, context_of(sample.actions));
  std::set<std::vector<float>> actions;
  const std::vector<double> rows = sample.actions.rows();
  for (std::size_t i = 0; i < rows.size(); i += 3) {
    actions.insert({static_cast<float>(rows[i]), static_cast<float>(rows[i + 1]), static_cast<float>(rows[i + 2])});
  }
  const auto& codes = book->contents().codes;
  for (std::size_t j = 0; j < 20; ++j) {
    EXPECT_EQ(actions.count({codes[3 * j], codes[3 * j + 1], codes[3 * j + 2]}), 1U);
    for (std::size_t i = 0; i < j; ++i) {
      double square = 0.0;
      for (std::size_t d = 0; d < 3; ++d) {
        square += std::pow(static_cast<double>(codes[3 * i + d]) - static_cast<double>(codes[3 * j + d]), 2);
      }
      EXPECT_GT(std::sqrt(square), radius);
    }
  }
}

// Rare actions have codes of their own: with k-means' densities they would share one.
TEST(KDisks, RareActionsAreCovered) {
  std::vector<double> actions;
  for (std::uint64_t i = 0; i < 5000; ++i) actions.push_back(0.01 * normal(NoiseKey(1), i, 0));
  for (const double rare : {3.0, 4.0, 5.0}) actions.push_back(rare);
  const MemoryActions data(1, {actions});
  const auto book = make_quantizer("kdisks:k=4", context_of(data));
  std::vector<double> out(3);
  book->quantize(std::vector<double>{3.0, 4.0, 5.0}, {}, out);
  EXPECT_EQ(out, (std::vector<double>{3.0, 4.0, 5.0}));
}

// The mean square distance of the corners of a box of 4.8 × 2 at small turns, by its four corners.
TEST(KDisks, WeightsStandForCorners) {
  const double length = 4.8, width = 2.0, turn = 0.05, along = 0.3, weight = 0.5 * std::hypot(length, width);
  double square = 0.0;
  for (const double x : {-0.5 * length, 0.5 * length}) {
    for (const double y : {-0.5 * width, 0.5 * width}) {
      const double dx = along + x * std::cos(turn) - y * std::sin(turn) - x,
                   dy = x * std::sin(turn) + y * std::cos(turn) - y;
      square += 0.25 * (dx * dx + dy * dy);
    }
  }
  EXPECT_NEAR(std::hypot(along, weight * turn), std::sqrt(square), 1e-4);
}

TEST(KDisks, ThreadsChangeNoBit) {
  const Sample sample = make_sample("wide");
  set_threads(1);
  const std::string one = make_quantizer("kdisks:k=20", context_of(sample.actions))->save().dump();
  set_threads(2);
  EXPECT_EQ(make_quantizer("kdisks:k=20", context_of(sample.actions))->save().dump(), one);
  set_threads(0);
}

TEST(KDisks, BadInputIsNamed) {
  const MemoryActions data(1, {{1, 2, 3, 4, 4, 4}});
  EXPECT_NE(failure("kdisks:k=5", context_of(data)).find("the data have 4 among 6"), std::string::npos);
  EXPECT_EQ(failure("kdisks:k=4", context_of(data)), "");
  const std::string wide = failure("kdisks:k=3,radius=10", context_of(data));
  EXPECT_NE(wide.find("with 1 codes, fewer than k=3; take k=1"), std::string::npos) << wide;
  EXPECT_NE(failure("kdisks:k=3,radius=-1", context_of(data)).find("radius"), std::string::npos);
  EXPECT_NE(failure("kdisks:k=3,codes=center", context_of(data)).find("did you mean 'centre'?"), std::string::npos);
  EXPECT_NE(failure("kdisks:k=3,joint=chunk", context_of(data, 7)), "");
  const MemoryActions broken(1, {{1, 2}, {3, HUGE_VAL}});
  EXPECT_NE(failure("kdisks:k=2", context_of(broken)).find("trajectory 1, row 1"), std::string::npos);
  FitContext none;
  none.action_dim = 1;
  EXPECT_NE(failure("kdisks:k=2", none).find("give a dataset"), std::string::npos);
}

}  // namespace
}  // namespace pianola::testing
