#include "pianola/quantizers/uniform_bins.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "property.hpp"
#include "quantizers/conformance.hpp"

namespace pianola::testing {

INSTANTIATE_TEST_SUITE_P(UniformBins, QuantizerConformance,
                         ::testing::ValuesIn(conformance_cases(
                             {"uniform:bins=2,representatives=ends", "uniform:bins=17,representatives=ends",
                              "uniform:bins=17,representatives=mean",
                              "uniform:bins=1000,representatives=mean,range=data", "uniform:bins=5,quantile=0.05",
                              "uniform:bins=33,low=-2,high=3", "uniform:bins=9,atoms=true",
                              "uniform:bins=65,atoms=true,representatives=mean",
                              "uniform:bits=auto,total_bits=10,representatives=ends,low=-1,high=1.3",
                              "uniform:bits=auto,total_bits=12,representatives=mean,atoms=true"})),
                         case_name);

namespace {

constexpr double kUlp = std::numeric_limits<double>::epsilon();

UniformBins make(int bins, const std::string& representatives, double low, double high, std::size_t chunk = 1) {
  return UniformBins({bins, representatives, {}}, chunk, {{low}, {high}});
}

TEST(UniformBins, CentresLieInTheMiddleOfTheirCells) {
  const UniformBins bins = make(4, "centre", -1.0, 1.0);
  EXPECT_EQ((std::vector<float>(bins.levels(0).begin(), bins.levels(0).end())),
            (std::vector<float>{-0.75F, -0.25F, 0.25F, 0.75F}));
  EXPECT_DOUBLE_EQ(bins.info().epsilon_sup, 0.25);
  EXPECT_EQ(q(bins, -0.5), -0.25);  // closed below
  EXPECT_EQ(q(bins, 1.0), 0.75);    // the range's end belongs to the last cell
  EXPECT_EQ(q(bins, 7.0), 0.75);
  EXPECT_EQ(q(bins, -7.0), -0.75);
}

TEST(UniformBins, EvenLevelsAreComputedNotLookedUp) {
  for (const double high : {1.0, 0.4, 3.14159, 1e-3}) {
    for (const int k : {2, 17, 255, 256, 1024}) {
      EXPECT_TRUE(make(k, "centre", -high, high).grid().even()) << k << " " << high;
      EXPECT_TRUE(make(k, "ends", -high, high).grid().even()) << k << " " << high;
      EXPECT_TRUE(make(k, "ends", 0.3 * high, high).grid().even()) << k << " " << high;
    }
  }
}

TEST(UniformBins, EndsReachTheBoundsExactly) {
  for (const int k : {2, 3, 4, 5, 7, 17, 255, 256, 1000}) {
    for (const double high : {1.0, 0.4, 0.1, 3.14159, 1e-3}) {
      const UniformBins bins = make(k, "ends", -high, high);
      EXPECT_EQ(q(bins, -high), -high);
      EXPECT_EQ(q(bins, high), high);
      EXPECT_EQ(bins.levels(0).front(), static_cast<float>(-high));
      EXPECT_EQ(bins.levels(0).back(), static_cast<float>(high));
      EXPECT_DOUBLE_EQ(bins.info().epsilon_sup, high / (k - 1));
      if (k % 2 == 1) {
        EXPECT_EQ(q(bins, 0.0), 0.0) << k;
        EXPECT_EQ(bins.levels(0)[static_cast<std::size_t>(k / 2)], 0.0F) << k;
      }
    }
  }
}

TEST(UniformBins, OuterCellsOfEndsAreHalfAsWide) {
  const UniformBins bins = make(5, "ends", 0.0, 4.0);
  EXPECT_EQ(bins.cell_widths(0), (std::vector<double>{0.5, 1.0, 1.0, 1.0, 0.5}));
  EXPECT_EQ(make(4, "centre", 0.0, 4.0).cell_widths(0), (std::vector<double>(4, 1.0)));
  EXPECT_EQ(q(bins, 0.49), 0.0);
  EXPECT_EQ(q(bins, 0.5), 1.0);
}

TEST(UniformBins, MeansAreOfTheClippedDataAndEmptyCellsFallBack) {
  const MemoryActions data(1, {{-9.0, -0.9, 0.3}, {0.3, 0.4, 0.1}});
  FitContext context = unit_context();
  context.data = &data;
  const auto bins = make_quantizer("uniform:bins=4,representatives=mean", context);
  EXPECT_DOUBLE_EQ(q(*bins, -0.8), -0.95);  // of −1 (clipped) and −0.9
  EXPECT_DOUBLE_EQ(q(*bins, -0.2), -0.25);  // empty
  EXPECT_DOUBLE_EQ(q(*bins, 0.2), 0.275);
  EXPECT_DOUBLE_EQ(q(*bins, 0.8), 0.75);             // empty
  EXPECT_DOUBLE_EQ(bins->info().epsilon_sup, 0.45);  // from −0.95 to the edge at −0.5
}

TEST(UniformBins, MeanNeedsData) {
  EXPECT_NE(failure("uniform:representatives=mean").find("needs data"), std::string::npos);
}

TEST(UniformBins, EpsilonSupIsTheSupremum) {
  for (const char* representatives : {"centre", "ends", "mean"}) {
    const Sample sample = make_sample("walk");
    FitContext context;
    context.action_dim = 3;
    context.range = sample.range;
    context.data = &sample.actions;
    const auto bins = make_quantizer(std::string("uniform:bins=7,representatives=") + representatives, context);
    double square = 0.0;
    for (std::size_t d = 0; d < 3; ++d) {
      double worst = 0.0;
      for (int i = 0; i <= 200000; ++i) {
        std::vector<double> u(3, 0.0), out(3);
        u[d] = -1.0 + i * 1e-5;
        bins->quantize(u, {}, out);
        worst = std::max(worst, std::abs(out[d] - u[d]));
      }
      square += worst * worst;
    }
    EXPECT_LE(std::sqrt(square), bins->info().epsilon_sup * (1.0 + 4.0 * kUlp)) << representatives;
    EXPECT_NEAR(std::sqrt(square), bins->info().epsilon_sup, 2e-5) << representatives;  // the grid's step
  }
}

TEST(UniformBins, ConstantDimensionsHaveOneToken) {
  const MemoryActions data(3, {{0.25, 0.0, 8.0, 0.25, 1.0, 8.0 + 1e-12}});
  FitContext context;
  context.action_dim = 3;
  context.chunk = 2;
  context.data = &data;
  const auto bins = make_quantizer("uniform:bins=16,representatives=ends", context);
  EXPECT_EQ(bins->info().vocabularies, (std::vector<std::uint32_t>{1, 16, 1, 1, 16, 1}));
  std::vector<double> out(6);
  bins->quantize(std::vector<double>{1e6, 0.4, -1e6, 0.2500001, 0.0, 8.0}, {}, out);
  EXPECT_EQ(out[0], 0.25);
  EXPECT_EQ(out[3], 0.25);
  EXPECT_NEAR(out[2], 8.0, 1e-12);
  EXPECT_EQ(bins->levels(0).size(), 1U);
  EXPECT_TRUE(bins->cell_widths(0).empty());
  EXPECT_NEAR(bins->info().epsilon_sup, 1.0 / 30.0, 1e-12);
}

TEST(UniformBins, TinyAndHugeRangesStayFinite) {
  test::property("levels are finite, inside the range, and tokens defined", [] {
    const int exponent = *rc::gen::inRange(-320, 112);  // the bounds stay within ±1e36
    const double low = std::ldexp(*rc::gen::inRange(-100, 101), exponent);
    const double high = low + std::ldexp(*rc::gen::inRange(0, 101), exponent + *rc::gen::inRange(-60, 1));
    const auto kind = *rc::gen::element(std::string("centre"), std::string("ends"));
    const UniformBins bins = make(*rc::gen::inRange(2, 300), kind, low, high);
    const double slack = 1e-7 * (std::abs(low) + std::abs(high)) + 1e-44;
    for (const float level : bins.levels(0)) RC_ASSERT(level >= low - slack && level <= high + slack);
    for (const double u : {low, high, 0.5 * (low + high)}) {
      RC_ASSERT(std::abs(q(bins, u) - u) <=
                bins.info().epsilon_sup * (1.0 + 1e-9) + 4.0 * kUlp * (std::abs(low) + std::abs(high)));
      RC_ASSERT(encode(bins, {static_cast<float>(u)})[0] < bins.info().vocabularies[0]);
    }
  });
}

TEST(UniformBins, FloatAndDoubleAgreeButForRoundingAtAnEdge) {
  test::property("encode(float(u)) is the cell of u, or its neighbour across an edge within float32 rounding", [] {
    const double low = *rc::gen::inRange(-1000, 1000) / 100.0, length = *rc::gen::inRange(1, 1000) / 100.0;
    const int count = *rc::gen::inRange(2, 5000);
    const auto kind = *rc::gen::element(std::string("centre"), std::string("ends"));
    const UniformBins bins = make(count, kind, low, low + length);
    const double u = low + length * *rc::gen::inRange(-100, 1000100) * 1e-6;
    const double level = q(bins, u), other = bins.levels(0)[encode(bins, {static_cast<float>(u)})[0]];
    const double spacing = length / (kind == "ends" ? count - 1 : count);
    const double rounding = 8.0 * std::numeric_limits<float>::epsilon() * (std::abs(low) + length);
    if (std::abs(level - other) <= rounding) return;
    RC_ASSERT(std::abs(level - other) <= spacing + rounding);
    RC_ASSERT(std::abs(std::abs(u - level) - spacing / 2) <= rounding);  // u stands on the edge
  });
}

TEST(UniformBins, ProjectionIsHonestWhereFloatCannotResolveTheCells) {
  EXPECT_TRUE(make(65536, "centre", -1.0, 1.0).info().projection);
  EXPECT_TRUE(make(65536, "ends", -1.0, 1.0).info().projection);
  EXPECT_FALSE(make(65536, "centre", 1000.0, 1001.0).info().projection);
}

TEST(UniformBins, HundredsOfBinsInDecadesAreProjections) {
  for (int k = 2; k <= 2048; k += k < 64 ? 1 : 61) {
    for (const double high : {1.0, 0.4, 17.3, 1e-6, 12345.0}) {
      EXPECT_TRUE(make(k, "centre", -high, high).info().projection) << k << " " << high;
      EXPECT_TRUE(make(k, "ends", -0.3 * high, high).info().projection) << k << " " << high;
    }
  }
}

TEST(UniformBins, SaturatedIsOutsideTheRange) {
  const UniformBins bins = make(4, "centre", -1.0, 1.0);
  bool flags[5] = {};
  bins.saturated(std::vector<double>{-1.0, 1.0, std::nextafter(1.0, 2.0), -1.5, 0.0}, flags);
  EXPECT_EQ((std::vector<bool>(flags, flags + 5)), (std::vector<bool>{false, false, true, true, false}));
}

TEST(UniformBins, MissingTokensDecodeAsTheMiddle) {
  const UniformBins bins({5, "ends", {}}, 2, {{-1.0, 0.0}, {1.0, 4.0}});
  std::vector<Token> tokens{4, 99, 0, 0};
  std::vector<std::uint32_t> lengths{2};
  std::vector<float> out(4);
  std::vector<DecodeStatus> status(1);
  bins.decode({tokens, lengths}, {}, out, status);
  EXPECT_EQ(out, (std::vector<float>{1.0F, 4.0F, 0.0F, 2.0F}));
  EXPECT_EQ(status[0], DecodeStatus::repaired);
}

TEST(UniformBins, ChunksAreStepsOfDimensions) {
  const UniformBins bins({2, "centre", {}}, 2, {{0.0, 10.0}, {1.0, 20.0}});
  std::vector<Token> tokens(4);
  std::vector<std::uint32_t> lengths(1);
  bins.encode(std::vector<float>{0.1F, 19.0F, 0.9F, 11.0F}, {}, {tokens, lengths});
  EXPECT_EQ(tokens, (std::vector<Token>{0, 1, 1, 0}));
  EXPECT_EQ(bins.levels(3)[1], 17.5F);
}

TEST(UniformBins, OptionsAreChecked) {
  FitContext context = unit_context();
  for (const char* spec : {"uniform:bins=1", "uniform:bins=65537", "uniform:bins=-3"}) {
    EXPECT_NE(failure(spec, context).find("2 … 65536"), std::string::npos) << spec;
  }
  EXPECT_NE(failure("uniform:bins=x", context), "");
  EXPECT_NE(failure("uniform:representatives=center", context).find("did you mean 'centre'?"), std::string::npos);
  EXPECT_NE(failure("uniform:low=1,high=0", context).find("low ≤ high"), std::string::npos);
  const MemoryActions broken(1, {{0.0, std::nan("")}});
  context.data = &broken;
  EXPECT_NE(failure("uniform:range=data", context).find("trajectory 0, row 1, dimension 0"), std::string::npos);
}

TEST(UniformBins, RefusesMoreLevelsThanMemoryShouldHold) {
  EXPECT_NE(failure("uniform:bins=65536", unit_context(2000)).find("too many"), std::string::npos);
}

TEST(UniformBins, RepresentativesMustLieInTheirCells) {
  EXPECT_THROW(UniformBins({2, "mean", {}}, 1, {{0.0}, {1.0}}, {.representatives = {0.6, 0.7}}), UsageError);
  EXPECT_THROW(UniformBins({2, "mean", {}}, 1, {{0.0}, {1.0}}, {.representatives = {0.1}}), UsageError);
  EXPECT_THROW(UniformBins({2, "centre", {}}, 1, {{0.0}, {1.0}}, {.representatives = {0.1, 0.7}}), UsageError);
  EXPECT_NO_THROW(UniformBins({2, "mean", {}}, 1, {{0.0}, {1.0}}, {.representatives = {0.1, 0.7}}));
}

/// A third at the upper bound, one in a thousand at the lower one, the rest between.
MemoryActions saturated_data(double bound) {
  std::vector<double> values(3000);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = i < 1000 ? bound : i < 1003 ? -bound : bound * (2.0 * uniform(NoiseKey(8), i, 0) - 1.0);
  }
  return MemoryActions(1, {values});
}

TEST(UniformBins, AtomsStandForTheBoundExactly) {
  for (const double bound : {1.0, 0.7, 0.4}) {  // 0.7 in float32 is less than 0.7
    for (const char* kind : {"centre", "mean"}) {
      const MemoryActions data = saturated_data(bound);
      FitContext context;
      context.action_dim = 1;
      context.range = {{-bound}, {bound}};
      context.data = &data;
      const auto bins = make_quantizer(std::string("uniform:bins=17,atoms=true,representatives=") + kind, context);
      EXPECT_EQ(q(*bins, bound), bound) << kind;
      EXPECT_EQ(q(*bins, static_cast<float>(bound)), bound);
      EXPECT_EQ(q(*bins, 9.0), bound);
      EXPECT_EQ(bins->levels(0).back(), static_cast<float>(bound));
      EXPECT_EQ(encode(*bins, {static_cast<float>(bound)})[0], 16U);
      EXPECT_EQ(encode(*bins, {static_cast<float>(bound * 0.9999)})[0], 15U);
      EXPECT_NE(q(*bins, -bound), -bound);  // too few are there
      EXPECT_NEAR(bins->info().epsilon_sup, bound / 16.0, std::string(kind) == "mean" ? 0.2 * bound : 1e-6);
      EXPECT_TRUE(bins->cell_widths(0).empty());
      EXPECT_TRUE(bins->info().projection);
      EXPECT_EQ(bins->save().at("atoms"), nlohmann::ordered_json({2}));
    }
  }
}

TEST(UniformBins, AnAtomLowersTheMeanErrorExactlyWhereItIsGivenAToken) {
  for (const int at_bound : {0, 20, 60, 120, 400, 2000}) {
    std::vector<double> values(static_cast<std::size_t>(at_bound), 1.0);
    for (int i = 0; i < 4000; ++i) values.push_back(2.0 * (i + 0.5) / 4000.0 - 1.0);
    const MemoryActions data(1, {values});
    FitContext context = unit_context();
    context.data = &data;
    const auto error = [&](const std::vector<BoundAtoms>& atoms) {
      const UniformBins bins({17, "centre", {}}, 1, {{-1.0}, {1.0}}, {.atoms = atoms});
      double sum = 0.0;
      for (const double u : values) sum += std::abs(q(bins, u) - u);
      return sum;
    };
    const auto chosen = make_quantizer("uniform:bins=17,atoms=true", context);
    const bool taken = chosen->save().at("atoms")[0] == 2;
    EXPECT_EQ(taken, error({{false, true}}) < error({{false, false}})) << at_bound;
  }
}

TEST(UniformBins, BothBoundsMayBeAtomsInAnyPrecision) {
  test::property("bounds decode to themselves, everything else to its cell's centre", [] {
    const double low = *rc::gen::inRange(-1000, 1000) / 700.0;
    const double high = low + *rc::gen::inRange(1, 1000) / 700.0;
    const int count = *rc::gen::inRange(3, 300);
    const UniformBins bins({count, "centre", {}}, 1, {{low}, {high}}, {.atoms = {{true, true}}});
    if (!bins.axes()[0].atoms.low) return;  // cells as fine as the tolerance
    const auto last = static_cast<Token>(count - 1);
    RC_ASSERT(q(bins, low) == low && q(bins, high) == high);
    RC_ASSERT(encode(bins, {static_cast<float>(low)})[0] == 0U && encode(bins, {static_cast<float>(high)})[0] == last);
    RC_ASSERT(encode(bins, {-1e30F})[0] == 0U && encode(bins, {1e30F})[0] == last);
    const double u = low + (high - low) * *rc::gen::inRange(0, 1001) * 1e-3;
    RC_ASSERT(std::abs(q(bins, u) - u) <= bins.info().epsilon_sup * (1.0 + 1e-12));
    RC_ASSERT(std::abs(bins.levels(0)[encode(bins, {static_cast<float>(u)})[0]] - u) <=
              bins.info().epsilon_sup + 1e-6 * (std::abs(low) + std::abs(high)));
  });
}

TEST(UniformBins, BitsMayDifferBetweenDimensions) {
  std::vector<double> rows;
  for (std::size_t i = 0; i < 2000; ++i) {
    rows.insert(rows.end(), {uniform(NoiseKey(6), i, 0), 64.0 * uniform(NoiseKey(6), i, 1), 0.5});
  }
  const MemoryActions data(3, {rows});
  FitContext context;
  context.action_dim = 3;
  context.data = &data;
  const auto bins = make_quantizer("uniform:bits=auto,total_bits=10", context);
  EXPECT_EQ(bins->info().vocabularies, (std::vector<std::uint32_t>{4, 256, 1}));
  EXPECT_EQ(bins->levels(0).size(), 4U);
  EXPECT_EQ(bins->cell_widths(1).size(), 256U);
  EXPECT_EQ(make_quantizer("uniform:bits=0;3;5", context)->info().vocabularies, (std::vector<std::uint32_t>{1, 8, 1}));
  const auto mean = make_quantizer("uniform:bits=0;3;5,representatives=mean", context);
  double sum = 0.0;
  for (std::size_t i = 0; i < rows.size(); i += 3) sum += rows[i] / 2000.0;
  EXPECT_NEAR(mean->levels(0)[0], sum, 1e-6);
  EXPECT_EQ(mean->cell_widths(0).size(), 1U);
  EXPECT_NE(failure("uniform:total_bits=10", context).find("bits=auto"), std::string::npos);
}

TEST(UniformBins, AtomsAreChecked) {
  FitContext context = unit_context();
  EXPECT_NE(failure("uniform:atoms=true", context).find("needs data"), std::string::npos);
  const MemoryActions data = saturated_data(1.0);
  context.data = &data;
  EXPECT_NE(failure("uniform:atoms=true,representatives=ends", context).find("'ends' reaches"), std::string::npos);
  EXPECT_NE(failure("uniform:atoms=true,bins=2", context).find("at least 3 bins"), std::string::npos);
}

TEST(UniformBins, SpecShowsWhatDiffersFromTheDefaults) {
  FitContext context;
  context.action_dim = 2;
  EXPECT_EQ(make_quantizer("uniform:17,low='-1,-2',high=3", context)->info().spec, "uniform:bins=17,low=-1;-2,high=3");
  EXPECT_EQ(make_quantizer("uniform:bins=256,low=0,high=1", context)->info().spec, "uniform:bins=256,low=0,high=1");
}

}  // namespace
}  // namespace pianola::testing
