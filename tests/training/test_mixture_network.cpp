// Laws over actions: learned, deployed without LibTorch, and held against laws that are known.
#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/policies/mixture_policy.hpp"
#include "pianola/training/final_report.hpp"
#include "toy_learner.hpp"

namespace pianola {
namespace {

using toy_training::message_of;

/// Observation ±1; u_1 = ±2 with probability ½ each (whatever is seen), u_2 = u_1 · x + 0.1·noise.
Dataset two_ways(std::size_t steps) {
  DatasetInfo info;
  info.observation_dim = 1;
  info.action_dim = 2;
  Dataset data(info);
  Trajectory t;
  t.name = "demo_0";
  t.steps = steps;
  for (std::size_t h = 0; h < steps; ++h) {
    const double x = h % 2 == 0 ? 1.0 : -1.0, way = uniform(NoiseKey(4), h, 0) < 0.5 ? -2.0 : 2.0;
    t.observations.push_back(x);
    t.actions.insert(t.actions.end(),
                     {way + 0.1 * normal(NoiseKey(5), h, 0), way * x + 0.1 * normal(NoiseKey(6), h, 0)});
  }
  data.append(t);
  return data;
}

struct Trained {
  Trained(const std::string& policy, const Dataset& source, int steps, const std::string& quantizer = "")
      : data(source) {
    set_training_threads(1);
    if (!quantizer.empty()) codec = toy_training::fitted(data, quantizer);
    const SampleOptions options{1, 0.0, NoiseKey(2)};
    samples = codec != nullptr ? make_samples(data, *codec, options) : make_action_samples(data, 1, options);
    learner = std::make_unique<Learner>(samples, LearnerOptions{policy, 0.0, 0.0, false, NoiseKey(3)});
    for (int step = 0; step < steps; ++step) learner->step(samples.train, step < steps / 2 ? 0.02 : 0.004, 0.0);
    policy_ = std::make_unique<MixturePolicy>(mixture_weights_from_tensors(learner->weights(Weights::raw), "memory"));
  }
  /// Actions that are played where `x` is seen.
  [[nodiscard]] std::vector<double> play(float x, DecodeMode mode, std::size_t lanes = 1) const {
    std::vector<std::uint64_t> ids;
    for (std::size_t i = 0; i < lanes; ++i) ids.push_back(i);
    const std::vector<std::uint32_t> h(lanes);
    const std::vector<float> histories(lanes, x);
    std::vector<double> actions(2 * lanes);
    policy_->session(lanes)->decide(NoiseKey(8), {ids, h, {}, {}, nullptr}, histories, {.mode = mode}, actions);
    return actions;
  }
  const Dataset& data;
  std::shared_ptr<const Quantizer> codec;
  Samples samples;
  std::unique_ptr<Learner> learner;
  std::unique_ptr<MixturePolicy> policy_;
};

TEST(MixtureNetwork, SquaredErrorLearnsTheMeanWhichNobodyPlayed) {
  const Dataset data = two_ways(400);
  const Trained mse("mse:hidden=16x1", data, 300);
  EXPECT_FALSE(mse.learner->scored());
  const std::vector<double> u = mse.play(1.0F, DecodeMode::argmax);
  EXPECT_LT(std::abs(u[0]), 0.5);
  EXPECT_EQ(mse.play(1.0F, DecodeMode::sample), u);
  EXPECT_EQ(mse.play(1.0F, DecodeMode::mean), u);
}

TEST(MixtureNetwork, MixturesLearnBothWays) {
  const Dataset data = two_ways(400);
  for (const std::string policy : {"mixture:components=4,hidden=32x1", "armixture:components=4,hidden=32x1"}) {
    const Trained law(policy, data, 400);
    const std::vector<double> u = law.play(-1.0F, DecodeMode::sample, 200);
    int up = 0, near = 0;
    for (std::size_t i = 0; i < 200; ++i) {
      up += u[2 * i] > 0.0 ? 1 : 0;
      near += std::abs(std::abs(u[2 * i]) - 2.0) < 0.8 && std::abs(u[2 * i + 1] + u[2 * i]) < 1.2 ? 1 : 0;
    }
    EXPECT_GE(near, 180) << policy;
    EXPECT_NEAR(up, 100, 45) << policy;
    // ln 2 for the way and two Gaussians of deviation 0.1, in units of the data's deviation, 2.
    const double expected =
        std::log(2.0) + 2.0 * (0.5 * std::log(2.0 * std::acos(-1.0) * std::exp(1.0)) + std::log(0.1 / 2.0));
    EXPECT_NEAR(total_nll(*law.learner, law.samples.train, Weights::raw) / 400.0, expected, 0.35) << policy;
  }
}

/// The density that is scored is that of what is played: of one Gaussian by its closed form.
TEST(MixtureNetwork, AGaussianScoresItsClosedForm) {
  const Dataset data = two_ways(200);
  const Trained law("gaussian:hidden=none", data, 50);
  const std::vector<float> outputs = law.learner->outputs(std::vector<std::int64_t>{3}, Weights::raw);
  ASSERT_EQ(outputs.size(), 4U);
  double nll = 0.0;
  for (std::size_t d = 0; d < 2; ++d) {
    const double u =
        (static_cast<double>(law.samples.chunks[6 + d]) - static_cast<double>(law.samples.action_scale.mean[d])) *
        static_cast<double>(law.samples.action_scale.inverse_std[d]);
    const double sigma = 0.01 + std::log1p(std::exp(static_cast<double>(outputs[2 + d])));
    const double z = (u - static_cast<double>(outputs[d])) / sigma;
    nll += 0.5 * z * z + std::log(sigma) + 0.5 * std::log(2.0 * std::acos(-1.0));
  }
  EXPECT_NEAR(total_nll(*law.learner, std::vector<std::int64_t>{3}, Weights::raw), nll, 1e-5);
  RunningMean first;
  const std::vector<double> played = law.play(-1.0F, DecodeMode::sample, 4000);
  for (std::size_t i = 0; i < 4000; ++i) first.add(played[2 * i]);
  const double scale = static_cast<double>(law.samples.action_scale.inverse_std[0]);
  const double sigma = (0.01 + std::log1p(std::exp(static_cast<double>(outputs[2])))) / scale;
  EXPECT_NEAR(std::sqrt(first.variance()), sigma, 0.05 * sigma);
  EXPECT_NEAR(first.mean(), law.play(-1.0F, DecodeMode::mean)[0], 4.0 * sigma / std::sqrt(4000.0));
}

TEST(MixtureNetwork, BetPlaysCodesAndTheirOffsets) {
  const Dataset data = two_ways(400);
  const Trained law("bet:k=4,hidden=32x1", data, 400, "kmeans:k=4,joint=chunk");
  EXPECT_TRUE(law.learner->scored());
  EXPECT_FALSE(law.learner->density());
  EXPECT_NEAR(total_nll(*law.learner, law.samples.train, Weights::raw) / 400.0, std::log(2.0), 0.1);
  const std::vector<double> u = law.play(1.0F, DecodeMode::sample, 100);
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_NEAR(std::abs(u[2 * i]), 2.0, 0.3);
    EXPECT_NEAR(u[2 * i + 1], u[2 * i], 0.3);
  }
  EXPECT_NE(
      message_of<UsageError>([&] { Trained("bet:k=5,hidden=8x1", data, 0, "kmeans:k=4,joint=chunk"); }).find("same k"),
      std::string::npos);
}

TEST(MixtureNetwork, SpecsAreCanonicalAndRefusals) {
  const Dataset data = two_ways(50);
  EXPECT_EQ(Trained("mixture", data, 0).learner->policy_spec(), "mixture:components=5,hidden=256x2");
  EXPECT_EQ(Trained("armixture:3,hidden=8x1", data, 0).policy_->info().spec, "armixture:components=3,hidden=8x1");
  EXPECT_THROW(Trained("mixture:components=0", data, 0), UsageError);
  EXPECT_THROW(Trained("gaussian:components=2", data, 0), UsageError);
}

TEST(MixtureNetwork, ReportsErrorsAndBitsOfWhatItPlays) {
  const Dataset data = two_ways(400);
  const Trained law("mixture:components=4,hidden=32x1", data, 200);
  const FinalReport report = final_report(*law.learner, law.samples, data, nullptr, Weights::raw);
  ASSERT_TRUE(report.bits_per_dimension.has_value());
  EXPECT_NEAR(*report.bits_per_dimension,
              -total_nll(*law.learner, law.samples.train, Weights::raw) / 400.0 / 2.0 / std::log(2.0), 1e-3);
  ASSERT_EQ(report.decoded_rmse_per_dimension.size(), 2U);
  EXPECT_GT(report.decoded_rmse_per_dimension[0], 1.0);  // a mode is wrong half of the time
}

}  // namespace
}  // namespace pianola
