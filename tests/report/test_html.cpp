#include "pianola/report/html.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/base/terminal_text.hpp"
#include "property.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

TEST(EscapeHtml, LeavesNothingThatMarksUp) {
  EXPECT_EQ(escape_html("<script>alert(\"1\" & '2')</script>"),
            "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;");
  EXPECT_EQ(escape_html("ε ≤ ½\n\tnext"), "ε ≤ ½\n\tnext");
  EXPECT_EQ(escape_html(std::string_view("a\0b\x1b", 4)), "a b ");
  EXPECT_EQ(escape_html("\xff"), "\uFFFD");
}

TEST(EscapeHtml, AnyBytesBecomeWellFormedText) {
  test::property([](const std::string& text) {
    const std::string html = escape_html(text);
    RC_ASSERT(html.find_first_of("<>\"'") == std::string::npos);
    Json(html).dump();  // throws where it is no UTF-8
  });
}

TEST(ScriptJson, CannotEndItsScript) {
  const Json value = {{"title", "</script><script>alert(1)</script><!--"}, {"bad", "\xff"}};
  const std::string text = script_json(value);
  EXPECT_EQ(text.find('<'), std::string::npos);
  EXPECT_EQ(Json::parse(text)["title"], value["title"]);
}

TEST(TableHtml, EscapesEveryCellAndScrolls) {
  const Table table{{"<a>", "n"}, {{"x & y", "<1>"}}, {false, true}};
  const std::string html = table_html(table, "a < b");
  EXPECT_NE(html.find("<p class=\"caption\">a &lt; b</p>"), std::string::npos);
  EXPECT_NE(html.find("<th>&lt;a&gt;</th><th class=\"number\">n</th>"), std::string::npos);
  EXPECT_NE(html.find("<td>x &amp; y</td><td class=\"number\">&lt;1&gt;</td>"), std::string::npos);
  EXPECT_LT(html.find("</p>"), html.find("<div class=\"scroll\"")) << "the caption does not scroll with the table";
  EXPECT_EQ(table_html({{"a"}, {}, {}}, "").find("caption"), std::string::npos);
  EXPECT_THROW(table_html({{"a"}, {{"1", "2"}}, {}}, ""), UsageError);
}

TEST(TableHtml, LongSpecsMayBreakAfterTheirCommas) {
  const std::string html = table_html({{"spec", "n"}, {{"a:b=1,c=2, d", "1,234"}}, {false, true}}, "");
  EXPECT_NE(html.find("<td>a:b=1,<wbr>c=2, d</td>"), std::string::npos) << html;
  EXPECT_NE(html.find(">1,234</td>"), std::string::npos) << "a number stays on its line";
}

}  // namespace
}  // namespace pianola
