#include "pianola/cli/demo_page.hpp"

#include <nlohmann/json.hpp>

#include "cli/demo_story.hpp"

namespace pianola::cli {
namespace {

class DemoPage : public DemoStories {};

TEST_F(DemoPage, TheTextHoldsBothTablesAndTheFinding) {
  const std::string text = demo_text(story());
  EXPECT_NE(text.find("5 levels with their representatives at the ends of the range"), std::string::npos) << text;
  EXPECT_NE(text.find("50 perturbed"), std::string::npos) << text;
}

TEST_F(DemoPage, ATableRowNamesTheDemonstrationsOfItsPolicyOnly) {
  std::istringstream lines(demo_text(story()));
  std::vector<std::string> rows;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("quantized") || line.starts_with("feedback")) rows.push_back(line);
  }
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].find("50 c"), std::string::npos) << rows[0];
  EXPECT_NE(rows[1].find("50 clean"), std::string::npos) << rows[1];
  EXPECT_NE(rows[2].find("50 perturbed"), std::string::npos) << rows[2];
}

TEST_F(DemoPage, TheSummaryIsTwoLinesOfMeasuredReturns) {
  const std::string text = demo_summary(story());
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  for (const char* number : {"100.0 of the expert", "99.5 quantized to 5 levels", "30.0 learned from 50 clean",
                             "99.0 learned from 50 perturbed"}) {
    EXPECT_NE(text.find(number), std::string::npos) << text;
  }
}

TEST_F(DemoPage, HoldsAllPicturesEachWithASentence) {
  const Page page = demo_page(story());
  EXPECT_EQ(page.charts().size(), 5U);
  EXPECT_EQ(page.html().find("<figcaption></figcaption>"), std::string::npos);
}

}  // namespace
}  // namespace pianola::cli
