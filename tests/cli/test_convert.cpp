#include "cli/command.hpp"

namespace pianola::cli {
namespace {

#ifdef PIANOLA_WITH_ARROW
#define PIANOLA_NEEDS_ARROW() static_cast<void>(0)
#else
#define PIANOLA_NEEDS_ARROW() GTEST_SKIP() << "this build has no Arrow"
#endif

class Convert : public Scratch {
 protected:
  std::string collected(const std::string& system = "pendulum") {
    succeeded(command(
        {"collect", "--system", system, "--trajectories", "2", "--horizon", "20", "-o", path("d.hdf5"), "--json"}));
    return path("d.hdf5");
  }
};

TEST_F(Convert, ToLeRobotAndBackGivesTheSameNumbers) {
  PIANOLA_NEEDS_HDF5();
  PIANOLA_NEEDS_ARROW();
  const std::string first = collected();
  for (const char* format : {"lerobot_v21", "lerobot_v30"}) {
    const Json there =
        succeeded(command({"convert", first, "-o", path(format), "--format", format, "--fps", "20", "--json"}));
    EXPECT_EQ(there["out"], path(format));
    EXPECT_EQ(there["steps"], 40);
    EXPECT_TRUE(there["lost"].is_array());
    const std::string back = path(std::string(format) + ".hdf5");
    succeeded(command({"convert", path(format), "-o", back, "--json"}));
    const Json seen = succeeded(command({"inspect", back, "--json"})),
               before = succeeded(command({"inspect", first, "--json"}));
    EXPECT_EQ(seen["action_quantiles"], before["action_quantiles"]);
    EXPECT_EQ(seen["trajectories"], before["trajectories"]);
  }
}

TEST_F(Convert, SaysWhatIsMissing) {
  PIANOLA_NEEDS_HDF5();
  PIANOLA_NEEDS_ARROW();
  const std::string first = collected("scalar_linear");  // whose steps have no length
  const Ran no_rate = command({"convert", first, "-o", path("set"), "--format", "lerobot_v30"});
  EXPECT_EQ(no_rate.code, 2);
  EXPECT_NE(no_rate.err.find("--fps"), std::string::npos) << no_rate.err;
  EXPECT_FALSE(std::filesystem::exists(path("set")));
  const Ran no_format = command({"convert", first, "-o", path("set")});
  EXPECT_EQ(no_format.code, 2);
  EXPECT_NE(no_format.err.find("--format"), std::string::npos) << no_format.err;
}

TEST_F(Convert, OverwritesNothingThatIsRead) {
  PIANOLA_NEEDS_HDF5();
  const std::string first = collected();
  const Ran same = command({"convert", first, "-o", first});
  EXPECT_EQ(same.code, 2);
  EXPECT_NE(same.err.find("would overwrite"), std::string::npos) << same.err;
  EXPECT_EQ(command({"inspect", first}).code, 0);
}

TEST_F(Convert, TheTwinIsInTheDatasetsOwnFormat) {
  PIANOLA_NEEDS_HDF5();
  PIANOLA_NEEDS_ARROW();
  succeeded(command({"convert", collected(), "-o", path("set"), "--format", "lerobot_v30", "--fps", "20", "--json"}));
  succeeded(
      command({"quantize", path("set"), "--quantizer", "uniform:bins=5", "--write-decoded", path("twin"), "--json"}));
  const Json seen = succeeded(command({"inspect", path("twin"), "--json"}));
  EXPECT_EQ(seen["format"], "lerobot_v30");
  succeeded(command({"quantize", path("set"), "--quantizer", "uniform:bins=5", "--write-decoded", path("t21"),
                     "--format", "lerobot_v21", "--json"}));
  EXPECT_EQ(succeeded(command({"inspect", path("t21"), "--json"}))["format"], "lerobot_v21");
}

TEST_F(Convert, HelpHasAnExample) { EXPECT_NE(command({"convert", "--help"}).out.find("example:"), std::string::npos); }

}  // namespace
}  // namespace pianola::cli
