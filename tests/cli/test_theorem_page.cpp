#include "pianola/cli/theorem_page.hpp"

#include <gtest/gtest.h>

namespace pianola::cli {
namespace {

RanExperiment broken() {
  RanExperiment ran{&find_experiment("6"), {}};
  ran.result.checks = {check_at_most("small", exact(2.0), 1.0), control_at_most("control, broken", exact(0.0), 1.0),
                       undecided(check_at_most("slope", exact(2.0), 1.0))};
  ran.result.rows = {{{"n", 16.0}, {"learner", "tabular"}, {"regret", 0.5}}};
  ran.result.notes = {"something was seen"};
  return ran;
}

TEST(TheoremPage, JsonHasTheFieldsThatScriptsRead) {
  const auto json = to_json(broken());
  EXPECT_EQ(json["passed"], false);
  EXPECT_EQ(json["checks"][0]["margin"], -1.0);
  EXPECT_TRUE(json["checks"][1]["control"]);
  EXPECT_TRUE(json["checks"][2]["passed"].is_null());
  EXPECT_EQ(json["rows"][0].dump(), R"({"n":16,"learner":"tabular","regret":0.5})");
}

TEST(TheoremPage, AGroupSaysWhoseEachCheckIs) {
  const std::vector<RanExperiment> ran{{&find_experiment("9"), {}}, broken()};
  const auto json = to_json("unstable", ran);
  EXPECT_EQ(json["theorem"], "unstable");
  EXPECT_EQ(json["passed"], false);
  ASSERT_EQ(json["checks"].size(), 3U);
  EXPECT_EQ(json["checks"][1]["theorem"], "6");
  EXPECT_EQ(json["rows"][0].dump(), R"({"theorem":"6","n":16,"learner":"tabular","regret":0.5})");
  EXPECT_EQ(json["notes"][0], "something was seen");
}

TEST(TheoremPage, TextShowsWhatFailed) {
  const std::string brief = to_text(broken(), false), whole = to_text(broken(), true);
  EXPECT_NE(brief.find("FAILED"), std::string::npos);
  EXPECT_NE(brief.find("small"), std::string::npos);
  EXPECT_EQ(brief.find("control, broken"), std::string::npos);
  EXPECT_NE(whole.find("control, broken"), std::string::npos);
  EXPECT_NE(whole.find("something was seen"), std::string::npos);
}

TEST(TheoremPage, PageNamesEveryExperiment) {
  const std::vector<RanExperiment> ran{broken(), {&find_experiment("9"), {}}};
  const std::string html = theorem_page(ran, "pianola theorem all").html();
  EXPECT_NE(html.find("Theorem 6"), std::string::npos);
  EXPECT_NE(html.find("Theorem 9"), std::string::npos);
  for (const char* word : {"assumed", "seen", "Assumed: "}) EXPECT_NE(html.find(word), std::string::npos) << word;
}

TEST(TheoremPage, SummariesAreTablesOfThePageAndTheirRowsAreInTheJson) {
  RanExperiment ran = broken();
  const std::vector<Row> wide(50, Row{{"n", 16.0}});
  ran.result.rows = wide;  // too many for a table
  ran.result.summaries = {{"Rise of the cost.", {{{"scheme", "uniform"}, {"late actions", "0.25 ± 0.01 [97 %]"}}}}};
  const std::string html = theorem_page(std::vector<RanExperiment>{ran}, "pianola theorem 6").html();
  EXPECT_NE(html.find("Rise of the cost."), std::string::npos);
  EXPECT_NE(html.find("0.25 ± 0.01 [97 %]"), std::string::npos);
  EXPECT_EQ(html.find("What was measured."), std::string::npos);
  EXPECT_EQ(to_json(ran)["summaries"].dump(),
            R"([{"caption":"Rise of the cost.","rows":[{"scheme":"uniform","late actions":"0.25 ± 0.01 [97 %]"}]}])");
  EXPECT_EQ(to_json("unstable", std::vector<RanExperiment>{ran})["summaries"][0]["theorem"], "6");
}

TEST(TheoremPage, CaptionsDependOnTheOutcome) {
  RanExperiment ran = broken();
  ran.result.pictures = {{{{"mark", "line"}}, "It falls."}};
  const auto page = [&] { return theorem_page(std::vector<RanExperiment>{ran}, "pianola theorem 6").html(); };
  EXPECT_NE(page().find("some FAILED: It falls."), std::string::npos);
  ran.result.checks.clear();
  EXPECT_EQ(page().find("some FAILED"), std::string::npos);
  EXPECT_NE(page().find("It falls."), std::string::npos);
}

}  // namespace
}  // namespace pianola::cli
