#include "pianola/quantizers/sweep.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using Texts = std::vector<std::string>;

TEST(Sweep, DoublesUpToTheEnd) {
  EXPECT_EQ(parse_sweep("bins=2..16").values, (Texts{"2", "4", "8", "16"}));
  EXPECT_EQ(parse_sweep("bins=3..20").values, (Texts{"3", "6", "12", "20"})) << "the end is always among them";
  EXPECT_EQ(parse_sweep("bins=5..5").values, (Texts{"5"}));
  EXPECT_EQ(parse_sweep("k=9223372036854775809..18446744073709551615").values.size(), 2U) << "no number overflows";
}

TEST(Sweep, TakesAList) {
  const Sweep sweep = parse_sweep("representatives=centre,ends");
  EXPECT_EQ(sweep.option, "representatives");
  EXPECT_EQ(sweep.values, (Texts{"centre", "ends"}));
}

TEST(Sweep, ReplacesTheOptionWhereverItStands) {
  const std::vector<Sweep> sweeps{parse_sweep("bins=2,4")};
  EXPECT_EQ(swept({"uniform"}, sweeps), (Texts{"uniform:bins=2", "uniform:bins=4"}));
  EXPECT_EQ(swept({"uniform:bins=9,representatives=ends"}, sweeps),
            (Texts{"uniform:bins=2,representatives=ends", "uniform:bins=4,representatives=ends"}));
  EXPECT_EQ(swept({"uniform:9"}, sweeps), (Texts{"uniform:bins=2", "uniform:bins=4"})) << "a value without its key";
}

TEST(Sweep, LeavesSchemesWithoutTheOptionAsTheyAre) {
  EXPECT_EQ(swept({"discrete", "uniform"}, {parse_sweep("bins=2,4")}),
            (Texts{"discrete", "uniform:bins=2", "uniform:bins=4"}));
  EXPECT_EQ(swept({"discrete"}, {}), (Texts{"discrete"}));
}

TEST(Sweep, SaysWhatIsWrong) {
  for (const char* text : {"", "bins", "=3", "bins=", "bins=3,,5", "bins=0..4", "bins=8..2", "bins=a..b", "bins=2.."}) {
    EXPECT_THROW(parse_sweep(text), UsageError) << text;
  }
  try {
    swept({"uniform"}, {parse_sweep("bin=2,4")});
    FAIL() << "no scheme has it";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'bins'"), std::string::npos) << error.what();
  }
  try {
    parse_sweep("bins=2..");
    FAIL() << "it has no end";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("not '2..'"), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find("option"), std::string::npos) << error.what();
  }
  EXPECT_THROW(swept({"unifrom"}, {parse_sweep("bins=2,4")}), UsageError);
}

}  // namespace
}  // namespace pianola
