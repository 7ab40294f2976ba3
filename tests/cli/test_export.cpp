#include "cli/command.hpp"
#include "policies/trained_run.hpp"

namespace pianola::cli {
namespace {

class Export : public Scratch {};

TEST_F(Export, WritesAFolderThatInspectReads) {
  const TrainedRun run("transformer:preset=tiny,width=16,layers=2,heads=2");
  const Json done =
      succeeded(command({"export", run.folder.string(), "-o", path("robot"), "--weights", "bf16", "--json"}));
  EXPECT_EQ(done["folder"], path("robot"));
  EXPECT_EQ(done["files"].size(), 4U);
  EXPECT_EQ(done["weights"], "bf16");
  EXPECT_TRUE(done["log_loss"].is_null());
  const Json seen = succeeded(command({"inspect", path("robot"), "--json"}));
  EXPECT_EQ(seen["weights"], "bf16");
  EXPECT_EQ(seen["policy"], done["policy"]);
  EXPECT_GT(seen["memory_bytes"], 0);
  const Json whole = succeeded(command({"inspect", run.folder.string(), "--json"}));
  EXPECT_EQ(whole["quantizer"]["spec"], "uniform:bins=5,low=-1,high=1");
  EXPECT_EQ(command({"inspect", run.folder.string()}).code, 0);
  EXPECT_EQ(command({"inspect", path("robot")}).code, 0);
}

TEST_F(Export, MeasuresWhatTheWeightsCost) {
  PIANOLA_NEEDS_HDF5();
  const TrainedRun run("transformer:preset=tiny,width=16,layers=2,heads=2");
  succeeded(command({"collect", "--system", "pendulum", "--trajectories", "1", "-o", path("d.hdf5"), "--json"}));
  const Ran refused = command({"export", run.folder.string(), "-o", path("robot"), "--data", path("d.hdf5")});
  EXPECT_NE(refused.code, 0) << "other dimensions";
  EXPECT_FALSE(std::filesystem::exists(path("robot")));
}

TEST_F(Export, RefusesWhatItCannotDo) {
  const TrainedRun mlp("mlp:hidden=8x1");
  const Ran brief = command({"export", mlp.folder.string(), "-o", path("robot"), "--weights", "int8"});
  EXPECT_EQ(brief.code, 2);
  EXPECT_NE(brief.err.find("fp32"), std::string::npos) << brief.err;
  EXPECT_EQ(command({"export", mlp.folder.string(), "-o", path("robot"), "--weights", "fp61"}).code, 2);
  EXPECT_EQ(command({"export", path("none"), "-o", path("robot")}).code, 3);
  EXPECT_EQ(command({"export", mlp.folder.string()}).code, 2);
  succeeded(command({"export", mlp.folder.string(), "-o", path("robot"), "--json"}));
  EXPECT_EQ(command({"export", mlp.folder.string(), "-o", path("robot")}).code, 4) << "what is there stays";
}

}  // namespace
}  // namespace pianola::cli
