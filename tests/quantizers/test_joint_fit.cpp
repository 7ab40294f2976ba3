#include "pianola/quantizers/joint_fit.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "quantizers/fitting.hpp"

namespace pianola::testing {
namespace {

TEST(JointFit, RowsAreStepsOrWindows) {
  const MemoryActions data(1, {{0, 1, 2, 3}, {4, 5}});
  const auto steps = joint_rows({}, false, 2, context_of(data, 3), {}, "x");
  EXPECT_EQ(steps.rows, (std::vector<float>{0, 1, 2, 3, 4, 5}));
  const auto windows = joint_rows({}, true, 2, context_of(data, 3), {}, "x");
  EXPECT_EQ(windows.rows, (std::vector<float>{0, 1, 2, 1, 2, 3}));
  EXPECT_EQ(windows.box.high, (std::vector<double>{5}));
}

TEST(JointFit, RowsAreScaledAndCodesScaledBack) {
  const MemoryActions data(2, {{0, 7, 4, 7, 8, 7}});
  const auto rows = joint_rows({"range", {}}, false, 2, context_of(data), {}, "x");
  EXPECT_EQ(rows.rows, (std::vector<float>{0, 0, 0.5, 0, 1, 0}));
  const JointCodes codes =
      joint_codes(rows, std::vector<float>{0.25, 0, 1, 0}, std::vector<std::uint32_t>{0, 0, 1}, true, "s");
  EXPECT_EQ(codes.codes, (std::vector<float>{2, 7, 8, 7}));
  EXPECT_EQ(codes.counts, (std::vector<std::uint32_t>{2, 1}));
  EXPECT_NEAR(codes.offset_rms[0], std::sqrt(8.0 / 3.0), 1e-12);
  EXPECT_EQ(codes.offset_rms[1], 0.0);
}

TEST(JointFit, WordsAndNumbersAreChecked) {
  EXPECT_TRUE(joint_by_chunk("chunk", "x"));
  EXPECT_FALSE(joint_by_chunk("step", "x"));
  EXPECT_THROW(joint_by_chunk("steps", "x"), UsageError);
  EXPECT_EQ(checked_option("x", "k", 3, 1, 3), 3U);
  EXPECT_THROW(checked_option("x", "k", 4, 1, 3), UsageError);
}

}  // namespace
}  // namespace pianola::testing
