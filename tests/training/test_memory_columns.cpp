#include "pianola/training/memory_columns.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/control/collect.hpp"
#include "pianola/control/evaluate.hpp"
#include "pianola/control/policy_decider.hpp"
#include "pianola/experts/expert.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/quantizers/observed_memory.hpp"
#include "pianola/systems/registry.hpp"
#include "toy_training.hpp"

namespace pianola {
namespace {

using toy_training::Folder;
using toy_training::message_of;

/// Actions that leave the first scale by far and come back, of two dimensions; observations: trajectory and step.
Dataset decaying(std::size_t trajectories, std::size_t steps) {
  DatasetInfo info;
  info.path = "decaying";
  info.observation_dim = 2;
  info.action_dim = 2;
  Dataset data(info);
  for (std::size_t i = 0; i < trajectories; ++i) {
    Trajectory t;
    t.name = "demo_" + std::to_string(i);
    t.steps = steps;
    for (std::size_t h = 0; h < steps; ++h) {
      const double size = 20.0 * std::pow(0.7, static_cast<double>(h));
      t.observations.insert(t.observations.end(), {static_cast<double>(i), static_cast<double>(h)});
      t.actions.insert(t.actions.end(), {i % 2 == 0 ? size : -size, 0.3 * std::sin(static_cast<double>(h + i))});
    }
    data.append(t);
  }
  return data;
}

constexpr const char* kZoom = "zoom:bins=7,low=-1;-1,high=1;1";

TEST(MemoryColumns, AreWhatEncodingChunkAfterChunkLeaves) {
  const Dataset data = decaying(3, 12);
  for (const std::size_t chunk : {1U, 3U}) {
    const auto quantizer = toy_training::fitted(data, kZoom, chunk);
    const RememberedData seen = with_memory_columns(data, *quantizer);
    ASSERT_EQ(seen.data.info().observation_dim, 4U);
    for (std::size_t i = 0; i < data.size(); ++i) {
      std::vector<double> memory(2), features(2);
      for (std::size_t h = 0; h < 12; h += chunk) {
        const std::size_t row = data.offsets()[i] + h;
        observed_memory(*quantizer)->observe_memory(memory, features);
        EXPECT_EQ(seen.data.observations()[row * 4 + 1], static_cast<double>(h));
        EXPECT_EQ(seen.data.observations()[row * 4 + 2], features[0]);
        EXPECT_EQ(seen.data.observations()[row * 4 + 3], features[1]);
        std::vector<float> actions(chunk * 2);
        std::copy_n(data.actions().begin() + static_cast<std::ptrdiff_t>(row * 2), chunk * 2, actions.begin());
        std::vector<Token> tokens(chunk * 2);
        std::vector<std::uint32_t> length(1);
        quantizer->encode(actions, {.memory = memory}, {tokens, length});
      }
      EXPECT_GT(features[0], 1.0) << "the scale has followed the actions out of the first range";
    }
  }
}

TEST(MemoryColumns, RefuseAMemoryThatNoPolicySees) {
  const Dataset data = decaying(2, 6);
  const std::string none = message_of<UsageError>(
      [&] { static_cast<void>(with_memory_columns(data, *toy_training::fitted(data, "uniform:bins=3"))); });
  EXPECT_NE(none.find("uniform:bins=3"), std::string::npos) << none;
  const auto zoom = toy_training::fitted(data, kZoom, 3);
  const std::string history = message_of<UsageError>([&] {
    static_cast<void>(make_samples(data, *zoom, {2, 0.0, NoiseKey(0)}));
  });
  EXPECT_NE(history.find("--history 1"), std::string::npos) << history;
}

/// Plays the tokens of the samples from row `next` on, and keeps what it was shown.
struct Script {
  const Samples& samples;
  std::size_t next = 0;
  std::vector<float> shown;
};

class ScriptedPolicy final : public Policy {
 public:
  ScriptedPolicy(Script& script, std::size_t chunk) : script_(script), chunk_(chunk) {
    info_.spec = "scripted";
    info_.history = script.samples.history;
    info_.observation_dim = script.samples.input_dim / info_.history;
    info_.vocabularies = script.samples.vocabularies;
  }
  [[nodiscard]] const PolicyInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<PolicySession> session(std::size_t) const override {
    return std::make_unique<Session>(*this);
  }

 private:
  class Session final : public PolicySession {
   public:
    explicit Session(const ScriptedPolicy& policy) : policy_(policy) {}
    void begin(const Situation&, std::span<const float> histories) override {
      policy_.script_.shown.assign(histories.begin(), histories.end());
      row_ = policy_.script_.next, position_ = 0;
      policy_.script_.next += policy_.chunk_;
    }
    void logits(std::span<const Token>, std::span<float> out) override {
      const Samples& samples = policy_.script_.samples;
      std::ranges::fill(out, -100.0F);
      out[static_cast<std::size_t>(samples.tokens[row_ * samples.positions + position_++])] = 100.0F;
    }

   private:
    const ScriptedPolicy& policy_;
    std::size_t row_ = 0, position_ = 0;
  };

  Script& script_;
  std::size_t chunk_;
  PolicyInfo info_;
};

/// Deployed along a demonstration, a policy that plays its tokens is shown at each decision what training showed, and
/// its tokens mean the actions that they were made of.
TEST(MemoryColumns, TrainingAndDeploymentAgreeTokenForToken) {
  for (const auto& [chunk, history] : {std::pair{1U, 1U}, std::pair{1U, 3U}, std::pair{3U, 1U}}) {
    const Dataset data = decaying(2, 12);
    const auto quantizer = std::shared_ptr(toy_training::fitted(data, kZoom, chunk));
    const Samples samples = make_samples(data, *quantizer, {history, 0.0, NoiseKey(0)});
    Script script{samples, 0, {}};
    auto parts = std::make_shared<PolicyDeciderParts>();
    parts->policy = std::make_shared<ScriptedPolicy>(script, chunk);
    parts->quantizer = quantizer;
    PolicyDecider original(parts, 1);
    original.reset(NoiseKey(1));
    std::unique_ptr<ChunkDecider> decider = original.clone();
    std::vector<double> memory(2);
    for (std::size_t h = 0; h + chunk <= 12; ++h) {
      const std::vector<double> x{0.0, static_cast<double>(h)};
      const std::vector<std::uint64_t> ids(1);
      const std::vector<std::uint32_t> step(1, static_cast<std::uint32_t>(h));
      const std::vector<Outcome> running(1, Outcome::running);
      decider->observe(x);
      if (h % chunk != 0) continue;
      const std::size_t row = h;
      script.next = row;
      std::vector<double> actions(chunk * 2);
      decider->decide({ids, step, x, running, nullptr}, {}, {actions, {}, {}});
      for (std::size_t d = 0; d < samples.input_dim; ++d) {
        const float scale = samples.normalisation.inverse_std[d];
        EXPECT_NEAR((script.shown[d] - samples.normalisation.mean[d]) * scale,
                    samples.inputs[row * samples.input_dim + d], 1e-5)
            << "h = " << h << ", number " << d;
      }
      std::vector<double> recorded(chunk * 2), expected(chunk * 2);
      std::copy_n(data.actions().begin() + static_cast<std::ptrdiff_t>(row * 2), chunk * 2, recorded.begin());
      quantizer->quantize(recorded, {.memory = memory}, expected);
      for (std::size_t i = 0; i < actions.size(); ++i) EXPECT_NEAR(actions[i], expected[i], 1e-5) << "h = " << h;
      decider = decider->clone();  // the memory goes with it
    }
  }
}

/// `zoom` whose scale the policy does not see.
class Unseen final : public Quantizer, public ObservedMemory {
 public:
  explicit Unseen(std::shared_ptr<const Quantizer> zoom) : zoom_(std::move(zoom)) {}
  [[nodiscard]] const QuantizerInfo& info() const override { return zoom_->info(); }
  void encode(std::span<const float> chunks, const CodecContext& context, TokenBatch batch) const override {
    zoom_->encode(chunks, context, batch);
  }
  void decode(const TokenBatch& batch, const CodecContext& context, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override {
    zoom_->decode(batch, context, chunks, status);
  }
  [[nodiscard]] nlohmann::ordered_json save() const override { return zoom_->save(); }
  [[nodiscard]] std::vector<std::string> memory_features() const override { return memory_features_of(*zoom_); }
  void observe_memory(std::span<const double>, std::span<double> out) const override { std::ranges::fill(out, 0.0); }
  void follow(std::span<const float> action, std::span<double> memory) const override {
    observed_memory(*zoom_)->follow(action, memory);
  }

 private:
  std::shared_ptr<const Quantizer> zoom_;
};

/// The share that diverges of 100 rollouts of a policy of these tokens, from states whose actions lie up to ten times
/// beyond the first scale.
double learned_and_lost(const Dataset& data, std::shared_ptr<const Quantizer> quantizer) {
  const Folder folder;
  TrainPlan plan;
  plan.config.policy = "mlp:hidden=64x2";
  plan.config.quantizer = quantizer->info().spec;
  plan.config.steps = 1500;
  plan.config.candidates = 1;
  plan.config.validation = 0.0;
  plan.config.threads = 1;
  plan.data = &data;
  plan.quantizer = quantizer;
  plan.run = folder / "run";
  train(plan);
  EvaluatePlan evaluation;
  evaluation.deployment.system = make_system("scalar_linear:a=1.5,x0_std=8,noise=0.05,horizon=60");
  evaluation.deployment.quantizer = std::move(quantizer);
  evaluation.deployment.policy = load_run(plan.run).policy;
  evaluation.controllers = {"feedback"};
  evaluation.key = NoiseKey(5);
  evaluation.rollouts = 100;
  return evaluate(evaluation).controllers.front().diverged_fraction;
}

TEST(MemoryColumns, APolicyThatSeesTheScaleHoldsWhatOthersLose) {
  CollectPlan plan;
  plan.system = make_system("scalar_linear:a=1.5,x0_std=25,noise=0.05,horizon=60");
  plan.expert = make_expert("", plan.system);
  plan.key = NoiseKey(3);
  plan.trajectories = 200, plan.perturb_sigma = 8.0, plan.clean = 0.0;
  Dataset data(collected_info(plan));
  collect(plan, [&](const Trajectory& trajectory) { data.append(trajectory); });
  const auto of = [&](const char* spec) { return toy_training::fitted(data, spec); };
  const auto zoom = of("zoom:bins=15,a=1.5,low=-2,high=2,smallest=0.25");
  EXPECT_LE(learned_and_lost(data, zoom), 0.05);
  EXPECT_GE(learned_and_lost(data, std::make_shared<Unseen>(zoom)), 0.3) << "control: the scale is not seen";
  EXPECT_GE(learned_and_lost(data, of("zoom:bins=15,low=-2,high=2,smallest=1,largest=1")), 0.3)
      << "control: the scale does not move";
}

}  // namespace
}  // namespace pianola
