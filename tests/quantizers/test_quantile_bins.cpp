#include "pianola/quantizers/quantile_bins.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "pianola/quantizers/action_scan.hpp"
#include "property.hpp"
#include "quantizers/conformance.hpp"

namespace pianola::testing {

INSTANTIATE_TEST_SUITE_P(QuantileBins, QuantizerConformance,
                         ::testing::ValuesIn(conformance_cases(
                             {"quantile:bins=2", "quantile:bins=17,representatives=median",
                              "quantile:bins=64,representatives=centre", "quantile:bits=auto,total_bits=12"})),
                         case_name);

namespace {

std::unique_ptr<Quantizer> fit(const std::string& spec, const ActionSource& data) {
  return make_quantizer(spec, context_of(data));
}

MemoryActions column(std::vector<double> values) { return MemoryActions(1, {std::move(values)}); }

const BinAxis& axis(const Quantizer& quantizer, std::size_t d = 0) {
  return dynamic_cast<const EdgeBins&>(quantizer).axes()[d];
}

TEST(QuantileBins, CellsHoldEqualShares) {
  std::vector<double> values(10000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::exp(normal(NoiseKey(4), i, 0));
  const MemoryActions data = column(values);
  const auto bins = fit("quantile:bins=100", data);
  std::vector<int> counts(100);
  for (const double u : values) ++counts[axis(*bins).token(u)];
  for (const int count : counts) EXPECT_NEAR(count, 100, 1);
  EXPECT_EQ(bins->cell_widths(0).size(), 100U);
}

// Far fewer values than the 2²⁸ from which on fit streams: the two ways must agree to the bit.
TEST(QuantileBins, EdgesAreThoseOfStreamedQuantiles) {
  const Sample sample = make_sample("wide");
  std::vector<double> p(33);
  for (std::size_t k = 0; k < p.size(); ++k) p[k] = static_cast<double>(k) / 32.0;
  const auto wanted = data_quantiles(sample.actions, "test", p);
  const auto bins = fit("quantile:bins=32", sample.actions);
  for (std::size_t d = 0; d < 17; ++d) {
    EXPECT_EQ(axis(*bins, d).low, wanted[d].front());
    EXPECT_EQ(axis(*bins, d).high, wanted[d].back());
    ASSERT_EQ(axis(*bins, d).edges.size(), 31U);
    for (std::size_t k = 1; k < 32; ++k) EXPECT_EQ(axis(*bins, d).edges[k - 1], static_cast<float>(wanted[d][k]));
  }
}

TEST(QuantileBins, RepresentativesAreMeanMedianOrCentre) {
  const MemoryActions data = column({0.0, 1.0, 2.0, 9.0, 10.0, 11.0, 12.0, 20.0, 30.0});
  const auto mean = fit("quantile:bins=2", data), median = fit("quantile:bins=2,representatives=median", data);
  EXPECT_EQ(axis(*mean).edges, (std::vector<double>{10.0}));
  EXPECT_EQ(axis(*mean).representatives, (std::vector<double>{3.0, 16.6}));
  EXPECT_EQ(axis(*median).representatives, (std::vector<double>{2.0, 12.0}));  // quantiles 1/4 and 3/4
  EXPECT_EQ(axis(*fit("quantile:bins=2,representatives=centre", data)).representatives,
            (std::vector<double>{5.0, 20.0}));
  EXPECT_DOUBLE_EQ(mean->info().epsilon_sup, 30.0 - 16.6);
}

TEST(QuantileBins, AtomsGetTokensOfTheirOwn) {
  // Three tenths at each bound, as saturated demonstrations have them; 0.1 is no float32 number.
  std::vector<double> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = i < 300 ? -0.1 : i < 600 ? 0.1 : 0.2 * uniform(NoiseKey(1), i, 0) - 0.1;
  }
  for (const char* kind : {"mean", "median", "centre"}) {
    const auto bins = fit(std::string("quantile:bins=20,representatives=") + kind, column(values));
    EXPECT_NEAR(q(*bins, -0.1), -0.1, 1e-8) << kind;
    EXPECT_NEAR(q(*bins, 0.1), 0.1, 1e-8) << kind;
    std::vector<Token> tokens(4);
    std::vector<std::uint32_t> lengths(4);
    bins->encode(std::vector<float>{-0.1F, -0.0999F, 0.0999F, 0.1F}, {}, {tokens, lengths});
    const Token last = bins->info().vocabularies[0] - 1;
    EXPECT_EQ(tokens, (std::vector<Token>{0, 1, last - 1, last})) << kind;
    EXPECT_NEAR(last, 10, 1) << kind;  // two atoms, and the other four tenths of twenty cells
    EXPECT_TRUE(bins->cell_widths(0).empty());
    EXPECT_TRUE(bins->info().projection) << kind;
  }
}

TEST(QuantileBins, AnAtomInTheMiddleIsItsOwnCell) {
  std::vector<double> values(1000, 0.3);
  for (std::size_t i = 0; i < 500; ++i) values[i] = static_cast<double>(i) / 500.0;
  const auto bins = fit("quantile:bins=16", column(values));
  EXPECT_EQ(q(*bins, 0.3), 0.3);
  EXPECT_GT(q(*bins, 0.3001), 0.3001);
  EXPECT_LT(q(*bins, 0.2999), 0.2999);
  EXPECT_LE(bins->info().epsilon_sup, 0.13);
}

TEST(QuantileBins, DegenerateDimensionsDoNotBlowUp) {
  std::vector<double> rows;
  for (std::size_t i = 0; i < 500; ++i) {
    const double z = normal(NoiseKey(2), i, 0);
    const double almost = i == 7 ? 1.0 : 0.5;  // q01 = q99
    rows.insert(rows.end(), {0.25, 8.0 + 1e-12 * z, almost, z});
  }
  const auto bins = fit("quantile:bins=32", MemoryActions(4, {rows}));
  EXPECT_EQ(bins->info().vocabularies, (std::vector<std::uint32_t>{1, 1, 2, 32}));
  std::vector<double> out(4);
  bins->quantize(std::vector<double>{1e6, -1e6, 0.5, 0.0}, {}, out);
  EXPECT_EQ(out[0], 0.25);
  EXPECT_NEAR(out[1], 8.0, 1e-10);
  EXPECT_EQ(out[2], 0.5);
  for (std::size_t d = 0; d < 4; ++d) {
    for (const float level : bins->levels(d)) EXPECT_LE(std::abs(level), 8.001F);
  }
}

TEST(QuantileBins, TheMostOfTheTokensIsUsedWhateverTheData) {
  test::property("edges ascend, all representatives lie in their cells, ε holds, atoms are exact", [] {
    const auto n = *rc::gen::inRange<std::size_t>(16, 200);
    std::vector<double> values(n);
    for (double& u : values) u = *rc::gen::inRange(-5, 6) / 10.0 + *rc::gen::element(0.0, 0.0, 1e-9, 0.03, 1e-3);
    const auto kind = *rc::gen::element(std::string("mean"), std::string("median"), std::string("centre"));
    const MemoryActions data = column(values);
    const auto bins = fit("quantile:bins=16,representatives=" + kind, data);  // check_axis throws if they do not
    RC_ASSERT(bins->info().vocabularies[0] <= 16U);
    for (const double u : values) {
      const double error = std::abs(q(*bins, u) - u);
      RC_ASSERT(error <= bins->info().epsilon_sup + 1e-7);  // cells end at float32 numbers
      const auto copies = static_cast<std::size_t>(std::count(values.begin(), values.end(), u));
      if (copies > 2 * n / 16 + 2) RC_ASSERT(error < 1e-7);
    }
  });
}

TEST(QuantileBins, BitsMayDiffer) {
  std::vector<double> rows;
  for (std::size_t i = 0; i < 2000; ++i) {
    rows.insert(rows.end(), {normal(NoiseKey(3), i, 0), 16.0 * normal(NoiseKey(3), i, 1)});
  }
  const auto bins = fit("quantile:bits=auto,total_bits=12", MemoryActions(2, {rows}));
  EXPECT_EQ(bins->info().vocabularies, (std::vector<std::uint32_t>{16, 256}));
  std::vector<int> counts(16);
  for (std::size_t i = 0; i < rows.size(); i += 2) ++counts[axis(*bins).token(rows[i])];
  for (const int count : counts) EXPECT_NEAR(count, 125, 1);
}

TEST(QuantileBins, BadInputIsNamed) {
  const MemoryActions few = column({1.0, 2.0, 3.0}), broken = column({1.0, std::nan(""), 3.0});
  const MemoryActions huge = column({1.0, 1e300, 3.0}), none(1, {});
  EXPECT_NE(failure("quantile:bins=4", context_of(few)).find("the data have 3"), std::string::npos);
  EXPECT_EQ(failure("quantile:bins=3", context_of(few)), "");
  EXPECT_NE(failure("quantile:bins=2", context_of(broken)).find("row 1, dimension 0"), std::string::npos);
  EXPECT_NE(failure("quantile:bins=2", context_of(huge)).find("1e+300"), std::string::npos);
  EXPECT_NE(failure("quantile:bins=2", context_of(none)).find("at least one action"), std::string::npos);
  EXPECT_NE(failure("quantile").find("needs data"), std::string::npos);
  EXPECT_NE(failure("quantile:bins=1", context_of(few)).find("2 … 4096"), std::string::npos);
  EXPECT_NE(failure("quantile:representatives=ends", context_of(few)).find("representatives"), std::string::npos);
  const MemoryActions wide(40, {std::vector<double>(40 * 5000, 1.0)});
  EXPECT_NE(failure("quantile:bins=4096", context_of(wide)).find("1638 bins are the most"), std::string::npos);
}

TEST(QuantileBins, OneSampleIsTooFew) {
  const MemoryActions one = column({0.5});
  EXPECT_NE(failure("quantile:bins=2", context_of(one)).find("the data have 1"), std::string::npos);
}

}  // namespace
}  // namespace pianola::testing
