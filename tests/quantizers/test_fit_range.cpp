#include "pianola/quantizers/fit_range.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pianola/base/error.hpp"
#include "quantizers/action_samples.hpp"

namespace pianola {
namespace {

using testing::MemoryActions;

const MemoryActions kData(2, {{-3, 0, -1, 1}, {0, 2, 1, 3, 5, 4}});

FitContext with_data() {
  FitContext context;
  context.action_dim = 2;
  context.data = &kData;
  return context;
}

FitContext with_system() {
  FitContext context = with_data();
  context.range = {{-1, -2}, {1, 2}};
  return context;
}

std::string failure(const RangeOptions& options, const FitContext& context) {
  try {
    fit_range(options, context, "quantizer 'x'");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(FitRange, SystemBeforeData) {
  EXPECT_EQ(fit_range({}, with_system(), "x"), (ActionRange{{-1, -2}, {1, 2}}));
  EXPECT_EQ(fit_range({"data"}, with_system(), "x"), (ActionRange{{-3, 0}, {5, 4}}));
  EXPECT_EQ(fit_range({"system"}, with_system(), "x"), (ActionRange{{-1, -2}, {1, 2}}));
}

TEST(FitRange, DataWhereTheSystemIsUnbounded) {
  FitContext context = with_system();
  context.range.high[1] = std::numeric_limits<double>::infinity();
  EXPECT_EQ(fit_range({}, context, "x"), (ActionRange{{-3, 0}, {5, 4}}));
  EXPECT_THROW(fit_range({"system"}, context, "x"), UsageError);
  EXPECT_EQ(fit_range({}, with_data(), "x"), (ActionRange{{-3, 0}, {5, 4}}));
}

TEST(FitRange, NumbersBeforeEverythingAndBroadcast) {
  RangeOptions options;
  options.low = {-7};
  options.high = {7, 8};
  EXPECT_EQ(fit_range(options, with_system(), "x"), (ActionRange{{-7, -7}, {7, 8}}));
  options.low = {1, 2, 3};
  EXPECT_NE(failure(options, with_system()).find("option 'low' needs 1 or 2 numbers"), std::string::npos);
  FitContext scalar;
  scalar.action_dim = 1;
  EXPECT_NE(failure(options, scalar).find("option 'low' needs 1 number (the"), std::string::npos);
}

TEST(FitRange, QuantilesOfTheData) {
  RangeOptions options;
  options.quantile = 0.25;
  EXPECT_EQ(fit_range(options, with_system(), "x"), (ActionRange{{-1, 1}, {1, 3}}));
}

TEST(FitRange, ContradictionsAreErrors) {
  RangeOptions options;
  options.low = {0};
  EXPECT_NE(failure(options, with_data()).find("give both"), std::string::npos);
  options.high = {1};
  options.quantile = 0.1;
  EXPECT_NE(failure(options, with_data()).find("contradict"), std::string::npos);
  options = {"system", 0.1, {}, {}};
  EXPECT_NE(failure(options, with_system()).find("contradict"), std::string::npos);
  options = {"sytem", 0.0, {}, {}};
  EXPECT_NE(failure(options, with_system()).find("did you mean 'system'?"), std::string::npos);
  for (const double bad : {-0.1, 0.5, 2.0}) {
    options = {"auto", bad, {}, {}};
    EXPECT_NE(failure(options, with_data()).find("quantile"), std::string::npos) << bad;
  }
}

TEST(FitRange, NeitherRangeNorData) {
  FitContext context;
  context.action_dim = 2;
  EXPECT_NE(failure({}, context).find("give low= and high=, or a dataset"), std::string::npos);
}

TEST(FitRange, InvertedAndHugeRangesNameTheDimension) {
  RangeOptions options{"auto", 0.0, {0, 1}, {0, 0}};
  EXPECT_THROW(fit_range(options, with_data(), "x"), UsageError);
  EXPECT_NE(failure(options, with_data()).find("dimension 1"), std::string::npos);
  options.high = {0, std::numeric_limits<double>::infinity()};
  EXPECT_THROW(fit_range(options, with_data(), "x"), UsageError);
  FitContext context = with_system();
  context.range.low[0] = 2;
  EXPECT_THROW(fit_range({}, context, "x"), DataError);
  context.range = {{-1}, {1}};
  EXPECT_NE(failure({}, context).find("has 1 dimensions, the action 2"), std::string::npos);
  const MemoryActions huge(1, {{-1e37, 1e37}});
  context = {};
  context.action_dim = 1;
  context.data = &huge;
  EXPECT_THROW(fit_range({}, context, "x"), DataError);
}

TEST(FitRange, ConstantDimensionsAreNoError) {
  const MemoryActions constant(1, {{0.5, 0.5}});
  FitContext context;
  context.action_dim = 1;
  context.data = &constant;
  EXPECT_EQ(fit_range({}, context, "x"), (ActionRange{{0.5}, {0.5}}));
}

}  // namespace
}  // namespace pianola
