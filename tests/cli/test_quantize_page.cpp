#include "pianola/cli/quantize_page.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace pianola::cli {
namespace {

QuantizerReport report_of(const std::string& spec, double bits, double rmse) {
  QuantizerReport report;
  report.spec = spec;
  report.bits_per_action = bits;
  report.rmse = {rmse, 0.9 * rmse, 1.1 * rmse, 10};
  return report;
}

Comparison two_schemes() {
  Comparison comparison;
  comparison.data = "demos.hdf5";
  comparison.reports = {report_of("uniform:bins=4", 2.0, 0.2), report_of("uniform:bins=16", 4.0, 0.05),
                        report_of("trap", std::numeric_limits<double>::infinity(), 0.1)};
  comparison.spectrum = {1.0};
  return comparison;
}

TEST(QuantizePage, TheBoundIsPerActionOfAChunk) {
  Comparison comparison;
  comparison.chunk = 4;
  comparison.spectrum = {4.0, 4.0, 4.0, 4.0};  // independent steps of variance 4
  EXPECT_NEAR(gaussian_rmse(comparison, 3.0), 2.0 * std::exp2(-3.0), 1e-12);
  EXPECT_TRUE(std::isnan(gaussian_rmse(comparison, std::numeric_limits<double>::infinity())));
  comparison.spectrum.clear();
  EXPECT_TRUE(std::isnan(gaussian_rmse(comparison, 3.0)));
}

TEST(QuantizePage, TableHasARowAQuantizer) {
  const Table table = comparison_table(two_schemes());
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_NO_THROW(check_table(table));
  EXPECT_EQ(table.rows[0][0], "uniform:bins=4");
  EXPECT_EQ(table.rows[2][1], "∞");
}

TEST(QuantizePage, UndecodableChunksHaveAColumnWhereThereAreAny) {
  Comparison comparison = two_schemes();
  EXPECT_NE(comparison_table(comparison).columns.back(), "undecodable");
  comparison.reports[1].token_error.undecodable_fraction = 0.86;
  EXPECT_EQ(comparison_table(comparison).columns.back(), "undecodable");
  EXPECT_EQ(comparison_table(comparison).rows[1].back(), "86 %");
}

TEST(QuantizePage, ResolutionsOfOneSchemeShareALineAndTheBoundIsACurve) {
  const nlohmann::ordered_json chart = rate_chart(two_schemes());
  std::map<std::string, int> counts;
  for (const auto& row : chart["data"]["values"]) ++counts[row["series"].get<std::string>()];
  EXPECT_EQ(counts["uniform"], 2);
  EXPECT_EQ(counts.count("trap"), 0U) << "infinite bits have no place on the axis";
  EXPECT_GT(counts["Gaussian bound"], 10);
  EXPECT_NE(chart.dump().find("strokeDash"), std::string::npos);
}

TEST(QuantizePage, WithoutASpectrumThereIsNoBound) {
  Comparison comparison = two_schemes();
  comparison.spectrum.clear();
  EXPECT_EQ(rate_chart(comparison).dump().find("Gaussian bound"), std::string::npos);
}

TEST(QuantizePage, RatesThatDifferWidelyHaveALogarithmicAxis) {
  Comparison comparison = two_schemes();
  EXPECT_EQ(rate_chart(comparison)["encoding"]["x"]["scale"].value("type", ""), "");
  comparison.reports[0].bits_per_action = 0.1;
  EXPECT_EQ(rate_chart(comparison)["encoding"]["x"]["scale"]["type"], "log");
}

TEST(QuantizePage, BiasHasAColumn) {
  Comparison comparison = two_schemes();
  comparison.reports[1].bias_per_dimension = {{0.03, 0.02, 0.04, 10}, {-0.04, -0.05, -0.03, 10}};
  const Table table = comparison_table(comparison);
  const auto column = std::find(table.columns.begin(), table.columns.end(), "bias") - table.columns.begin();
  EXPECT_EQ(table.rows[1][static_cast<std::size_t>(column)], "0.05");
}

TEST(QuantizePage, RepairedChunksAreSaid) {
  Comparison comparison = two_schemes();
  EXPECT_EQ(comparison_text(comparison).find("repaired"), std::string::npos);
  comparison.reports[1].decode_failures = 7;
  EXPECT_NE(comparison_text(comparison).find("uniform:bins=16: 7 chunks whose own tokens had to be repaired"),
            std::string::npos);
  EXPECT_NE(comparison_page(comparison, "pianola quantize").html().find("7 chunks"), std::string::npos);
}

}  // namespace
}  // namespace pianola::cli
