#include <filesystem>
#include <fstream>

#include "cli/command.hpp"

namespace pianola::cli {
namespace {

class Collect : public Scratch {};

TEST_F(Collect, WritesADatasetThatInspectReads) {
  PIANOLA_NEEDS_HDF5();
  const std::string data = path("d.hdf5");
  const Json made = succeeded(command(
      {"collect", "--system", "scalar_linear:a=0.9,b=1,horizon=25", "--trajectories", "4", "-o", data, "--json"}));
  EXPECT_EQ(made["trajectories"], 4);
  EXPECT_EQ(made["steps"], 100);
  EXPECT_EQ(made["dataset"], data);
  EXPECT_EQ(made["return"]["n"], 4);
  EXPECT_EQ(made["terminated_fraction"], 0.0);
  EXPECT_EQ(made["diverged_fraction"], 0.0);
  const Json seen = succeeded(command({"inspect", data, "--json"}));
  EXPECT_EQ(seen["trajectories"], 4);
  EXPECT_EQ(seen["steps"], 100);
  EXPECT_EQ(seen["action_dim"], 1);
}

TEST_F(Collect, PerturbationKeepsTheCleanLabel) {
  PIANOLA_NEEDS_HDF5();
  const auto arguments = [&](const std::string& out, const std::string& perturb) {
    return std::vector<std::string>{"collect",        "--system", "scalar_linear:a=0.9,b=1,gain=0.5,horizon=10",
                                    "--trajectories", "4",        "--perturb",
                                    perturb,          "-o",       path(out),
                                    "--json"};
  };
  const Json noisy = succeeded(command(arguments("noisy.hdf5", "sigma=0.5,clean=0.5")));
  const Json none = succeeded(command(arguments("none.hdf5", "sigma=0,clean=0.5")));
  EXPECT_LT(noisy["return"]["value"].get<double>(), none["return"]["value"].get<double>());
}

TEST_F(Collect, WritesOverADatasetOnlyByForce) {
  PIANOLA_NEEDS_HDF5();
  const auto words = [&](const std::string& seed) {
    return std::vector<std::string>{"collect", "--system", "pendulum",     "--trajectories", "2",  "--horizon",
                                    "5",       "-o",       path("d.hdf5"), "--seed",         seed, "--json"};
  };
  succeeded(command(words("1")));
  const Ran refused = command(words("2"));
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("--force"), std::string::npos) << refused.err;
  auto forced = words("2");
  forced.emplace_back("--force");
  succeeded(command(forced));
}

TEST_F(Collect, SaysWhatDiverged) {
  PIANOLA_NEEDS_HDF5();
  const std::vector<std::string> words = {"collect",  "--system",   "scalar_linear:a=3,b=1,horizon=2000",
                                          "--expert", "scripted:0", "--trajectories",
                                          "1",        "-o",         path("d.hdf5")};
  const Ran ran = command(words);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find("1 trajectory, "), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("100 % diverged"), std::string::npos) << ran.out;
}

TEST_F(Collect, AnExpertThatDoesNotStabiliseIsRefusedWithItsEigenvaluesUnlessAskedFor) {
  // The loop 1.5 − 0.3 = 1.2; |1.5 − k| < 1 for k between 0.5 and 2.5.
  std::vector<std::string> words{
      "collect", "--system", "scalar_linear:a=1.5,gain=0.3,horizon=5", "--trajectories", "2", "-o", path("d.npz")};
  const Ran refused = command(words);
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.out, "");
  for (const char* part : {"pianola: collect: ", "eigenvalue 1.2", "a gain between 0.5 and 2.5", "--allow-unstable"})
    EXPECT_NE(refused.err.find(part), std::string::npos) << refused.err;
  const std::size_t once = refused.err.find("does not stabilise");
  EXPECT_EQ(refused.err.find("does not stabilise", once + 1), std::string::npos) << "said once: " << refused.err;
  EXPECT_FALSE(std::filesystem::exists(path("d.npz"))) << "before anything is written";
  words.emplace_back("--allow-unstable");
  const Ran allowed = command(words);
  EXPECT_EQ(allowed.code, 0) << allowed.err;
  EXPECT_NE(allowed.err.find("note: the expert does not stabilise"), std::string::npos) << allowed.err;
  EXPECT_NE(allowed.err.find("eigenvalue 1.2"), std::string::npos) << allowed.err;
  EXPECT_NE(allowed.out.find("2 trajectories, 10 steps"), std::string::npos) << allowed.out;
  EXPECT_TRUE(std::filesystem::exists(path("d.npz")));
}

TEST_F(Collect, TheFileIsTheSameBytesForOneAndTwoThreads) {
  PIANOLA_NEEDS_HDF5();
  const auto bytes = [&](const std::string& threads) {
    const std::string file = path(threads + ".hdf5");
    succeeded(command({"collect", "--system", "pendulum", "--trajectories", "40", "--horizon", "30", "--threads",
                       threads, "-o", file, "--json"}));
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::string one = bytes("1"), two = bytes("2");
  ASSERT_FALSE(one.empty());
  EXPECT_TRUE(one == two) << one.size() << " and " << two.size() << " bytes";
}

TEST_F(Collect, NeverWritesOverItsExpert) {
  std::ofstream(path("expert.hdf5")) << "weights";
  const Ran ran = command(
      {"collect", "--system", "scalar_linear", "--expert", "mlp:" + path("expert.hdf5"), "-o", path("./expert.hdf5")});
  EXPECT_EQ(ran.code, 2);
  EXPECT_NE(ran.err.find("--out"), std::string::npos) << ran.err;
  std::ifstream file(path("expert.hdf5"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "weights");
}

TEST_F(Collect, NumbersOutOfRangeAreRefusedInAFewWords) {
  const auto refused = [&](const std::string& option, const std::string& value) {
    const Ran ran = command({"collect", "--system", "scalar_linear", "-o", path("x.hdf5"), option, value});
    EXPECT_EQ(ran.code, 2);
    return ran.err;
  };
  EXPECT_EQ(refused("--trajectories", "0"), "pianola: --trajectories takes a whole number of at least 1, not '0'\n");
  EXPECT_EQ(refused("--horizon", "4294967296"),
            "pianola: --horizon takes a whole number from 1 to 4294967295, not '4294967296'\n");
  EXPECT_EQ(refused("--seed", "-1"), "pianola: --seed takes a whole number of at least 0, not '-1'\n");
  EXPECT_EQ(refused("--threads", "-1"), "pianola: --threads takes a whole number of at least 0, not '-1'\n");
}

TEST_F(Collect, RefusesWhatItCannotDo) {
  PIANOLA_NEEDS_HDF5();
  const Ran system = command({"collect", "--system", "scalar_liner", "-o", path("x.hdf5")});
  EXPECT_EQ(system.code, 2);
  EXPECT_NE(system.err.find("scalar_linear"), std::string::npos) << system.err;
  const Ran extension = command({"collect", "--system", "scalar_linear", "-o", path("x.nonsense")});
  EXPECT_EQ(extension.code, 2) << extension.err;
  const Ran folder = command({"collect", "--system", "scalar_linear", "-o", path("missing/x.hdf5")});
  EXPECT_EQ(folder.code, 4) << folder.err;
  EXPECT_TRUE(std::filesystem::is_empty(std::filesystem::path(path("x.hdf5")).parent_path()));
}

}  // namespace
}  // namespace pianola::cli
