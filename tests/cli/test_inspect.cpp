#include <cmath>
#include <cstdlib>
#include <fstream>

#include "cli/command.hpp"
#ifdef PIANOLA_WITH_HDF5
#include "data/raw_hdf5.hpp"
#endif

namespace pianola::cli {
namespace {

class Inspect : public Scratch {};

TEST_F(Inspect, BadFilesAreDataErrorsThatNameThem) {
  EXPECT_EQ(command({"inspect", path("missing.hdf5")}).code, 3);
  std::ofstream(path("text.hdf5")) << "not HDF5 at all";
  const Ran ran = command({"inspect", path("text.hdf5")});
  EXPECT_EQ(ran.code, 3);
  EXPECT_NE(ran.err.find("text.hdf5"), std::string::npos) << ran.err;
}

TEST_F(Inspect, ATruncatedFileIsADataError) {
  PIANOLA_NEEDS_HDF5();
  succeeded(command(
      {"collect", "--system", "pendulum", "--trajectories", "2", "--horizon", "50", "-o", path("d.hdf5"), "--json"}));
  std::filesystem::resize_file(path("d.hdf5"), std::filesystem::file_size(path("d.hdf5")) / 2);
  EXPECT_EQ(command({"inspect", path("d.hdf5")}).code, 3);
}

TEST_F(Inspect, ProblemsAreAnAnswerNotAFailure) {
  PIANOLA_NEEDS_HDF5();
  succeeded(command({"collect", "--system", "pendulum", "--trajectories", "2", "-o", path("d.hdf5"), "--json"}));
  const Ran ran = command({"inspect", path("d.hdf5"), "--json"});
  EXPECT_FALSE(succeeded(ran)["problems"].empty()) << "two trajectories are few";
  EXPECT_NE(command({"inspect", "--help"}).out.find("exit: 0"), std::string::npos);
}

TEST_F(Inspect, ObservationChoosesFields) {
  PIANOLA_NEEDS_HDF5();
  succeeded(command({"collect", "--system", "pendulum", "--trajectories", "2", "-o", path("d.hdf5"), "--json"}));
  const Ran unknown = command({"inspect", "--observation", "sate", path("d.hdf5")});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_NE(unknown.err.find("did you mean 'state'?"), std::string::npos) << unknown.err;
  const Json seen = succeeded(command({"inspect", "--observation", "state", path("d.hdf5"), "--json"}));
  EXPECT_EQ(seen["observation_fields"].size(), 1U);
}

#ifdef PIANOLA_WITH_HDF5

TEST_F(Inspect, AnUnreadableTrajectoryIsAProblemForFramesAndQuantizersToo) {
  {
    test::RawHdf5 raw(path("d.hdf5"));
    for (const std::string demo : {"/data/demo_0", "/data/demo_1", "/data/demo_2"}) {
      raw.doubles(demo + "/obs", {6, 1}, test::halves(6));
      auto actions = test::halves(6);
      if (demo.ends_with("1")) actions[3] = std::nan("");
      raw.doubles(demo + "/actions", {6, 1}, actions);
    }
  }
  const Json json = succeeded(command({"inspect", path("d.hdf5"), "--frame", "relative", "--state", "0", "--kinds",
                                       "angle", "--chunk", "2", "--quantizer", "uniform:bins=4", "--json"}));
  EXPECT_EQ(json["problems"][0]["where"], "trajectory 'demo_1'");
  EXPECT_EQ(json["represented"]["outside_lipschitz"], Json({0}));
  EXPECT_EQ(json["represented"]["rows"], 20) << "two trajectories of five windows of two";
  EXPECT_TRUE(json.contains("quantizer"));
  const Ran text = command({"inspect", path("d.hdf5"), "--kinds", "angle"});
  EXPECT_NE(text.out.find("outside every Lipschitz claim"), std::string::npos) << text.out;
}

TEST_F(Inspect, StatisticsByAnAttribute) {
  succeeded(command({"collect", "--system", "pendulum", "--trajectories", "2", "-o", path("d.hdf5"), "--json"}));
  const Json json = succeeded(command({"inspect", path("d.hdf5"), "--by", "system", "--json"}));
  EXPECT_EQ(json["by"]["parts"][0]["trajectories"], 2);
  EXPECT_NE(command({"inspect", path("d.hdf5"), "--by", "system"}).out.find("actions by system"), std::string::npos);
  EXPECT_EQ(command({"inspect", path("d.hdf5"), "--by", "sistem"}).code, 2);
}

TEST_F(Inspect, ImagesAreListedAndLeftOut) {
  {
    test::RawHdf5 raw(path("images.hdf5"));
    raw.doubles("/data/demo_0/actions", {5, 1}, test::halves(5));
    raw.doubles("/data/demo_0/obs/camera", {5, 2, 2}, test::halves(20));
  }
  const Json seen = succeeded(command({"inspect", path("images.hdf5"), "--json"}));
  EXPECT_EQ(seen["observation_dim"], 0);
  EXPECT_EQ(seen["readable_trajectories"], 1);
  EXPECT_EQ(seen["left_out_fields"][0]["name"], "camera");
  EXPECT_EQ(seen["problems"][0]["remedy"], "name the fields to learn from: --observation camera");
  const Json named = succeeded(command({"inspect", path("images.hdf5"), "--observation", "camera", "--json"}));
  EXPECT_EQ(named["observation_dim"], 4);
  EXPECT_TRUE(named["left_out_fields"].empty());
}

#endif

TEST_F(Inspect, TheHopperDemonstrationsSaturate) {
  PIANOLA_NEEDS_HDF5();
  const char* data = std::getenv("PIANOLA_DATA");
  if (data == nullptr) GTEST_SKIP() << "PIANOLA_DATA is not set: no real demonstrations";
  const std::string folder = std::string(data) + "/gymnasium";
  const Ran ran = command({"inspect", folder + "/demonstrations/Hopper-v4.hdf5", "--json"});
  const Json json = succeeded(ran);
  EXPECT_EQ(json["trajectories"], 2);
  EXPECT_EQ(json["steps"], 2000);
  const Json ranged = succeeded(command({"inspect", folder + "/demonstrations/Hopper-v4.hdf5", "--system",
                                         "gymnasium:Hopper-v4", "--assets", folder + "/assets", "--json"}));
  double outside = 0.0;
  for (const Json& fraction : ranged["outside_fraction"]) outside += fraction.get<double>() / 3.0;
  EXPECT_NEAR(outside, 0.44, 0.005);
  EXPECT_NE(ranged["problems"].dump().find("beyond the range [-1, 1]"), std::string::npos) << ranged["problems"];
}

}  // namespace
}  // namespace pianola::cli
