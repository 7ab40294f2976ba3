#include "pianola/quantizers/action_spectrum.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/base/random.hpp"
#include "quantizers/action_samples.hpp"

namespace pianola {
namespace {

using testing::MemoryActions;

TEST(ActionSpectrum, SmallCaseByHand) {
  // Rows (0, 0), (2, 0), (0, 4), (2, 4) about (1, 2): variances 1 and 4, no covariance.
  const MemoryActions data(2, {{0, 0, 2, 0}, {0, 4, 2, 4}});
  const std::vector<double> spectrum = action_spectrum(data, 1, "test");
  ASSERT_EQ(spectrum.size(), 2U);
  EXPECT_NEAR(spectrum[0], 4.0, 1e-12);
  EXPECT_NEAR(spectrum[1], 1.0, 1e-12);
}

TEST(ActionSpectrum, WindowsOverlapAndStayInsideTrajectories) {
  // Windows of two: (0, 1), (1, 2) and (9, 10), not (2, 9); all lie on a line of slope 1: one eigenvalue only.
  const MemoryActions data(1, {{0, 1, 2}, {9, 10}});
  const std::vector<double> spectrum = action_spectrum(data, 2, "test");
  ASSERT_EQ(spectrum.size(), 2U);
  const double mean = (0.0 + 1.0 + 9.0) / 3.0;
  const double variance = (mean * mean + (1 - mean) * (1 - mean) + (9 - mean) * (9 - mean)) / 3.0;
  EXPECT_NEAR(spectrum[0], 2.0 * variance, 1e-12);
  EXPECT_NEAR(spectrum[1], 0.0, 1e-12);
}

TEST(ActionSpectrum, FarFromZeroNothingIsLost) {
  const double far = 1e8;
  const MemoryActions data(1, {{far, far + 1, far, far + 1}});
  EXPECT_NEAR(action_spectrum(data, 1, "test")[0], 0.25, 1e-9);
}

TEST(ActionSpectrum, ItsSumIsTheVariance) {
  const testing::Sample sample = testing::make_sample("wide");
  const std::vector<double> spectrum = action_spectrum(sample.actions, 4, "test");
  EXPECT_EQ(spectrum.size(), 4U * 17U);
  EXPECT_TRUE(std::is_sorted(spectrum.rbegin(), spectrum.rend()));
  double total = 0.0;
  for (const std::size_t offset : {0U, 1U, 2U, 3U}) {
    for (std::size_t d = 0; d < 17; ++d) {
      double sum = 0.0, square = 0.0, n = 0.0;
      for (const auto& rows : sample.actions.trajectories()) {
        for (std::size_t i = offset; i + 3 - offset < rows.size() / 17; ++i, ++n) {
          sum += rows[i * 17 + d];
          square += rows[i * 17 + d] * rows[i * 17 + d];
        }
      }
      total += square / n - sum / n * (sum / n);
    }
  }
  EXPECT_NEAR(std::accumulate(spectrum.begin(), spectrum.end(), 0.0), total, 1e-6 * total);
}

TEST(ActionSpectrum, EmptyWhereThereIsNone) {
  const MemoryActions data(1, {{1, 2}, {3}});
  EXPECT_TRUE(action_spectrum(data, 2, "test").empty()) << "one window has no covariance";
  EXPECT_TRUE(action_spectrum(data, 3, "test").empty());
  EXPECT_TRUE(action_spectrum(testing::make_sample("wide").actions, kWidestWindow, "test").empty());
  EXPECT_TRUE(action_spectrum(MemoryActions(1, {{0.0, 1e300}}), 1, "test").empty()) << "its square is infinite";
  EXPECT_THROW(action_spectrum(MemoryActions(1, {{0.0, NAN}}), 1, "test"), DataError);
}

}  // namespace
}  // namespace pianola
