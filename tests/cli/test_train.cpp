#include <cmath>
#include <filesystem>
#include <fstream>

#include "cli/command.hpp"
#ifdef PIANOLA_WITH_HDF5
#include "data/raw_hdf5.hpp"
#endif
#include "pianola/base/file.hpp"
#include "pianola/base/interrupt.hpp"

namespace pianola::cli {
namespace {

class Train : public Scratch {
 protected:
  void SetUp() override {
    Scratch::SetUp();
    PIANOLA_NEEDS_HDF5();
    succeeded(command(
        {"collect", "--system", "pendulum", "--trajectories", "6", "--horizon", "40", "-o", path("d.hdf5"), "--json"}));
  }
  void TearDown() override {
    clear_interrupt();
    Scratch::TearDown();
  }
  std::vector<std::string> arguments(const std::string& run, const std::string& steps = "40") const {
    return {"train",
            path("d.hdf5"),
            "--quantizer",
            "uniform:bins=9",
            "--policy",
            "mlp:hidden=16x1",
            "--steps",
            steps,
            "--batch",
            "32",
            "--checkpoint-every",
            "10",
            "-o",
            path(run),
            "--threads",
            "1",
            "--json"};
  }
};

#ifdef PIANOLA_WITH_TORCH

std::string without_times(const std::string& file) {
  std::ifstream in(file);
  std::string text;
  for (std::string line; std::getline(in, line);) {
    Json row = Json::parse(line);
    row.erase("samples_per_second");
    text += row.dump() + "\n";
  }
  return text;
}

TEST_F(Train, AModelIsFittedBesideThePolicyAndActedOn) {
  auto asked = arguments("run");
  asked.insert(asked.end(), {"--with-model=mixture:components=2,hidden=16x1"});
  const Json trained = succeeded(command(asked));
  const Json model = trained["model"];
  EXPECT_EQ(model["spec"], "mixture:components=2,hidden=16x1");
  EXPECT_EQ(model["calibration"].size(), 3U);
  EXPECT_GT(model["drift"].size(), 3U);
  EXPECT_TRUE(model["log_likelihood"]["value"].is_number());
  EXPECT_TRUE(std::filesystem::exists(path("run/model.safetensors")));
  EXPECT_NE(read_file(path("run/report.html")).find("Transition model"), std::string::npos);
  const Json evaluated =
      succeeded(command({"evaluate", "--run", path("run"), "--controller", "augmented:next=mode", "--controller",
                         "feedback", "--rollouts", "3", "--horizon", "20", "--json"}));
  EXPECT_EQ(evaluated["controllers"][0]["auxiliary"]["resyncs_per_step"], 0.0);
  EXPECT_TRUE(evaluated["controllers"][0]["auxiliary"]["left_range_fraction"].is_number());
  EXPECT_TRUE(evaluated["controllers"][1]["auxiliary"].is_null());
  const Json exported = succeeded(command({"export", path("run"), "-o", path("robot"), "--json"}));
  EXPECT_TRUE(std::filesystem::exists(path("robot/model.pianola")));
  EXPECT_TRUE(exported["model"]["left_out"].is_null());
}

TEST_F(Train, WithModelAloneIsTheMixtureAndAResumedRunKeepsItsPolicy) {
  auto asked = arguments("run");
  asked.insert(asked.begin() + 2, "--with-model");  // an option follows
  EXPECT_EQ(succeeded(command(asked))["model"]["spec"], "mixture");
  const Json again = succeeded(command(
      {"train", path("d.hdf5"), "-o", path("run"), "--resume", "--with-model=linear", "--threads", "1", "--json"}));
  EXPECT_EQ(again["model"]["spec"], "linear") << "the policy is done, another model may be fitted";
  EXPECT_EQ(command({"train", path("d.hdf5"), "-o", path("other"), "--with-model=linar"}).code, 2);
  EXPECT_FALSE(std::filesystem::exists(path("other")));
}

TEST_F(Train, WritesARunThatEvaluateDeploys) {
  const Json trained = succeeded(command(arguments("run")));
  for (const char* field : {"run", "steps", "train_nll", "validation_nll", "bits_per_dimension",
                            "decoded_rmse_per_dimension", "samples_per_second", "resumed_from"}) {
    EXPECT_TRUE(trained.contains(field)) << field;
  }
  for (const char* file : {"config.toml", "quantizer.json", "policy.safetensors", "metrics.jsonl", "report.html"}) {
    EXPECT_TRUE(std::filesystem::exists(path("run") + "/" + file)) << file;
  }
  const Json evaluated = succeeded(command({"evaluate", "--system", "pendulum", "--run", path("run"), "--controller",
                                            "feedback:decode=argmax", "--rollouts", "3", "--horizon", "20", "--json"}));
  EXPECT_EQ(evaluated["controllers"][0]["quantizer"], "uniform:bins=9");
}

TEST_F(Train, ARunIsAuditedOnThePlantThatItKnows) {
  succeeded(command(arguments("run")));
  const Json audited = succeeded(command({"audit", "--run", path("run"), "--rollouts", "4", "--perturbations", "40",
                                          "--horizon", "20", "-o", path("audited"), "--json"}));
  EXPECT_EQ(audited["controller"].get<std::string>().rfind("feedback", 0), 0U);
  EXPECT_TRUE(audited["checkpoints"]["spread"].is_number());
  EXPECT_GE(audited["checkpoints"]["rows"].size(), 2U);
  succeeded(command({"audit", "--replay", path("audited/decomposition.witness.json"), "--json"}));
}

TEST_F(Train, LawsOverActionsAreDeployedWithoutAQuantizer) {
  for (const std::string policy : {"mse:hidden=8x1", "mixture:components=2,hidden=8x1", "bet:k=3,hidden=8x1"}) {
    const std::string run = policy.substr(0, policy.find(':'));
    const Json trained = succeeded(command({"train", path("d.hdf5"), "--policy", policy, "--chunk", "2", "--steps",
                                            "20", "-o", path(run), "--threads", "1", "--json"}));
    EXPECT_EQ(trained["train_nll"].is_null(), run == "mse");
    EXPECT_EQ(trained["bits_per_dimension"].is_null(), run != "mixture");
    EXPECT_EQ(trained["decoded_rmse_per_dimension"].size(), 1U);
    const Json evaluated = succeeded(
        command({"evaluate", "--system", "pendulum", "--run", path(run), "--controller", "feedback", "--controller",
                 "feedback:decode=mean,execute=1", "--rollouts", "3", "--horizon", "20", "--json"}));
    EXPECT_TRUE(evaluated["controllers"][0]["quantizer"].is_null());
  }
  const Ran refused = command(
      {"train", path("d.hdf5"), "--policy", "mse", "--quantizer", "uniform:bins=9", "-o", path("no"), "--json"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("leave out --quantizer"), std::string::npos);
}

TEST_F(Train, ATextIsASequenceOfCharacters) {
  std::ofstream text(path("t.txt"));
  for (int i = 0; i < 200; ++i) text << (i % 3 == 0 ? "pianola " : "roll ");
  text.close();
  const Json trained = succeeded(
      command({"train", path("t.txt"), "--policy", "transformer:width=16,layers=1,heads=2", "--context", "8", "--steps",
               "60", "--batch", "16", "--learning-rate", "0.01", "-o", path("run"), "--threads", "1", "--json"}));
  EXPECT_LT(trained["validation_nll"].get<double>(), 1.5);  // of at most ln 9 = 2.2
  EXPECT_TRUE(trained["bits_per_dimension"].is_null());
  const Ran refused = command({"train", path("t.txt"), "--quantizer", "discrete", "-o", path("no")});
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("--policy transformer"), std::string::npos);
  const std::string saved = read_file(path("run") + "/config.toml");
  EXPECT_NE(saved.find("quantizer = 'discrete'"), std::string::npos) << "what a text takes by itself";
  const Ran binned = command({"train", path("t.txt"), "--quantizer", "uniform:bins=256", "--policy",
                              "transformer:width=16,layers=1,heads=2", "-o", path("no")});
  EXPECT_EQ(binned.code, 2);
  EXPECT_NE(binned.err.find("--quantizer discrete"), std::string::npos) << binned.err;
}

TEST_F(Train, WhatComesAfterATextIsToGenerateAndNothingHeldOutIsSaid) {
  std::ofstream(path("short.txt")) << "abab";  // a tenth of it is no character
  std::ofstream(path("long.txt")) << "abababababababababab";
  const auto trained = [&](const std::string& name) {
    const Ran ran = command({"train", path(name + ".txt"), "--policy", "transformer:width=16,layers=1,heads=2",
                             "--context", "4", "--steps", "4", "--batch", "4", "-o", path(name), "--threads", "1"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_NE(ran.out.find("next: pianola generate " + path(name)), std::string::npos) << ran.out;
    return ran.out;
  };
  const std::string few = trained("short"), enough = trained("long");
  EXPECT_NE(few.find("no validation: there are too few data to hold out 10 % of them"), std::string::npos) << few;
  EXPECT_EQ(few.find("held out\n"), std::string::npos) << few;
  EXPECT_EQ(enough.find("no validation"), std::string::npos) << enough;
}

TEST_F(Train, AnExistingRunIsAnErrorUnlessResumed) {
  succeeded(command(arguments("run")));
  EXPECT_EQ(command(arguments("run")).code, 2);
  auto resumed = arguments("run");
  resumed.emplace_back("--resume");
  EXPECT_FALSE(succeeded(command(resumed))["resumed_from"].is_null());
}

TEST_F(Train, CtrlCLeavesACheckpointAndTheResumedRunEndsTheSame) {
  succeeded(command(arguments("whole")));
  request_interrupt();
  EXPECT_EQ(command(arguments("broken")).code, 130);
  clear_interrupt();
  succeeded(command({"train", "--resume", "-o", path("broken"), "--threads", "1", "--json"}));
  EXPECT_EQ(without_times(path("whole") + "/metrics.jsonl"), without_times(path("broken") + "/metrics.jsonl"));
}

TEST_F(Train, ARunKeepsASavedQuantizerItself) {
  succeeded(command({"quantize", path("d.hdf5"), "--quantizer", "quantile:bins=9", "-o", path("q.json"), "--json"}));
  auto saved = arguments("run");
  saved[3] = "saved:" + path("q.json");
  request_interrupt();
  EXPECT_EQ(command(saved).code, 130);
  clear_interrupt();
  std::filesystem::remove(path("q.json"));  // the run has it
  succeeded(command({"train", "--resume", "-o", path("run"), "--threads", "1", "--json"}));
  auto fitted = arguments("fitted");
  fitted[3] = "quantile:bins=9";
  succeeded(command(fitted));
  EXPECT_EQ(without_times(path("run") + "/metrics.jsonl"), without_times(path("fitted") + "/metrics.jsonl"));
  const Json evaluated = succeeded(command(
      {"evaluate", "--system", "pendulum", "--run", path("run"), "--rollouts", "2", "--horizon", "10", "--json"}));
  EXPECT_EQ(evaluated["controllers"][0]["quantizer"], "quantile:bins=9");
}

TEST_F(Train, TheRunsConfigurationIsReplayable) {
  succeeded(command(arguments("first")));
  succeeded(command({"train", "--config", path("first") + "/config.toml", "-o", path("second"), "--json"}));
  EXPECT_EQ(without_times(path("first") + "/metrics.jsonl"), without_times(path("second") + "/metrics.jsonl"));
}

#ifdef PIANOLA_WITH_HDF5

TEST_F(Train, WhatLearningDoesNotUseMayBeBad) {
  {
    test::RawHdf5 raw(path("bad.hdf5"));
    for (const char* demo : {"/data/demo_0", "/data/demo_1", "/data/demo_2"}) {
      test::plain_trajectory(raw, demo, 40, demo[11] - '0');
      raw.doubles(std::string(demo) + "/next_obs", {40, 2}, std::vector<double>(80, NAN));
    }
  }
  EXPECT_NE(command({"inspect", path("bad.hdf5")}).out.find("next observations, row 0"), std::string::npos);
  std::vector<std::string> words = arguments("run");
  words[1] = path("bad.hdf5");
  EXPECT_EQ(succeeded(command(words))["steps"], 40);
}

#endif

TEST_F(Train, ATamperedRunIsNotDeployed) {
  succeeded(command(arguments("run")));
  std::ifstream in(path("run") + "/quantizer.json");
  Json quantizer = Json::parse(in);
  quantizer["spec"] = "uniform:bins=8";
  std::ofstream(path("run") + "/quantizer.json") << quantizer.dump();
  EXPECT_EQ(command({"evaluate", "--system", "pendulum", "--run", path("run"), "--rollouts", "2"}).code, 3);
}

TEST_F(Train, ASystemOfOtherDimensionsIsRefused) {
  succeeded(command(arguments("run")));
  const Ran ran = command({"evaluate", "--system", "scalar_linear", "--run", path("run")});
  EXPECT_EQ(ran.code, 2);
  EXPECT_NE(ran.err.find("dimensions"), std::string::npos) << ran.err;
}

TEST_F(Train, AModelLeavesOutWhatWasExecutedOtherwiseThanLabelled) {
  succeeded(command({"collect", "--system", "pendulum", "--trajectories", "6", "--horizon", "40", "--perturb",
                     "sigma=0.5,clean=0.5", "-o", path("noisy.npz"), "--json"}));
  auto words = arguments("run", "10");
  words[1] = path("noisy.npz");
  words.emplace_back("--with-model=linear");
  const Json model = succeeded(command(words))["model"];
  const int left_out = model["perturbed_left_out"], kept = model["transitions"];
  EXPECT_EQ(left_out + kept, 5 * 40) << "the last step of a training trajectory too: what followed it is recorded";
  EXPECT_TRUE(left_out == 80 || left_out == 120) << left_out << ": every second trajectory is perturbed";
}

#else

TEST_F(Train, ABuildWithoutLibTorchSaysSo) {
  const Ran ran = command(arguments("run"));
  EXPECT_EQ(ran.code, 2);
  EXPECT_NE(ran.err.find("LibTorch"), std::string::npos) << ran.err;
}

#endif

TEST_F(Train, ADatasetIsNeeded) { EXPECT_EQ(command({"train", "-o", path("run")}).code, 2); }

TEST_F(Train, AMissingDatasetIsADataError) {
  EXPECT_NE(command({"train", path("missing.hdf5"), "-o", path("run")}).code, 0);
  EXPECT_FALSE(std::filesystem::exists(path("run")));
}

}  // namespace
}  // namespace pianola::cli
