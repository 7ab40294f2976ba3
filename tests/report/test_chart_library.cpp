#include "pianola/report/chart_library.hpp"

#include <gtest/gtest.h>

namespace pianola {
namespace {

TEST(ChartLibrary, IsOneScriptThatCanStandInAPage) {
  if (chart_library().empty()) GTEST_SKIP() << "this build has no chart library (no wheel vl-convert-python)";
  EXPECT_GT(chart_library().size(), 100'000U);
  EXPECT_TRUE(chart_library().starts_with("(function () {"));
  EXPECT_TRUE(chart_library().ends_with("})();\n"));
  EXPECT_NE(chart_library().find("window.vegaEmbed="), std::string_view::npos);
  for (const char* forbidden : {"</script", "</SCRIPT", "<!--"}) {
    EXPECT_EQ(chart_library().find(forbidden), std::string_view::npos);
  }
}

TEST(ChartLibrary, ComesWithItsLicences) {
  EXPECT_EQ(chart_library().empty(), chart_notices().empty());
  if (chart_notices().empty()) GTEST_SKIP() << "this build has no chart library (no wheel vl-convert-python)";
  for (const char* part : {"Vega-Lite", "University of Washington Interactive Data Lab", "Mike Bostock", "ISC License",
                           "BSD 3-Clause License", "MIT License", "THIS SOFTWARE IS PROVIDED BY"}) {
    EXPECT_NE(chart_notices().find(part), std::string_view::npos) << part;
  }
}

}  // namespace
}  // namespace pianola
