#include <filesystem>
#include <fstream>
#include <limits>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "pianola/data/formats.hpp"
#ifdef PIANOLA_WITH_HDF5
#include "data/raw_hdf5.hpp"
#endif

namespace pianola::cli {
namespace {

std::string bytes_of(const std::string& file) {
  std::ostringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return out.str();
}

class Quantize : public Scratch {
 protected:
  void SetUp() override {
    Scratch::SetUp();
    PIANOLA_NEEDS_HDF5();
    succeeded(command(
        {"collect", "--system", "pendulum", "--trajectories", "3", "--horizon", "50", "-o", path("d.hdf5"), "--json"}));
  }
};

TEST_F(Quantize, ComparesASpecListWithAllFields) {
  const Json json = succeeded(command(
      {"quantize", path("d.hdf5"), "--compare", "uniform:bins=17,representatives=ends,uniform:bins=3", "--json"}));
  ASSERT_EQ(json["quantizers"].size(), 2U);
  for (const char* field : {"spec", "epsilon_sup", "epsilon_in", "epsilon_in_per_dimension", "bias_per_dimension",
                            "tokens_per_chunk", "vocabulary", "bits_per_action", "entropy_per_action", "repeat_rate",
                            "used_fraction", "perplexity", "saturated_fraction", "token_error", "decode_failures",
                            "encode_values_per_second", "decode_values_per_second"}) {
    EXPECT_TRUE(json["quantizers"][0].contains(field)) << field;
  }
  EXPECT_LT(json["quantizers"][0]["epsilon_in"]["value"], json["quantizers"][1]["epsilon_in"]["value"]);
}

TEST_F(Quantize, SweepsAnOptionAndDrawsTheCurve) {
  const Json json = succeeded(command({"quantize", path("d.hdf5"), "--compare", "uniform", "--sweep", "bins=2..32",
                                       "--report", path("q.html"), "--json"}));
  ASSERT_EQ(json["quantizers"].size(), 5U);
  double before = 1e9;
  for (const Json& row : json["quantizers"]) {
    EXPECT_LT(row["rmse"]["value"].get<double>(), before) << row["spec"];
    before = row["rmse"]["value"];
    EXPECT_GT(row["gaussian_bound_rmse"].get<double>(), 0.0);
  }
  EXPECT_NE(bytes_of(path("q.html")).find("Gaussian bound"), std::string::npos);
  EXPECT_EQ(command({"quantize", path("d.hdf5"), "--compare", "uniform", "--sweep", "bin=2..32"}).code, 2);
}

TEST_F(Quantize, WritesTheQuantizerAndTheTwin) {
  const Ran ran = command({"quantize", path("d.hdf5"), "--quantizer", "uniform:bins=5", "-o", path("q.json"),
                           "--write-decoded", path("twin.hdf5")});
  EXPECT_EQ(ran.code, 0) << ran.err;
  std::ifstream file(path("q.json"));
  EXPECT_TRUE(Json::parse(file).contains("format_version"));
  const Json again = succeeded(command({"quantize", path("twin.hdf5"), "--quantizer", "uniform:bins=5", "--json"}));
  EXPECT_LT(again["quantizers"][0]["epsilon_in"]["value"].get<double>(), 1e-6) << "the twin is already quantized";
}

TEST_F(Quantize, WritesAFastTokenizerThatFastReads) {
  const std::string folder = path("tokenizer");
  succeeded(command({"quantize", path("d.hdf5"), "--quantizer", "fast", "--chunk", "10", "--write-tokenizer", folder,
                     "-o", path("q.json"), "--json"}));
  EXPECT_TRUE(std::filesystem::exists(folder + "/tokenizer.json"));
  EXPECT_TRUE(std::filesystem::exists(folder + "/processor_config.json"));
  EXPECT_TRUE(std::filesystem::exists(folder + "/tokenizer_config.json"));
  const Json read =
      succeeded(command({"quantize", path("d.hdf5"), "--quantizer", "fast:path=" + folder, "--chunk", "10", "--json"}));
  const Json own = succeeded(command({"quantize", path("d.hdf5"), "--quantizer", "fast", "--chunk", "10", "--json"}));
  EXPECT_EQ(read["quantizers"][0]["vocabulary"], own["quantizers"][0]["vocabulary"]);
  EXPECT_EQ(read["quantizers"][0]["tokens_per_chunk"], own["quantizers"][0]["tokens_per_chunk"]);
  const Ran refused =
      command({"quantize", path("d.hdf5"), "--quantizer", "uniform", "--write-tokenizer", path("other")});
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("--quantizer fast"), std::string::npos) << refused.err;
  EXPECT_FALSE(std::filesystem::exists(path("other")));
}

TEST_F(Quantize, APageThatCannotBeWrittenIsFoundFirst) {
  const Ran ran = command(
      {"quantize", path("missing.hdf5"), "--quantizer", "uniform", "--report", path("no/such/folder/page.html")});
  EXPECT_EQ(ran.code, 4) << "before the data are looked at";
  EXPECT_NE(ran.err.find("--report"), std::string::npos) << ran.err;
}

TEST_F(Quantize, NotesThatTheDataComeFromAnotherSystem) {
  const std::vector<std::string> same{"quantize", path("d.hdf5"), "--quantizer", "uniform", "--system", "pendulum"};
  EXPECT_EQ(command(same).err.find("note:"), std::string::npos);
  const Ran other = command({"quantize", path("d.hdf5"), "--quantizer", "uniform", "--system", "scalar_linear"});
  EXPECT_NE(other.err.find("note: dataset '" + path("d.hdf5") + "' was made on system 'pendulum'"), std::string::npos)
      << other.err;
}

TEST_F(Quantize, NeverWritesOverItsInput) {
  const std::string before = bytes_of(path("d.hdf5"));
  std::filesystem::create_symlink(path("d.hdf5"), path("link.hdf5"));
  for (const char* option : {"-o", "--write-decoded"}) {
    for (const char* out : {"d.hdf5", "./d.hdf5", "link.hdf5"}) {
      const Ran ran = command({"quantize", path("d.hdf5"), "--quantizer", "uniform:bins=3", option, path(out)});
      EXPECT_EQ(ran.code, 2) << option << " " << out;
      EXPECT_NE(ran.err.find("would overwrite"), std::string::npos) << ran.err;
    }
  }
  EXPECT_TRUE(bytes_of(path("d.hdf5")) == before);
  EXPECT_TRUE(std::filesystem::is_symlink(path("link.hdf5")));
  const Ran same = command({"quantize", path("d.hdf5"), "--quantizer", "uniform:bins=3", "-o", path("new.hdf5"),
                            "--write-decoded", path("new.hdf5")});
  EXPECT_EQ(same.code, 2) << same.err;
  EXPECT_FALSE(std::filesystem::exists(path("new.hdf5")));
}

#ifdef PIANOLA_WITH_HDF5

/// One good observation field and an image; in demo_1 the good one holds a NaN.
void write_bad_observations(const std::string& file) {
  test::RawHdf5 raw(file);
  for (const char* demo : {"/data/demo_0", "/data/demo_1"}) {
    const std::string place(demo);
    std::vector<double> arm = test::halves(10);
    if (place.back() == '1') arm[3] = std::numeric_limits<double>::quiet_NaN();
    raw.doubles(place + "/actions", {5, 1}, test::halves(5, place.back() == '1' ? 10.5 : 0.5));
    raw.doubles(place + "/obs/arm", {5, 2}, arm);
    raw.doubles(place + "/obs/camera", {5, 2, 2}, test::halves(20));
  }
}

TEST_F(Quantize, BadObservationsAreNoObstacleToComparing) {
  write_bad_observations(path("bad.hdf5"));
  const Json json = succeeded(command({"quantize", path("bad.hdf5"), "--quantizer", "uniform:bins=2", "--json"}));
  // The range ends at 14.5, in the trajectory with the NaN: none is left out.
  EXPECT_EQ(json["quantizers"][0]["epsilon_sup"], 3.5);
}

/// Robot a moves in [0, 1], b in [10, 30].
void write_two_robots(const std::string& file) {
  DatasetInfo info;
  info.observation_dim = info.action_dim = 1;
  const auto writer = create_dataset(file, info);
  const std::vector<std::pair<std::string, std::vector<double>>> robots{
      {"a", {0, 1}}, {"b", {10, 30}}, {"b", {10, 30}}};
  for (const auto& [robot, actions] : robots) {
    Trajectory t;
    t.steps = 2;
    t.observations = {0.0, 0.5};
    t.actions = actions;
    t.attributes["robot"] = robot;
    writer->write(t);
  }
  writer->finish();
}

TEST_F(Quantize, OneQuantizerForEachValueOfAnAttribute) {
  write_two_robots(path("two.hdf5"));
  const Json rows = succeeded(
      command({"quantize", path("two.hdf5"), "--quantizer", "uniform:bins=4", "--by", "robot", "-o", path("q.json"),
               "--write-decoded", path("twin.hdf5"), "--report", path("page.html"), "--json"}))["quantizers"];
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0]["part"], "a");
  EXPECT_EQ(rows[1]["part"], "b");
  EXPECT_EQ(rows[1]["trajectories"], 2);
  // Bins of 0.25, of 5 and, for all, of 7.5; their centres.
  EXPECT_NEAR(rows[0]["epsilon_in"]["value"].get<double>(), 0.125, 1e-6);
  EXPECT_NEAR(rows[1]["epsilon_in"]["value"].get<double>(), 2.5, 1e-5);
  EXPECT_NEAR(rows[0]["epsilon_in_fitted_to_all"]["value"].get<double>(), (3.75 + 2.75) / 2, 1e-5);
  EXPECT_NEAR(rows[1]["epsilon_in_fitted_to_all"]["value"].get<double>(), (1.25 + 3.75) / 2, 1e-5);
  EXPECT_EQ(rows[0]["same_as_fitted_to_all"], false);
  EXPECT_NE(bytes_of(path("page.html")).find("Quantizers by robot"), std::string::npos);
  const auto twin = open_dataset(path("twin.hdf5"));
  EXPECT_NEAR(twin->read_actions(0)[0], 0.125, 1e-6);
  EXPECT_NEAR(twin->read_actions(1)[1], 27.5, 1e-5);
  const Json part = succeeded(command({"quantize", path("two.hdf5"), "--subset", "robot=b", "--quantizer",
                                       "saved:" + path("q.json") + ",part=robot=b", "--json"}));
  EXPECT_EQ(part["quantizers"][0]["epsilon_in"], rows[1]["epsilon_in"]);
  const Ran other = command({"quantize", path("two.hdf5"), "--quantizer", "saved:" + path("q.json") + ",part=robot=b"});
  EXPECT_EQ(other.code, 0) << other.err;
  EXPECT_NE(other.err.find("note: 1 of the 3 trajectories"), std::string::npos) << other.err;
  const Ran which = command({"quantize", path("two.hdf5"), "--quantizer", "saved:" + path("q.json")});
  EXPECT_EQ(which.code, 2);
  EXPECT_NE(which.err.find("known: a, b"), std::string::npos) << which.err;
}

TEST_F(Quantize, WhatByCannotDoIsSaid) {
  write_two_robots(path("two.hdf5"));
  const Ran unknown = command({"quantize", path("two.hdf5"), "--quantizer", "uniform", "--by", "robt"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_NE(unknown.err.find("did you mean 'robot'?"), std::string::npos) << unknown.err;
  const Ran tokenizer = command(
      {"quantize", path("two.hdf5"), "--quantizer", "fast", "--by", "robot", "--write-tokenizer", path("tokenizer")});
  EXPECT_EQ(tokenizer.code, 2);
  EXPECT_NE(tokenizer.err.find("--subset robot=VALUE"), std::string::npos) << tokenizer.err;
  const Ran given =
      command({"quantize", path("two.hdf5"), "--quantizer", "uniform:bins=4,low=0,high=30", "--by", "robot"});
  EXPECT_EQ(given.code, 0) << given.err;
  EXPECT_NE(given.out.find("each robot has the quantizer of all"), std::string::npos) << given.out;
}

TEST_F(Quantize, WhatIsWrittenIsCheckedWhole) {
  write_bad_observations(path("bad.hdf5"));
  const auto twin = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"quantize", path("bad.hdf5"), "--quantizer",     "uniform:bins=2",
                                      "-o",       path("q.json"),   "--write-decoded", path("twin.hdf5")};
    words.insert(words.end(), more.begin(), more.end());
    return command(words);
  };
  const Ran image = twin({});
  EXPECT_EQ(image.code, 3);
  EXPECT_NE(image.err.find("camera"), std::string::npos) << image.err;
  const Ran nan = twin({"--observation", "arm"});
  EXPECT_EQ(nan.code, 3);
  EXPECT_NE(nan.err.find("row 1, dimension 1 (obs/arm[1])"), std::string::npos) << nan.err;
  EXPECT_FALSE(std::filesystem::exists(path("q.json")) || std::filesystem::exists(path("twin.hdf5")));
  EXPECT_EQ(twin({"--observation", "camera"}).code, 0) << "the good field alone";
  const Json seen = succeeded(command({"inspect", path("twin.hdf5"), "--json"}));
  EXPECT_EQ(seen["observation_fields"][0]["name"], "camera");
}

TEST_F(Quantize, AnObservationThatIsNamedHasToExist) {
  write_bad_observations(path("bad.hdf5"));
  const Ran ran = command({"quantize", path("bad.hdf5"), "--quantizer", "uniform", "--observation", "amr"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_NE(ran.err.find("did you mean 'arm'?"), std::string::npos) << ran.err;
}

#endif

TEST_F(Quantize, ASavedQuantizerIsMeasuredOnOtherData) {
  succeeded(command(
      {"quantize", path("d.hdf5"), "--quantizer", "quantile:bins=5", "--chunk", "2", "-o", path("q.json"), "--json"}));
  succeeded(command({"collect", "--system", "pendulum", "--trajectories", "2", "--horizon", "40", "--seed", "9", "-o",
                     path("other.hdf5"), "--json"}));
  const Json json = succeeded(command({"quantize", path("other.hdf5"), "--compare",
                                       "saved:" + path("q.json") + ",quantile:bins=5", "--chunk", "2", "--json"}));
  const Json &saved = json["quantizers"][0], &fitted = json["quantizers"][1];
  EXPECT_EQ(saved["spec"], "quantile:bins=5");
  EXPECT_EQ(saved["loaded_from"], path("q.json"));
  EXPECT_TRUE(saved["fit_seconds"].is_null());
  EXPECT_GE(fitted["fit_seconds"].get<double>(), 0.0);
  EXPECT_NE(saved["epsilon_in"], fitted["epsilon_in"]);
  EXPECT_NE(saved["remarks"].dump().find("not fitted to these data"), std::string::npos);
  const Ran chunk = command({"quantize", path("other.hdf5"), "--quantizer", "saved:" + path("q.json")});
  EXPECT_EQ(chunk.code, 2);
  EXPECT_NE(chunk.err.find("give --chunk 2"), std::string::npos) << chunk.err;
  const Ran bare = command({"quantize", path("other.hdf5"), "--quantizer", path("q.json")});
  EXPECT_EQ(bare.code, 2);
  EXPECT_NE(bare.err.find("did you mean saved:"), std::string::npos) << bare.err;
  const Ran same = command(
      {"quantize", path("other.hdf5"), "--quantizer", "saved:" + path("q.json"), "--chunk", "2", "-o", path("q.json")});
  EXPECT_EQ(same.code, 2) << "never over what is read";
}

TEST_F(Quantize, ASavedQuantizerIsDeployed) {
  succeeded(command({"quantize", path("d.hdf5"), "--quantizer", "uniform:bins=5", "-o", path("q.json"), "--json"}));
  const Json json = succeeded(command({"evaluate", "--system", "pendulum", "--quantizer", "saved:" + path("q.json"),
                                       "--rollouts", "2", "--horizon", "20", "--json"}));
  EXPECT_EQ(json["controllers"][0]["quantizer"], "uniform:bins=5");
  EXPECT_EQ(command({"inspect", path("d.hdf5"), "--quantizer", "saved:" + path("q.json"), "--json"}).code, 0);
}

TEST_F(Quantize, AllFilesAppearOrNone) {
  // The twin cannot be written in this format, which is found out after the fit.
  const Ran ran =
      command({"quantize", path("d.hdf5"), "--quantizer", "fast", "--chunk", "10", "--write-tokenizer",
               path("tokenizer"), "-o", path("q.json"), "--write-decoded", path("twin.hdf5"), "--format", "nothing"});
  EXPECT_NE(ran.code, 0);
  EXPECT_FALSE(std::filesystem::exists(path("tokenizer")) || std::filesystem::exists(path("q.json")) ||
               std::filesystem::exists(path("twin.hdf5")));
}

TEST_F(Quantize, RefusesWhatItCannotDo) {
  EXPECT_EQ(command({"quantize", path("d.hdf5")}).code, 2);
  EXPECT_EQ(command({"quantize", path("missing.hdf5"), "--quantizer", "uniform"}).code, 3);
  const Ran unknown = command({"quantize", path("d.hdf5"), "--quantizer", "unifrom"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_NE(unknown.err.find("did you mean 'uniform'?"), std::string::npos) << unknown.err;
  EXPECT_EQ(command({"quantize", path("d.hdf5"), "--compare", "uniform,uniform:bins=3", "-o", path("q.json")}).code, 2);
  EXPECT_EQ(command({"quantize", path("d.hdf5"), "--quantizer", "uniform:bins=1000000"}).code, 2);
}

}  // namespace
}  // namespace pianola::cli
