#include "pianola/report/page.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/report/chart_library.hpp"
#include "pianola/report/charts.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

const std::string kAttack = "</script><script>alert('1')</script><img src=x onerror=\"alert(2)\">";

Json example_chart(const std::string& words) {
  XyChart chart;
  chart.title = words;
  chart.x.title = words;
  chart.points = {{words, 1, 2}, {"b", 2, 3, 2.5, 3.5}};
  return line_chart(chart);
}

Page full_page(const std::string& words) {
  Page page(words, words);
  page.heading(words).paragraph(words).sentences(std::vector{words}).table({{words}, {{words}}, {}}, words);
  page.chart(example_chart(words), words).heading("two").heading("three").provenance({{words, words}});
  return page;
}

/// The page without the chart library, whose code is not ours to judge by searching for words.
std::string own_html(const Page& page) {
  std::string html = page.html();
  if (chart_library().empty()) return html;
  const std::size_t at = html.find(chart_library());
  EXPECT_NE(at, std::string::npos);
  return html.erase(at, chart_library().size());
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST(Page, EscapesEverythingThatItIsGiven) {
  const std::string html = own_html(full_page(kAttack));
  EXPECT_EQ(html.find("<img"), std::string::npos);
  EXPECT_EQ(html.find("<script>alert"), std::string::npos);
  EXPECT_EQ(html.find("onerror=\"alert"), std::string::npos);
  EXPECT_EQ(count(html, "<script"), count(html, "</script>"));
  EXPECT_EQ(count(html, "<script"), count(own_html(full_page("harmless")), "<script")) << "no script is added";
}

TEST(Page, LoadsNothingFromAnywhere) {
  const std::string html = own_html(full_page("words"));
  EXPECT_NE(html.find("content=\"default-src 'none'; script-src 'unsafe-inline'"), std::string::npos);
  const std::regex attribute(R"re(\b(src|href|action|data|poster|srcset)\s*=\s*"([^"]*)")re");
  for (auto i = std::sregex_iterator(html.begin(), html.end(), attribute); i != std::sregex_iterator(); ++i) {
    const std::string target = (*i)[2];
    EXPECT_TRUE(target.starts_with("#section-") || target == "data:,") << (*i)[0];
  }
  EXPECT_EQ(html.find("<link rel=\"stylesheet\""), std::string::npos);
  EXPECT_EQ(html.find("@import"), std::string::npos);
}

TEST(Page, HoldsEveryChartAsJson) {
  Page page("title", "subtitle");
  const std::vector<Json> specs = {example_chart("a"), example_chart(kAttack), Json::parse(R"({"mark":"point"})")};
  for (const Json& spec : specs) page.chart(spec, "caption");
  const std::string html = own_html(page);
  const std::regex element(
      R"re(<script type="application/json" class="chart-spec" data-into="(chart-\d+)">([^<]*)</script>)re");
  std::size_t found = 0;
  for (auto i = std::sregex_iterator(html.begin(), html.end(), element); i != std::sregex_iterator(); ++i, ++found) {
    ASSERT_LT(found, specs.size());
    EXPECT_EQ((*i)[1], "chart-" + std::to_string(found + 1));
    EXPECT_EQ(Json::parse((*i)[2].str()), specs[found]);
    EXPECT_EQ((*i)[2].str(), page.charts()[found]);
  }
  EXPECT_EQ(found, specs.size());
}

TEST(Page, NumbersThatAreNoneAreStillJson) {
  Page page("title", "");
  page.chart({{"data", {{"values", {{{"x", std::nan("")}, {"text", "\xff"}}}}}}}, "caption");
  EXPECT_NO_THROW(Json::parse(page.charts()[0]));
}

TEST(Page, AlwaysShowsTheNumbersOfAChart) {
  Page page("title", "");
  page.chart(example_chart("only"), "caption");
  const std::string html = own_html(page);
  EXPECT_NE(html.find("<td class=\"number\">2.5</td>"), std::string::npos);
  EXPECT_NE(html.find("<figcaption>caption</figcaption>"), std::string::npos);
  EXPECT_EQ(html.find("Shown as numbers: this Pianola was built without") != std::string::npos,
            chart_library().empty());
}

TEST(Page, CarriesTheChartLibraryOnceAndItsNoticesIfThereAreCharts) {
  const auto has_library = [](const Page& page) {
    return !chart_library().empty() && page.html().find(chart_library()) != std::string::npos;
  };
  Page plain("title", "");
  plain.paragraph("text");
  EXPECT_FALSE(has_library(plain)) << "a page without charts is small";
  EXPECT_LT(plain.html().size(), 20'000U);
  if (chart_library().empty()) GTEST_SKIP() << "this build has no chart library (no wheel vl-convert-python)";
  const Page full = full_page("words");
  EXPECT_TRUE(has_library(full));
  EXPECT_EQ(count(full.html(), "window.vegaEmbed="), 1U);
  EXPECT_NE(full.html().find("University of Washington Interactive Data Lab"), std::string::npos);
}

TEST(Page, SentencesStandOnLinesOfTheirOwn) {
  Page page("title", "");
  const std::string before = page.html();
  EXPECT_EQ(page.sentences({}).html(), before) << "nothing for none";
  page.sentences(std::vector<std::string>{"one", "two"}, "Note: ");
  EXPECT_NE(page.html().find("<p>Note: one.\nNote: two.</p>"), std::string::npos);
}

TEST(Page, ListsItsSectionsFromThreeOn) {
  Page page("title", "");
  page.heading("one").heading("two & a half");
  EXPECT_EQ(page.html().find("<nav"), std::string::npos);
  page.heading("three");
  EXPECT_NE(page.html().find("<li><a href=\"#section-2\">two &amp; a half</a></li>"), std::string::npos);
  EXPECT_NE(page.html().find("<h2 id=\"section-2\">two &amp; a half</h2>"), std::string::npos);
}

TEST(Page, RefusesChartsThatLoadDataAndRaggedTables) {
  Page page("title", "");
  EXPECT_THROW(page.chart(Json::parse(R"({"data":{"url":"data.csv"}})"), ""), UsageError);
  EXPECT_THROW(page.chart(Json::parse(R"({"layer":[{"data":{"url":"data.csv"}}]})"), ""), UsageError);
  EXPECT_THROW(page.chart(Json::parse("[]"), ""), UsageError);
  EXPECT_NO_THROW(page.chart(Json::parse(R"({"data":{"values":[{"data":{"url":"a field"}}]}})"), ""));
  EXPECT_THROW(page.table({{"a"}, {{"1", "2"}}, {}}), UsageError);
}

TEST(Page, IsWrittenWhole) {
  const auto path = std::filesystem::temp_directory_path() / ("pianola_page_" + std::to_string(::getpid()) + ".html");
  const Page page = full_page("words");
  page.write(path);
  EXPECT_EQ(read_file(path), page.html());
  EXPECT_TRUE(page.html().starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(page.html().ends_with("</html>\n"));
  std::filesystem::remove(path);
  EXPECT_THROW(page.write("/nonexistent/report.html"), ResourceError);
}

}  // namespace
}  // namespace pianola
