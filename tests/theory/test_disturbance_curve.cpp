#include "pianola/theory/disturbance_curve.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "pianola/theory/compared_schemes.hpp"

namespace pianola {
namespace {

TEST(DisturbanceCurve, AStraightLineAndACliff) {
  const DisturbanceCurve line{{{0.0, 0.25, 0.5, 0.75, 1.0}, {0.0, 0.25, 0.5, 0.75, 1.0}}, std::vector<double>(5)};
  EXPECT_DOUBLE_EQ(line.areas()[0], 0.5);
  EXPECT_DOUBLE_EQ(line.cliff(), 0.25);
  const DisturbanceCurve cliff{{{0.1, 0.1, 0.1, 0.9, 0.9}, {0.1, 0.1, 0.1, 0.88, 0.88}}, std::vector<double>(5)};
  EXPECT_DOUBLE_EQ(cliff.cliff(), 1.0);
  EXPECT_NEAR(cliff.at(4).value, 0.89, 1e-15);
  EXPECT_LT(cliff.at(4).low, 0.89);
  EXPECT_NEAR(cliff.areas()[0], 0.25 * (0.1 + 0.1 + 0.5 + 0.9), 1e-15);
}

TEST(DisturbanceCurve, ARiseIsWhatTheDisturbanceAddsToTheTokensPrice) {
  const DisturbanceCurve dear{{{0.4, 0.4, 0.5}, {0.5, 0.5, 0.6}}, std::vector<double>(3)};
  EXPECT_NEAR(dear.areas()[0], 0.425, 1e-15);
  EXPECT_NEAR(dear.rises()[0], 0.025, 1e-15);
  EXPECT_NEAR(dear.rises()[1], 0.025, 1e-15) << "of its own undisturbed cost";
  const DisturbanceCurve fragile{{{0.0, 0.2, 0.4}, {0.0, 0.2, 0.4}}, std::vector<double>(3)};
  EXPECT_NEAR(rise_above(fragile, dear).value, 0.175, 1e-15) << "though its area is half as large";
  EXPECT_NEAR(rise_above(fragile, dear, 4.0).value, 0.1, 1e-15);
  EXPECT_LT(rise_above(dear, fragile).high, 0.0);
}

TEST(DisturbanceCurve, AnAxisMayRiseToBothSides) {
  const DisturbanceCurve both{{{0.5, 0.1, 0.0, 0.1, 0.2}, {0.5, 0.1, 0.0, 0.1, 0.2}}, std::vector<double>(5), 2};
  EXPECT_NEAR(both.cliff(), 0.8, 1e-15) << "0.4 of 0.5 to the left; half of 0.2 to the right";
  EXPECT_NEAR(both.rises()[0], 0.25 * (0.25 + 0.1 + 0.0 + 0.1 + 0.1), 1e-15);
  const DisturbanceCurve one{{{0.0, 0.0, 0.3}, {0.0, 0.0, 0.3}}, std::vector<double>(3), 1};
  EXPECT_DOUBLE_EQ(one.cliff(), 1.0) << "the flat side has none";
  const DisturbanceCurve back{{{0.0, 0.8, 0.5}, {0.0, 0.8, 0.5}}, std::vector<double>(3)};
  EXPECT_EQ(back.cliff(), 1.0) << "no more than all of it";
}

TEST(DisturbanceCurve, CaptionAndTableNameRisesAndCliffs) {
  const DisturbanceCurve raw{{{0.0, 0.0, 0.0}, {0.0, 0.0, 0.0}}, std::vector<double>(3)};
  const DisturbanceCurve cliff{{{0.25, 0.25, 0.75}, {0.25, 0.25, 0.75}}, std::vector<double>(3)};
  const DisturbanceCurve line{{{0.5, 0.5625, 0.625}, {0.5, 0.5625, 0.625}}, std::vector<double>(3)};
  const std::string text = disturbance_caption(raw, {{"first", cliff}, {"second", line}});
  EXPECT_NE(text.find("second 0.0625 the least"), std::string::npos) << text;
  EXPECT_NE(text.find("first 0.125 the most; raw expert 0."), std::string::npos) << text;
  EXPECT_NE(text.find("Cliffs: first (100 %)"), std::string::npos) << text;
  DisturbanceTable table;
  for (const char* kind : {"late", "lost"}) {
    table.add(kind, "first", cliff);
    table.add(kind, "second", line);
  }
  const Summary summary = table.summary("quadrotor");
  EXPECT_NE(summary.caption.find("quadrotor"), std::string::npos);
  ASSERT_EQ(summary.rows.size(), 2U);
  ASSERT_EQ(summary.rows[0].size(), 4U) << "scheme, undisturbed, two disturbances";
  EXPECT_EQ(std::get<std::string>(summary.rows[0][1].second), "0.25");
  EXPECT_EQ(summary.rows[1][3].first, "lost");
  EXPECT_NE(std::get<std::string>(summary.rows[0][2].second).find("[100 %]"), std::string::npos);
  EXPECT_EQ(std::get<std::string>(summary.rows[1][2].second).find('['), std::string::npos) << "half is no cliff";
}

/// Of three levels, undisturbed 0: rises are a quarter of the last costs.
DisturbanceCurve rising_to(const std::vector<double>& last) {
  DisturbanceCurve curve{{}, std::vector<double>(3)};
  for (const double cost : last) curve.cost.push_back({0.0, 0.0, cost});
  return curve;
}

TEST(DisturbanceCurve, ACaptionTellsRisesApartByPairedDifferencesNotByTheirIntervals) {
  const DisturbanceCurve raw = rising_to({0.0, 0.0, 0.0, 0.0}), reference = rising_to({0.4, 0.8, 0.4, 0.8});
  const DisturbanceCurve thrifty = rising_to({0.2, 0.6, 0.2, 0.6}), dear = rising_to({0.8, 1.2, 0.8, 1.2}),
                         other = rising_to({0.8, 0.4, 0.8, 0.4});
  ASSERT_GT(mean_estimate(thrifty.rises()).high, mean_estimate(reference.rises()).low) << "their intervals overlap";
  const std::string text =
      disturbance_caption(raw, {{kReferenceScheme, reference}, {"k-means", thrifty}, {"log", other}, {"zoom", dear}});
  // 0.05 − 0.1 and 0.15 − 0.2; 0.2 − 0.1 and 0.3 − 0.2; of log ±0.1, alternating: not told apart.
  EXPECT_NE(text.find("Against uniform ends under the same noise (95 % each): less k-means (-0.05 ± "),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("); more zoom (0.1 ± "), std::string::npos) << text;
  EXPECT_EQ(text.substr(0, text.find(" Cliffs: ")).find("log ("), std::string::npos) << text;
  const std::string none = disturbance_caption(raw, {{kReferenceScheme, reference}, {"log", other}});
  EXPECT_NE(none.find("Against uniform ends under the same noise no other's rise is told apart."), std::string::npos)
      << none;
  DisturbanceCurve lost = reference;
  lost.left[lost.undisturbed] = 1.0;
  const std::string without = disturbance_caption(raw, {{kReferenceScheme, lost}, {"k-means", thrifty}});
  EXPECT_EQ(without.find("Against"), std::string::npos) << "a lost reference says nothing: " << without;
}

TEST(DisturbanceCurve, ARowHasWhatItRisesAboveTheReference) {
  const DisturbanceCurve reference = rising_to({0.4, 0.8}), dear = rising_to({0.8, 1.2});
  const auto above = [&](const DisturbanceCurve& curve, const DisturbanceCurve& beside, const char* name) {
    const Row row = disturbance_row("plant", 1.2, "noise", "zoom", curve, beside);
    return std::get<double>(std::ranges::find(row, name, [](const auto& cell) { return cell.first; })->second);
  };
  EXPECT_NEAR(above(dear, reference, "above_reference"), 0.1, 1e-15);
  EXPECT_NEAR(above(dear, reference, "above_reference_low"), 0.1, 1e-14) << "both groups differ by as much";
  EXPECT_EQ(above(reference, reference, "above_reference"), 0.0);
  DisturbanceCurve lost = reference;
  lost.left[lost.undisturbed] = 0.25;
  EXPECT_TRUE(std::isnan(above(dear, lost, "above_reference")));
  EXPECT_TRUE(std::isnan(above(lost, dear, "above_reference_high")));
}

TEST(DisturbanceCurve, WhatHardlyRisesIsNoCliff) {
  const DisturbanceCurve flat{{{0.3, 0.305}, {0.3, 0.305}}, std::vector<double>(2)};
  EXPECT_TRUE(std::isnan(flat.cliff()));
}

TEST(DisturbanceCurve, WhereTheRisesIntervalReachesZeroThereIsNoCliff) {
  // One group of four loses a few runs: rises 0, 0, 0 and 0.05, mean 0.0125 ± 3.18·0.025/2 = 0.04.
  const DisturbanceCurve few{{{0.0, 0.0, 0.0}, {0.0, 0.0, 0.0}, {0.0, 0.0, 0.0}, {0.0, 0.0, 0.2}},
                             std::vector<double>(3)};
  EXPECT_GT(few.at(2).value, 0.01) << "it does rise";
  EXPECT_TRUE(std::isnan(few.cliff()));
  const DisturbanceCurve all{{{0.0, 0.0, 0.2}, {0.0, 0.0, 0.2}, {0.0, 0.0, 0.2}, {0.0, 0.0, 0.2}},
                             std::vector<double>(3)};
  EXPECT_DOUBLE_EQ(all.cliff(), 1.0);
  // To the left a certain line, to the right the same few runs.
  const DisturbanceCurve sides{
      {{0.8, 0.4, 0.0, 0.0, 0.0}, {0.8, 0.4, 0.0, 0.0, 0.0}, {0.8, 0.4, 0.0, 0.0, 0.0}, {0.8, 0.4, 0.0, 0.0, 0.2}},
      std::vector<double>(5),
      2};
  EXPECT_GT(mean_estimate(sides.rises()).low, 0.0);
  EXPECT_DOUBLE_EQ(sides.cliff(), 0.5) << "the line's; not the 1 of the side that may not rise";
}

TEST(DisturbanceCurve, AFallIsNoCliff) {
  const DisturbanceCurve fall{{{0.0, 0.4, 0.5}, {0.0, 0.4, 0.5}}, std::vector<double>(3), 1};
  EXPECT_LT(fall.rises()[0], 0.0) << "less to the left than more to the right";
  EXPECT_TRUE(std::isnan(fall.cliff()));
}

TEST(DisturbanceCurve, WhatChangesNothingRisesByExactlyZero) {
  const DisturbanceCurve same{{{0.1, 0.1, 0.1, 0.1}, {0.7, 0.7, 0.7, 0.7}}, std::vector<double>(4)};
  EXPECT_EQ(same.rises()[0], 0.0);
  EXPECT_EQ(same.rises()[1], 0.0);
  DisturbanceTable table;
  table.add("wrong", "raw expert", same);
  EXPECT_EQ(std::get<std::string>(table.summary("line").rows[0][2].second), "0");
}

TEST(DisturbanceCurve, ASchemeThatIsLostUndisturbedHasNoRiseAndNoCliff) {
  const DisturbanceCurve raw{{{0.0, 0.0}, {0.0, 0.0}}, std::vector<double>(2)};
  const DisturbanceCurve lost{{{0.5, 0.25}, {0.5, 0.25}}, {0.5, 0.25}};
  const DisturbanceCurve steep{{{0.5, 1.0}, {0.5, 1.0}}, {0.25, 1.0}};
  const DisturbanceCurve holds{{{0.0, 0.5}, {0.0, 0.5}}, {0.0, 0.5}};
  EXPECT_TRUE(lost.lost_as_it_is() && steep.lost_as_it_is());
  EXPECT_FALSE(holds.lost_as_it_is());
  EXPECT_TRUE(std::isnan(steep.cliff()));
  const std::string text = disturbance_caption(raw, {{"first", lost}, {"second", holds}, {"third", steep}});
  EXPECT_NE(text.find("second 0.25 the least of the schemes, second 0.25 the most"), std::string::npos) << text;
  EXPECT_NE(text.find("Cliffs: second (100 %), the share of the rise"), std::string::npos) << text;
  EXPECT_NE(text.find("Lost as it is, and not compared: first, third."), std::string::npos) << text;
  EXPECT_EQ(disturbance_caption(raw, {{"first", lost}}),
            "Mean height above the undisturbed cost: raw expert 0. Lost as it is, and not compared: first.");
  DisturbanceTable table;
  table.add("mass", "first", lost);
  EXPECT_EQ(std::get<std::string>(table.summary("pole").rows[0][2].second), "lost as it is");
}

TEST(DisturbanceCurve, TheMostDisturbedLevelIsTheCostliest) {
  const DisturbanceCurve curve{{{0.5, 0.125, 0.0, 0.25}, {0.5, 0.125, 0.0, 0.25}}, {0.75, 0.125, 0.0, 0.25}, 2};
  EXPECT_EQ(curve.costliest(), 0U);
  const Row row = disturbance_row("plant", 1.2, "gain", "uniform", curve, curve);
  const auto number = [&](const char* name) {
    return std::get<double>(std::ranges::find(row, name, [](const auto& cell) { return cell.first; })->second);
  };
  EXPECT_EQ(number("most_disturbed"), 0.5);
  EXPECT_EQ(number("left"), 0.75);
}

TEST(DisturbanceCurve, ItsRowHasEndsAreaAndWhatLeft) {
  const DisturbanceCurve curve{{{0.0, 0.58}, {0.0, 0.62}}, {0.0, 0.25}};
  const Row row = disturbance_row("plant", 1.2, "noise", "uniform", curve, curve);
  const auto number = [&](const char* name) {
    const auto at = std::ranges::find(row, name, [](const auto& cell) { return cell.first; });
    return at == row.end() ? std::nan("") : std::get<double>(at->second);
  };
  EXPECT_DOUBLE_EQ(number("undisturbed"), 0.0);
  EXPECT_DOUBLE_EQ(number("most_disturbed"), 0.6);
  EXPECT_DOUBLE_EQ(number("left_undisturbed"), 0.0);
  EXPECT_DOUBLE_EQ(number("area"), 0.3);
  EXPECT_LT(number("area_low"), 0.3);
  EXPECT_DOUBLE_EQ(number("rise"), 0.3);
  EXPECT_LT(number("rise_low"), 0.3);
  EXPECT_DOUBLE_EQ(number("cliff"), 1.0);
  EXPECT_DOUBLE_EQ(number("left"), 0.25);
}

}  // namespace
}  // namespace pianola
