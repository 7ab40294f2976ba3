// The controller `feedback`.
#include <gtest/gtest.h>

#include <cmath>

#include "control/toy_deployment.hpp"
#include "pianola/base/error.hpp"
#include "pianola/control/feedback.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {
namespace {

using toys::keep;
using toys::toy_plan;
using toys::ToyDeployment;
using toys::ToyPolicy;

TEST(Feedback, WithoutAPolicyPlaysTheQuantizedExpertThroughItsTokens) {
  const ToyDeployment toy({.noise = 0.2}, 7, 2);
  const auto runs =
      keep(toy_plan(toy, {"quantized", "feedback", "feedback:decode=argmax", "feedback:decode=mean"}, 20));
  for (const auto& run : runs) {
    for (std::size_t c = 1; c < 4; ++c) {
      for (std::size_t h = 0; h < 20; ++h) {
        EXPECT_NEAR(run[c].u[h], run[0].u[h], 1e-6);
        EXPECT_NEAR(run[c].x[h], run[0].x[h], 1e-5);
      }
    }
  }
}

TEST(Feedback, SamplesAStochasticExpertsLaw) {
  const ToyDeployment toy({.b = 0.0, .start = 0.0, .spread = 0.0, .gain = 0.0, .horizon = 4000}, 4, 1, 0.5);
  const auto run = keep(toy_plan(toy, {"feedback"}))[0][0];  // actions ±½: bin centres ±¾, ±¼
  const auto high = std::ranges::count_if(run.u, [](double u) { return u > 0.0; });
  EXPECT_NEAR(static_cast<double>(high) / 4000.0, 0.5, 4.0 * 0.5 / std::sqrt(4000.0));
}

/// Decides the bin of the sum of the history: shows what was observed.
std::shared_ptr<const Policy> summing_policy(std::size_t history, std::uint32_t bins, std::size_t positions = 1) {
  return std::make_shared<ToyPolicy>(
      std::vector<std::uint32_t>(positions, bins), history,
      [bins](std::size_t, Token, std::span<const float> x, std::span<float> out) {
        float sum = 0.0F, weight = 1.0F;
        for (const float value : x) sum += weight * value, weight *= 10.0F;  // the newest weighs most
        std::ranges::fill(out, -100.0F);
        const auto bin = std::floor((sum / 1000.0F + 1.0F) / 2.0F * static_cast<float>(bins));
        out[static_cast<std::size_t>(std::clamp(bin, 0.0F, static_cast<float>(bins - 1)))] = 100.0F;
      });
}

TEST(Feedback, HistoriesStartWithTheFirstObservationRepeated) {
  const std::uint32_t bins = 100000;
  ToyDeployment toy({.a = 0.5, .b = 0.0, .start = 1.0, .spread = 0.0}, bins);
  toy.policy = summing_policy(3, bins);
  const auto run = keep(toy_plan(toy, {"feedback"}, 2))[1][0];
  const double x[] = {1.0, 1.0, 1.0, 0.5, 0.25, 0.125};
  for (std::size_t h = 0; h < 4; ++h) {
    EXPECT_NEAR(run.u[h], (x[h] + 10.0 * x[h + 1] + 100.0 * x[h + 2]) / 1000.0, 3e-5) << h;
  }
}

TEST(Feedback, HistoriesGoOnWithinAChunk) {
  const std::uint32_t bins = 100000;
  ToyDeployment toy({.a = 0.5, .b = 0.0, .start = 1.0, .spread = 0.0}, bins, 2);
  toy.policy = summing_policy(3, bins, 2);
  const auto run = keep(toy_plan(toy, {"feedback"}))[0][0];
  EXPECT_NEAR(run.u[0], 0.111, 3e-5);
  EXPECT_EQ(run.u[1], run.u[0]) << "the second action of the first decision";
  EXPECT_NEAR(run.u[2], (1.0 + 10.0 * 0.5 + 100.0 * 0.25) / 1000.0, 3e-5) << "sees all three steps";
}

TEST(Feedback, ExecutesAsManyActionsOfAChunkAsAsked) {
  const std::uint32_t bins = 1000;
  ToyDeployment toy({.a = 0.9, .b = 0.0, .start = 1.0, .spread = 0.0}, bins, 3);
  toy.policy =
      std::make_shared<ToyPolicy>(std::vector<std::uint32_t>(3, bins), 1,
                                  [](std::size_t position, Token, std::span<const float>, std::span<float> out) {
                                    std::ranges::fill(out, -100.0F);
                                    out[position] = 100.0F;
                                  });
  const auto tokens = [&](const char* spec) { return keep(toy_plan(toy, {spec}), true)[0][0].age; };
  EXPECT_EQ(tokens("feedback")[4], 1U);
  EXPECT_EQ(tokens("feedback:execute=1")[4], 0U);
  const auto run = keep(toy_plan(toy, {"feedback:execute=2"}))[0][0];
  for (std::size_t h = 0; h < 20; ++h) EXPECT_FLOAT_EQ(static_cast<float>(run.u[h]), toy.quantizer->levels(0)[h % 2]);
}

TEST(Feedback, TemperatureSharpensSamples) {
  ToyDeployment toy({.b = 0.0, .horizon = 500}, 2);
  toy.policy = std::make_shared<ToyPolicy>(
      std::vector<std::uint32_t>{2}, 1,
      [](std::size_t, Token, std::span<const float>, std::span<float> out) { out[0] = 0.0F, out[1] = 1.0F; });
  const auto ones = [&](const char* spec) {
    return std::ranges::count_if(keep(toy_plan(toy, {spec}))[0][0].u, [](double u) { return u > 0.0; });
  };
  EXPECT_NEAR(static_cast<double>(ones("feedback")), 500 * 0.731, 45);
  EXPECT_EQ(ones("feedback:temperature=0.01"), 500);
  EXPECT_NEAR(static_cast<double>(ones("feedback:temperature=1000")), 250, 45);
}

TEST(Feedback, APolicyWithoutALawDivergesAsAnOutcome) {
  ToyDeployment toy({}, 2);
  toy.policy = std::make_shared<ToyPolicy>(
      std::vector<std::uint32_t>{2}, 1,
      [](std::size_t, Token, std::span<const float> x, std::span<float> out) { out[0] = out[1] = x[0] / 0.0F * 0.0F; });
  EXPECT_EQ(keep(toy_plan(toy, {"feedback"}))[0][0].after[0], Outcome::diverged);
}

TEST(Feedback, SaysWhatDoesNotFit) {
  ToyDeployment toy({}, 5);
  const auto error = [&](const char* spec) { return toys::usage_error([&] { make_controller(spec, toy); }); };
  EXPECT_NE(error("feedback:decode=maen").find("'mean'"), std::string::npos) << error("feedback:decode=maen");
  EXPECT_NE(error("feedback:temperature=0").find("temperature"), std::string::npos);
  toy.policy = summing_policy(1, 7);
  EXPECT_NE(error("feedback").find("vocabularies"), std::string::npos);
  toy.policy = nullptr;
  toy.expert = nullptr;
  EXPECT_NE(error("feedback").find("--expert"), std::string::npos);
  toy.quantizer = nullptr;
  EXPECT_NE(error("feedback").find("--run"), std::string::npos);
}

/// What the message advises is taken, and shorter chunks are advised only where they would be.
TEST(Feedback, AScaleThatMovesByChunksTakesWholeOnesAndSaysHow) {
  const auto error = [](const std::string& spec, std::size_t chunk) {
    ToyDeployment toy({}, 5, chunk);
    FitContext context;
    context.action_dim = 1, context.chunk = chunk, context.range = {{-1.0}, {1.0}};
    toy.quantizer = make_quantizer("zoom:bins=7", context);
    toy.policy = summing_policy(1, 7, chunk);
    return toys::usage_error([&] { make_controller(spec, toy); });
  };
  const auto refused = [&](const std::string& spec, std::size_t chunk) {
    return error(spec, chunk).find("moves its scale") != std::string::npos;
  };
  const std::string some = error("feedback:execute=2", 4);
  EXPECT_NE(some.find("leave out execute, or train with --chunk 2"), std::string::npos) << some;
  EXPECT_FALSE(refused("feedback", 4));
  EXPECT_FALSE(refused("feedback:execute=2", 2));

  const std::string delayed = error("feedback:delay=1", 4);
  EXPECT_NE(delayed.find("delay=1,late=true"), std::string::npos) << delayed;
  EXPECT_EQ(delayed.find("--chunk"), std::string::npos) << "chunks of 3 would leave 2";
  EXPECT_TRUE(refused("feedback:delay=1", 3));
  EXPECT_FALSE(refused("feedback:delay=1,late=true", 4));
  EXPECT_EQ(error("feedback:delay=1,execute=2", 4).find("--chunk"), std::string::npos);

  const std::string every = error("feedback:ensemble=0.1", 4);
  EXPECT_NE(every.find("--chunk 1"), std::string::npos) << every;
  EXPECT_EQ(every.find("execute,"), std::string::npos) << "nobody gave it";
  EXPECT_FALSE(refused("feedback:ensemble=0.1", 1));
}

TEST(Feedback, NamesWhatDiffersFromTheDefault) {
  const ToyDeployment toy({}, 5, 2);
  EXPECT_EQ(make_controller("feedback:decode=sample", toy)->spec(), "feedback");
  EXPECT_EQ(make_controller("feedback:mean,execute=1", toy)->spec(), "feedback:decode=mean,execute=1");
}

TEST(Feedback, SaysHowTokensAreTakenWithoutAPlant) {
  const DecodeOptions options = feedback_decoding("feedback:decode=argmax,temperature=0.5");
  EXPECT_EQ(options.mode, DecodeMode::argmax);
  EXPECT_EQ(options.temperature, 0.5);
  EXPECT_EQ(feedback_decoding("feedback").mode, DecodeMode::sample);
  EXPECT_THROW(feedback_decoding("augmented"), UsageError);
  EXPECT_THROW(feedback_decoding("feedback:decode=agrmax"), UsageError);
  EXPECT_THROW(feedback_decoding("feedback:execute=1"), UsageError) << "chunks are played on a plant";
}

}  // namespace
}  // namespace pianola
