// pianola augment, and fine-tuning on what it writes.
#include <cmath>
#include <filesystem>

#include "cli/command.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/data/relabelled.hpp"

namespace pianola::cli {
namespace {

class Augment : public Scratch {};

#ifdef PIANOLA_WITH_TORCH

constexpr const char* kPlant = "scalar_linear:a=1,b=1,noise=0.05,horizon=30";

std::vector<std::string> words(std::vector<std::string> first, std::initializer_list<std::string> more) {
  first.insert(first.end(), more);
  return first;
}

class AugmentRun : public Augment {
 protected:
  void SetUp() override {
    Augment::SetUp();
    succeeded(command({"collect", "--system", kPlant, "--trajectories", "6", "-o", path("d.npz"), "--json"}));
    succeeded(command(words(train("d.npz", "first"), {"--with-model=linear"})));
  }
  [[nodiscard]] std::vector<std::string> train(const std::string& data, const std::string& run) const {
    return {"train",   path(data), "--policy",    "mlp:hidden=16x1", "--steps",   "60",
            "--batch", "32",       "-o",          path(run),         "--threads", "1",
            "--json",  "--quiet",  "--quantizer", "uniform:bins=9"};
  }
  [[nodiscard]] std::vector<std::string> augment(const std::string& by, const std::string& out) const {
    return {"augment", path("d.npz"), "--run", path("first"), "--by", by, "-o", path(out), "--json"};
  }
};

TEST_F(AugmentRun, WritesADatasetThatIsTrainedOnLikeAny) {
  for (const char* by : {"model:steps=3", "closest:k=2"}) {
    const std::string out = std::string(by).substr(0, 5) + ".npz";
    const Json made = succeeded(command(augment(by, out)));
    EXPECT_EQ(made["augmentation"], by);
    EXPECT_EQ(made["demonstrations"], 6);
    EXPECT_EQ(made["dataset"], path(out));
    const Json seen = succeeded(command({"inspect", path(out), "--json"}));
    EXPECT_EQ(seen["trajectories"], made["trajectories"]);
    EXPECT_EQ(seen["steps"], made["steps"]);
    EXPECT_EQ(made["trajectories"].get<int>(), 6 + made["relabelled"].get<int>());
    EXPECT_EQ(made["steps"].get<int>(), 180 + made["relabelled_steps"].get<int>());
    const auto reader = open_dataset(path(out));
    EXPECT_NO_THROW(demonstrations_of(reader->info(), reader->size()));
    EXPECT_TRUE(reader->info().attributes.contains(kRelabelled));
    // Fine-tuned: quantizer and normalisation of the first run, a model of the demonstrations only.
    const std::string run = std::string(by).substr(0, 5);
    const Json tuned = succeeded(command({"train", path(out), "--start-from", path("first"), "--steps", "20", "-o",
                                          path(run), "--threads", "1", "--with-model=linear", "--json"}));
    EXPECT_EQ(tuned["model"]["relabelled_left_out"].get<int>() > 0, true);
    EXPECT_EQ(tuned["model"]["transitions"], 150) << "five training demonstrations of 30 steps";
    succeeded(command({"evaluate", "--run", path(run), "--rollouts", "4", "--controller", "feedback", "--controller",
                       "augmented", "--json"}));
  }
}

TEST_F(AugmentRun, SaysWhatItCannotDo) {
  const auto refused = [](const std::vector<std::string>& arguments, const char* part, int code = 2) {
    const Ran ran = command(arguments);
    EXPECT_EQ(ran.code, code) << ran.err;
    EXPECT_NE(ran.err.find(part), std::string::npos) << ran.err;
  };
  refused(augment("closest:k=0", "x.npz"), "k must be from 1");
  refused(augment("clossest", "x.npz"), "'closest'");
  refused(augment("closest", "d.npz"), "--out");
  refused(words(augment("closest", "x.npz"), {"--system", "scalar_linear:a=0.5,b=1,noise=0.05,horizon=30"}),
          "trajectory 0 'demo_0', step 1", 3);
  refused(words(augment("closest", "x.npz"), {"--system", "pendulum"}), "'pendulum' has 3");
  EXPECT_FALSE(std::filesystem::exists(path("x.npz")));
  // Neither a quantizer of another run nor another policy is a start.
  refused({"train", path("d.npz"), "--start-from", path("first"), "--quantizer", "uniform:bins=5", "-o", path("other"),
           "--json"},
          "uniform:bins=5");
  refused({"train", path("d.npz"), "--start-from", path("first"), "--policy", "mlp:hidden=8x1", "-o", path("other"),
           "--json"},
          "give --policy mlp:hidden=16x1");
  refused({"train", path("d.npz"), "--start-from", path("nowhere"), "-o", path("other"), "--json"}, "nowhere", 3);
}

#else

TEST_F(Augment, NeedsARun) {
  const Ran ran = command({"augment", path("d.npz"), "--run", path("first"), "--by", "model", "-o", path("x.npz")});
  EXPECT_NE(ran.code, 0);
}

#endif

}  // namespace
}  // namespace pianola::cli
