#include "pianola/training/train_config.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "toy_training.hpp"

namespace pianola {
namespace {

using toy_training::Folder;
using toy_training::message_of;

TrainConfig unusual() {
  TrainConfig config;
  config.data = "a \"quoted\" path\\with, commas: and ünicode";
  config.quantizer = "uniform:bins=17,representatives=ends";
  config.policy = "mlp:hidden=512-256";
  config.chunk = 4;
  config.learning_rate = 1e-5;
  config.weight_decay = 0.1 + 0.2;  // needs 17 digits
  config.final_rate = 1.0;
  config.seed = UINT64_MAX;
  return config;
}

/// All options as text.
std::vector<std::string> describe(const TrainConfig& config) {
  std::vector<std::string> values;
  for (const OptionHelp& option : describe_options(config)) values.push_back(option.name + "=" + option.default_value);
  return values;
}

TEST(TrainConfig, TomlReadsBackToTheSameConfiguration) {
  const Folder folder;
  write_file(folder / "config.toml", config_to_toml(unusual(), {{"cpu", "some \"processor\""}}));
  const TrainConfig back = read_config(folder / "config.toml");
  EXPECT_EQ(describe(back), describe(unusual()));
  EXPECT_EQ(back.weight_decay, 0.1 + 0.2);
  EXPECT_EQ(back.seed, UINT64_MAX);
  EXPECT_EQ(back.data, unusual().data);
}

TEST(TrainConfig, TomlHoldsEveryOption) {
  const std::string text = config_to_toml(TrainConfig{}, {});
  TrainConfig config;
  config.visit([&](std::string_view name, auto&, std::string_view) {
    EXPECT_NE(text.find("\n" + std::string(name) + " = "), std::string::npos) << name;
  });
  EXPECT_EQ(text.rfind("format_version = 1\n", 0), 0U);
  EXPECT_NE(text.find("[provenance]"), std::string::npos);
}

TEST(TrainConfig, ReadingNamesWhatIsWrong) {
  const Folder folder;
  const auto message = [&](const std::string& text) {
    write_file(folder / "c.toml", text);
    return message_of<Error>([&] { read_config(folder / "c.toml"); });
  };
  EXPECT_NE(message("format_version = 2\n").find("format_version is 2"), std::string::npos);
  EXPECT_NE(message("steps = 3\n").find("format_version is missing"), std::string::npos);
  EXPECT_NE(message("format_version = 1\nstepps = 3\n").find("did you mean 'steps'"), std::string::npos);
  EXPECT_NE(message("format_version = 1\nsteps = 'many'\n").find("whole number"), std::string::npos);
  EXPECT_NE(message("format_version = 1\nsteps = [3]\n").find("key 'steps'"), std::string::npos);
  EXPECT_NE(message("format_version = 1\nsteps = = 3\n").find("line 2"), std::string::npos);
}

TEST(TrainConfig, ChecksEveryRange) {
  EXPECT_NO_THROW(check_config(TrainConfig{}));
  const auto refused = [](auto change) {
    TrainConfig config;
    change(config);
    return message_of<UsageError>([&] { check_config(config); });
  };
  EXPECT_NE(refused([](auto& c) { c.steps = 0; }).find("steps must be a whole number ≥ 1, but is 0"),
            std::string::npos);
  EXPECT_NE(refused([](auto& c) { c.batch = -1; }), "");
  EXPECT_NE(refused([](auto& c) { c.chunk = 0; }), "");
  EXPECT_NE(refused([](auto& c) { c.history = 0; }), "");
  EXPECT_NE(refused([](auto& c) { c.checkpoint_every = 0; }), "");
  EXPECT_NE(refused([](auto& c) { c.candidates = 0; }), "");
  EXPECT_NE(refused([](auto& c) { c.selection_rollouts = 0; }), "");
  EXPECT_NE(refused([](auto& c) { c.threads = -1; }), "");
  EXPECT_NE(refused([](auto& c) { c.learning_rate = 0.0; }), "");
  EXPECT_NE(refused([](auto& c) { c.learning_rate = INFINITY; }), "");
  EXPECT_NE(refused([](auto& c) { c.weight_decay = -1.0; }), "");
  EXPECT_NE(refused([](auto& c) { c.gradient_clip = NAN; }), "");
  EXPECT_NE(refused([](auto& c) { c.warmup = 1.5; }), "");
  EXPECT_NE(refused([](auto& c) { c.final_rate = -0.1; }), "");
  EXPECT_NE(refused([](auto& c) { c.ema = 1.0; }), "");
  EXPECT_NE(refused([](auto& c) { c.validation = 1.0; }), "");
}

TEST(TrainConfig, ResumingMayChangeWhereAndHowFastOnly) {
  TrainConfig other;
  other.data = "elsewhere";
  other.assets = "there";
  other.threads = 7;
  other.checkpoint_every = 3;
  EXPECT_EQ(resumable_options(other), resumable_options(TrainConfig{}));
  other.batch = 7;
  EXPECT_NE(resumable_options(other), resumable_options(TrainConfig{}));
  EXPECT_EQ(resumable_options(other).at("batch"), "7");
}

TEST(TrainConfig, BatchesAreChosenWhereNoneAreNamed) {
  TrainConfig config;
  EXPECT_EQ(batch_size(config), 256);
  config.context = 64;
  EXPECT_EQ(batch_size(config), 64);
  config.context = 100000;
  EXPECT_EQ(batch_size(config), 1);
  config.batch = 7;
  EXPECT_EQ(batch_size(config), 7);
}

TEST(TrainConfig, PoliciesWithoutTokensTakeNoQuantizer) {
  TrainConfig config;
  config.policy = "mlp:hidden=8x1";
  EXPECT_EQ(quantizer_spec(config), "uniform");
  config.context = 64;
  EXPECT_EQ(quantizer_spec(config), "discrete");
  config.quantizer = "mulaw";
  EXPECT_EQ(quantizer_spec(config), "mulaw");
  config = {};
  EXPECT_FALSE(is_over_actions(config));
  config.policy = "mixture:components=3";
  EXPECT_TRUE(is_over_actions(config));
  EXPECT_EQ(quantizer_spec(config), "");
  config.quantizer = "uniform";  // as configurations of former runs say
  EXPECT_EQ(quantizer_spec(config), "");
  config.quantizer = TrainConfig{}.quantizer;
  config.policy = "bet:k=7";
  EXPECT_EQ(quantizer_spec(config), "kmeans:k=7,joint=chunk");
  config.quantizer = "uniform:bins=3";
  EXPECT_THROW(quantizer_spec(config), UsageError);
}

}  // namespace
}  // namespace pianola
