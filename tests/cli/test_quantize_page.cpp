#include "pianola/cli/quantize_page.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
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

/// Points by line of the chart.
std::map<std::string, int> lines_of(const std::vector<QuantizerReport>& reports) {
  Comparison comparison;
  comparison.reports = reports;
  std::map<std::string, int> counts;
  const nlohmann::ordered_json chart = rate_chart(comparison);
  for (const auto& row : chart["data"]["values"]) ++counts[row["series"].get<std::string>()];
  return counts;
}

using Lines = std::map<std::string, int>;

TEST(QuantizePage, DifferentSchemesHaveLinesOfTheirOwn) {
  EXPECT_EQ(lines_of({report_of("kmeans:k=16", 4, 0.2), report_of("kmeans:k=64", 6, 0.1),
                      report_of("kmeans:k=16,scale=std", 4, 0.3), report_of("kmeans:k=64,scale=std", 6, 0.2)}),
            (Lines{{"kmeans", 2}, {"kmeans:scale=std", 2}}));
  EXPECT_EQ(lines_of({report_of("kdisks:k=16", 4, 0.2), report_of("kdisks:k=16,codes=mean", 4, 0.1)}),
            (Lines{{"kdisks:k=16", 1}, {"kdisks:k=16,codes=mean", 1}}));
  EXPECT_EQ(lines_of({report_of("uniform:bins=16", 4, 0.2), report_of("uniform:bins=64", 6, 0.1),
                      report_of("uniform:bins=16,quantile=0.01", 4, 0.3)}),
            (Lines{{"uniform", 2}, {"uniform:quantile=0.01", 1}}));
}

TEST(QuantizePage, ResolutionsAreNumbersThatChangeTheBits) {
  EXPECT_EQ(lines_of({report_of("fast:vocabulary=256", 2, 0.2), report_of("fast:vocabulary=1024", 3, 0.1)}),
            (Lines{{"fast", 2}}));
  EXPECT_EQ(lines_of({report_of("beast:bases=5,degree=3", 2, 0.2), report_of("beast:bases=9,degree=3", 3, 0.1)}),
            (Lines{{"beast:degree=3", 2}}));
  EXPECT_EQ(lines_of({report_of("rvq", 8, 0.2), report_of("rvq:layers=4", 16, 0.1)}), (Lines{{"rvq", 2}}))
      << "what a spec leaves out has its default";
  EXPECT_EQ(lines_of({report_of("mulaw:mu=100", 10, 0.2), report_of("mulaw:mu=255", 10, 0.1)}),
            (Lines{{"mulaw:mu=100", 1}, {"mulaw:mu=255", 1}}));
}

TEST(QuantizePage, TheTableHasTheBoundWhereThereIsOne) {
  Comparison comparison = two_schemes();
  const Table table = comparison_table(comparison);
  const auto column = std::find(table.columns.begin(), table.columns.end(), "Gaussian bound") - table.columns.begin();
  ASSERT_LT(static_cast<std::size_t>(column), table.columns.size());
  EXPECT_EQ(table.rows[0][static_cast<std::size_t>(column)], "0.25");  // 2 bits of a variance of 1
  EXPECT_NE(comparison_text(comparison).find("Gaussian bound:"), std::string::npos);
  comparison.spectrum.clear();
  EXPECT_EQ(comparison_text(comparison).find("Gaussian"), std::string::npos);
}

TEST(QuantizePage, WhatHoldsForAllIsSaidOnce) {
  const auto count = [](const std::string& text, const std::string& words) {
    int found = 0;
    for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) ++found;
    return found;
  };
  Comparison comparison = two_schemes();
  for (QuantizerReport& report : comparison.reports) report.steps = 900, report.dropped_steps = 100;
  EXPECT_EQ(count(comparison_text(comparison), "are left out"), 1);
  EXPECT_NE(comparison_text(comparison).find("all: 100 of the data's 1000 steps"), std::string::npos);
  EXPECT_EQ(count(comparison_page(comparison, "pianola quantize").html(), "are left out"), 1);
  comparison.reports[1].dropped_steps = 0;
  EXPECT_EQ(count(comparison_text(comparison), "are left out"), 2) << "not said of all";
  comparison.reports.resize(1);
  EXPECT_NE(comparison_text(comparison).find("uniform:bins=4: 100 of the data's 1000 steps"), std::string::npos);
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
