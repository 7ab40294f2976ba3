#include "pianola/report/page_assets.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace pianola {
namespace {

TEST(PageAssets, LoadNothing) {
  for (const std::string_view text : {page_style(), page_script()}) {
    for (const char* word : {"http:", "https:", "url(", "@import", "fetch(", "XMLHttpRequest", "import("}) {
      EXPECT_EQ(text.find(word), std::string_view::npos) << word;
    }
    EXPECT_EQ(text.find("</s"), std::string_view::npos) << "would end its element";
  }
}

TEST(PageAssets, TheStyleKnowsLightAndDarkAndPaper) {
  EXPECT_NE(page_style().find("@media (prefers-color-scheme: dark)"), std::string_view::npos);
  EXPECT_NE(page_style().find("@media print"), std::string_view::npos);
  EXPECT_EQ(std::count(page_style().begin(), page_style().end(), '{'),
            std::count(page_style().begin(), page_style().end(), '}'));
}

}  // namespace
}  // namespace pianola
