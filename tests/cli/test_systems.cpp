#include "cli/command.hpp"

namespace pianola::cli {
namespace {

TEST(Systems, ListsEveryFamilyWithOptions) {
  PIANOLA_NEEDS_HDF5();
  const Json json = succeeded(command({"systems", "--json"}));
  for (const char* family :
       {"systems", "experts", "quantizers", "policies", "controllers", "augmentations", "formats"}) {
    ASSERT_TRUE(json.contains(family)) << family;
    EXPECT_FALSE(json[family].empty()) << family;
    for (const Json& row : json[family]) {
      EXPECT_FALSE(row["spec"].get<std::string>().empty());
      EXPECT_FALSE(row["summary"].get<std::string>().empty());
      EXPECT_TRUE(row["options"].is_array());
    }
  }
}

TEST(Systems, TextNamesThem) {
  PIANOLA_NEEDS_HDF5();
  const Ran ran = command({"systems"});
  for (const char* name : {"scalar_linear", "lqr", "uniform", "feedback", "robomimic"}) {
    EXPECT_NE(ran.out.find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace pianola::cli
