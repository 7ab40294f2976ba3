#include "pianola/quantizers/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/quantizers/uniform_bins.hpp"
#include "quantizers/action_samples.hpp"
#include "quantizers/difference_coder.hpp"

namespace pianola {
namespace {

using testing::MemoryActions;

constexpr MeasureOptions kQuick{2000, 0.0};

TEST(MeasureQuantizer, NumbersOfASmallCaseByHand) {
  const UniformBins bins({2, "centre", {}}, 1, {{0.0, 0.0}, {1.0, 4.0}});  // levels ¼, ¾ and 1, 3
  const MemoryActions data(2, {{0.25, 1.0, 0.25, 4.0}, {0.5, 3.0}});
  const QuantizerReport report = measure_quantizer(bins, data, NoiseKey(1), kQuick);
  EXPECT_EQ(report.spec, "uniform:bins=2");
  EXPECT_DOUBLE_EQ(report.epsilon_sup, std::sqrt(0.0625 + 1.0));
  EXPECT_DOUBLE_EQ(report.epsilon_in.value, (0.5 + 0.25) / 2.0);  // trajectories weigh the same
  EXPECT_EQ(report.epsilon_in.n, 2U);
  EXPECT_DOUBLE_EQ(report.rmse.value, std::sqrt((0.5 * (0.0 + 1.0) + 0.0625) / 2.0));
  EXPECT_EQ(report.epsilon_in_per_dimension, (std::vector<double>{0.125, 0.25}));
  ASSERT_EQ(report.bias_per_dimension.size(), 2U);
  EXPECT_DOUBLE_EQ(report.bias_per_dimension[0].value, 0.125);
  EXPECT_DOUBLE_EQ(report.bias_per_dimension[1].value, -0.25);
  EXPECT_EQ(report.bias_per_dimension[1].n, 2U);
  EXPECT_DOUBLE_EQ(bias_norm(report), std::hypot(0.125, 0.25));
  EXPECT_EQ(report.tokens_per_chunk_mean, 2.0);
  EXPECT_EQ(report.tokens_per_chunk_max, 2U);
  EXPECT_EQ(report.vocabulary, 2.0);
  EXPECT_EQ(report.bits_per_action, 2.0);
  const double third = -std::log2(1.0 / 3.0) / 3.0 - 2.0 * std::log2(2.0 / 3.0) / 3.0;
  const double bias = 1.0 / (6.0 * std::log(2.0));  // two of two tokens, three times: more than is missing
  EXPECT_NEAR(report.entropy_per_action, 2.0 * std::min(third + bias, 1.0), 1e-12);
  EXPECT_DOUBLE_EQ(report.repeat_rate, 0.5);
  EXPECT_EQ(report.used_fraction, 1.0);
  EXPECT_NEAR(report.perplexity, std::exp2(std::min(third + bias, 1.0)), 1e-12);
  EXPECT_EQ(report.saturated_fraction, 0.0);
  EXPECT_EQ(report.decode_failures, 0U);
  EXPECT_EQ(report.steps, 3U);
  EXPECT_EQ(report.dropped_steps, 0U);
  EXPECT_TRUE(std::isnan(report.encode_values_per_second));
}

TEST(MeasureQuantizer, ChunksLeaveTailsOutAndBitsArePerAction) {
  const UniformBins bins({4, "ends", {}}, 2, {{0.0}, {3.0}});
  const MemoryActions data(1, {{0, 1, 2}, {3}});
  const QuantizerReport report = measure_quantizer(bins, data, NoiseKey(1), kQuick);
  EXPECT_EQ(report.steps, 2U);
  EXPECT_EQ(report.dropped_steps, 2U);
  EXPECT_EQ(report.trajectories, 2U);
  EXPECT_EQ(report.tokens_per_chunk_max, 2U);
  EXPECT_EQ(report.bits_per_action, 2.0);
  EXPECT_EQ(report.epsilon_in.value, 0.0);
  EXPECT_EQ(report.epsilon_in.n, 1U);
}

TEST(MeasureQuantizer, SaturationAndBias) {
  const UniformBins bins({4, "centre", {}}, 1, {{-1.0}, {1.0}});
  const MemoryActions data(1, {{1.0, 1.0, 2.0, -0.25}});
  const QuantizerReport report = measure_quantizer(bins, data, NoiseKey(1), kQuick);
  EXPECT_EQ(report.saturated_fraction, 0.25);
  EXPECT_DOUBLE_EQ(report.bias_per_dimension[0].value, (-0.25 - 0.25 - 1.25) / 4.0);
}

TEST(MeasureQuantizer, DimensionsThatAreConstantAndSuchThatCollapse) {
  // Dimension 0 varies, 1 is constant, 2 varies far below the only bin's reach, 3 varies by less than float32 sees.
  const UniformBins bins({2, "centre", {}}, 1, {{0.0, 0.0, 0.0, 0.0}, {1.0, 1.0, 1.0, 1.0}});
  const MemoryActions data(4, {{0.1, 0.3, 0.1, 0.3, 0.9, 0.3, 0.2, 0.3 + 1e-12}});
  const QuantizerReport report = measure_quantizer(bins, data, NoiseKey(1), kQuick);
  EXPECT_EQ(report.constant_dimensions, (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(report.collapsed_dimensions, (std::vector<std::size_t>{2}));
}

TEST(MeasureQuantizer, ErrorIsAboutAQuarterOfTheCell) {
  std::vector<double> rows(100000);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = uniform(NoiseKey(3), i, 0);
  const MemoryActions data(1, {rows});
  const UniformBins bins({64, "centre", {}}, 1, {{0.0}, {1.0}});
  const QuantizerReport report = measure_quantizer(bins, data, NoiseKey(1), kQuick);
  EXPECT_NEAR(report.epsilon_in.value, 0.25 / 64.0, 5.0 * 0.00226 / std::sqrt(100000.0));  // 5 standard errors
  EXPECT_NEAR(report.entropy_per_action, 6.0, 0.01);
  EXPECT_TRUE(std::isnan(report.epsilon_in.low));  // one trajectory has no spread
}

TEST(MeasureQuantizer, SameKeySameNumbers) {
  const auto sample = testing::make_sample("walk");
  const UniformBins bins({17, "ends", {}}, 4, {{-1.0, -1.0, -1.0}, {1.0, 1.0, 1.0}});
  const auto once = to_json(measure_quantizer(bins, sample.actions, NoiseKey(1), kQuick)).dump();
  EXPECT_EQ(to_json(measure_quantizer(bins, sample.actions, NoiseKey(1), kQuick)).dump(), once);
}

// Random, with memory and of variable length: the measurement knows nothing of the scheme.
TEST(MeasureQuantizer, MeasuresAnyScheme) {
  const testing::DifferenceCoder coder;
  std::vector<std::vector<double>> trajectories(40);
  for (std::size_t i = 0; i < trajectories.size(); ++i) {
    for (std::size_t h = 0; h < 200; ++h)
      trajectories[i].push_back(4.0 * std::sin(0.05 * static_cast<double>(h + 7 * i)));
  }
  const MemoryActions data(1, std::move(trajectories));
  const QuantizerReport report = measure_quantizer(coder, data, NoiseKey(1), {2000, 0.001});
  EXPECT_NEAR(report.bias_per_dimension[0].value, 0.0, 0.02);  // stochastic rounding is unbiased
  EXPECT_NEAR(report.epsilon_in.value, 1.0 / 3.0, 0.05);       // E 2f(1 − f) for f uniform
  EXPECT_TRUE(report.tokens_per_chunk_mean > 1.0 && report.tokens_per_chunk_mean < 2.0);
  EXPECT_EQ(report.tokens_per_chunk_max, 2U);
  EXPECT_TRUE(std::isinf(report.epsilon_sup));
  EXPECT_GT(report.token_error.median, 1.0);
  EXPECT_EQ(report.decode_failures, 0U);
  EXPECT_GT(report.encode_values_per_second, 0.0);
}

/// Counts how often it is run through.
class CountedActions final : public ActionSource {
 public:
  explicit CountedActions(MemoryActions actions) : actions_(std::move(actions)) {}
  [[nodiscard]] std::size_t action_dim() const override { return actions_.action_dim(); }
  void for_each(const std::function<void(std::span<const double>)>& visit) const override {
    ++passes;
    actions_.for_each(visit);
  }
  mutable int passes = 0;

 private:
  MemoryActions actions_;
};

TEST(MeasureQuantizer, ASecondPassIsTakenForWhatNeedsIt) {
  const UniformBins bins({17, "ends", {}}, 1, {{-1.0, -1.0, -1.0}, {1.0, 1.0, 1.0}});
  const CountedActions data(testing::make_sample("walk").actions);
  const auto measured = [&](const MeasureOptions& options) {
    return measure_quantizer(bins, data, NoiseKey(1), options);
  };
  const auto quick = measured({.token_errors = 0, .timing_seconds = 0.0, .entropy_interval = false});
  EXPECT_EQ(data.passes, 1);
  EXPECT_TRUE(std::isnan(quick.entropy.low) && std::isnan(quick.entropy.high));
  EXPECT_EQ(quick.entropy.n, 0U);
  const auto whole = measured({.token_errors = 0, .timing_seconds = 0.0});
  EXPECT_EQ(data.passes, 3);
  EXPECT_EQ(whole.entropy.value, quick.entropy.value);
  EXPECT_LT(whole.entropy.low, whole.entropy.high);
  EXPECT_GT(measured({.token_errors = 9, .timing_seconds = 0.0, .entropy_interval = false}).token_error.n, 0U);
  EXPECT_EQ(data.passes, 5);
}

TEST(MeasureQuantizer, SpeedsArePositive) {
  const UniformBins bins({17, "ends", {}}, 1, {{-1.0, -1.0, -1.0}, {1.0, 1.0, 1.0}});
  const QuantizerReport report = measure_quantizer(bins, testing::make_sample("walk").actions, NoiseKey(1), {0, 0.001});
  EXPECT_GT(report.encode_values_per_second, 0.0);
  EXPECT_GT(report.decode_values_per_second, 0.0);
  EXPECT_EQ(report.token_error.n, 0U);
}

TEST(MeasureQuantizer, JsonHasTheNamesThatScriptsReadAndNullForWhatIsNotThere) {
  const UniformBins bins({2, "centre", {}}, 1, {{0.0}, {1.0}});
  const auto row = to_json(measure_quantizer(bins, MemoryActions(1, {{0.1}}), NoiseKey(1), kQuick));
  for (const char* name : {"spec",
                           "epsilon_sup",
                           "epsilon_in",
                           "epsilon_in_per_dimension",
                           "bias_per_dimension",
                           "tokens_per_chunk",
                           "vocabulary",
                           "bits_per_action",
                           "entropy_per_action",
                           "repeat_rate",
                           "used_fraction",
                           "perplexity",
                           "saturated_fraction",
                           "token_error",
                           "decode_failures",
                           "encode_values_per_second",
                           "decode_values_per_second",
                           "fit_seconds",
                           "remarks",
                           "bias_estimate_per_dimension",
                           "bias_norm",
                           "constant_dimensions",
                           "collapsed_dimensions"}) {
    EXPECT_TRUE(row.contains(name)) << name;
  }
  EXPECT_TRUE(row["bias_per_dimension"][0].is_number()) << "as scripts have always read it";
  EXPECT_TRUE(row["bias_estimate_per_dimension"][0].contains("low"));
  EXPECT_TRUE(row["fit_seconds"].is_null()) << "who measures does not fit";
  EXPECT_TRUE(row["repeat_rate"].is_null());
  EXPECT_TRUE(row["epsilon_in"]["low"].is_null());
  EXPECT_TRUE(row["encode_values_per_second"].is_null());
  EXPECT_TRUE(row["tokens_per_chunk"].contains("mean") && row["tokens_per_chunk"].contains("max"));
  EXPECT_TRUE(row["token_error"].contains("undecodable_fraction"));
  EXPECT_EQ(row["vocabulary"], 2);
}

TEST(MeasureQuantizer, InfiniteNumbersAreNullAndSaidToBe) {
  QuantizerReport report;
  report.epsilon_sup = std::numeric_limits<double>::infinity();
  const auto row = to_json(report);
  EXPECT_TRUE(row["epsilon_sup"].is_null());
  EXPECT_EQ(row["epsilon_sup_infinite"], true);
}

TEST(MeasureQuantizer, BadDataAreNamed) {
  const UniformBins bins({2, "centre", {}}, 1, {{0.0}, {1.0}});
  EXPECT_THROW(measure_quantizer(bins, MemoryActions(1, {{0.1, std::nan("")}}), NoiseKey(1)), DataError);
  EXPECT_THROW(measure_quantizer(bins, MemoryActions(2, {{0.1, 0.2}}), NoiseKey(1)), UsageError);
  EXPECT_THROW(measure_quantizer(bins, MemoryActions(1, {}), NoiseKey(1)), DataError);
}

// 44 % of the expert's values lie on the bounds or beyond, which centres cannot reach and ends can.
TEST(MeasureQuantizer, RealHopperActionsSaturate) {
#ifndef PIANOLA_WITH_HDF5
  GTEST_SKIP() << "this build has no HDF5";
#endif
  const char* data = std::getenv("PIANOLA_DATA");
  if (data == nullptr) GTEST_SKIP() << "PIANOLA_DATA is not set: real demonstrations are not read";
  const auto reader = open_dataset(std::string(data) + "/gymnasium/demonstrations/Hopper-v4.hdf5");
  const auto actions = action_source(*reader);
  const ActionRange range{std::vector<double>(3, -1.0), std::vector<double>(3, 1.0)};
  const auto centre = measure_quantizer(UniformBins({5, "centre", {}}, 1, range), *actions, NoiseKey(1), kQuick);
  const auto ends = measure_quantizer(UniformBins({5, "ends", {}}, 1, range), *actions, NoiseKey(1), kQuick);
  EXPECT_NEAR(centre.saturated_fraction, 0.44, 0.02);
  EXPECT_EQ(centre.steps, 2000U);
  EXPECT_LT(centre.epsilon_sup, ends.epsilon_sup);
  EXPECT_GT(centre.epsilon_in.value, ends.epsilon_in.value);
}

}  // namespace
}  // namespace pianola
