#include "pianola/cli/demo_charts.hpp"

#include "cli/demo_story.hpp"

namespace pianola::cli {
namespace {

class DemoCharts : public DemoStories {};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(DemoCharts, TheReturnsNameTheCheapestGoodResolution) {
  const Picture picture = return_picture(story());
  EXPECT_TRUE(has(picture.chart.dump(), "99.5"));
  EXPECT_TRUE(has(picture.finding, "5 levels with their representatives at the ends of the range")) << picture.finding;
}

TEST_F(DemoCharts, TheReturnsSaySoIfNoResolutionIsGood) {
  DemoStory bad = story();
  bad.replayed.controllers[1].regret.value = 50.0;
  EXPECT_TRUE(has(return_picture(bad).finding, "No resolution"));
}

TEST_F(DemoCharts, TheErrorsStandBesideTheRegrets) {
  const Picture picture = error_picture(story());
  EXPECT_TRUE(has(picture.finding, "0.125 (centre) and 0.125 (ends), the regrets 3 and 0.5")) << picture.finding;
}

TEST_F(DemoCharts, CoverageIsTheDistanceFromTheCleanTwin) {
  const Picture picture = coverage_picture(story());
  ASSERT_EQ(picture.chart["data"]["values"].size(), 2U);
  EXPECT_EQ(picture.chart["data"]["values"][0]["y"], 0.0);
  EXPECT_EQ(picture.chart["data"]["values"][1]["y"], 5.0);
  EXPECT_TRUE(has(picture.finding, "the 1 demonstrations with noise run 2.5 beside")) << picture.finding;
}

TEST_F(DemoCharts, LossesOfBothLearnersShareAPicture) {
  const Picture picture = loss_picture(story());
  for (const char* series : {"50 clean: training batches", "50 clean: held out", "50 perturbed: held out"}) {
    EXPECT_TRUE(has(picture.chart.dump(), series)) << series;
  }
  EXPECT_TRUE(has(picture.finding, "0.25 nats per action (clean) and 0.75")) << picture.finding;
}

TEST_F(DemoCharts, DeviationsShowEachLearnerOnce) {
  DemoStory with_decodings = story();
  with_decodings.learned.controllers.push_back(result("feedback:decode=mean", 0.75));
  const Picture picture = deviation_picture(with_decodings);
  EXPECT_EQ(picture.chart["data"]["values"].size(), 3U) << "not the other decodings";
  EXPECT_TRUE(has(picture.finding, "0.5 (quantized expert), 70 (learned from 50 clean), 1 (learned"))
      << picture.finding;
}

TEST_F(DemoCharts, TheFindingHoldsThreeRegrets) {
  const std::string text = learning_finding(story());
  for (const char* number :
       {"return of 100", "loses 70.00 ± 0.10", "σ = 0.5 on 50 %", "loses 1.00 ± 0.10", "loses 0.50 ± 0.10"}) {
    EXPECT_TRUE(has(text, number)) << number << ": " << text;
  }
}

}  // namespace
}  // namespace pianola::cli
