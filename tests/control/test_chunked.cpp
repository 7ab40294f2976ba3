// The controller `chunked`, and what delay does to the closed loop.
#include <gtest/gtest.h>

#include <cmath>

#include "control/toy_deployment.hpp"
#include "pianola/data/action_representation.hpp"
#include "pianola/policies/playback.hpp"
#include "pianola/policies/runtime_image.hpp"
#include "pianola/policies/transformer_policy.hpp"
#include "pianola/quantizers/registry.hpp"
#include "policies/toy_transformer.hpp"

namespace pianola {
namespace {

using toys::keep;
using toys::Recording;
using toys::toy_plan;
using toys::ToyDeployment;
using toys::ToyPolicy;
using toys::usage_error;

TEST(Chunked, IsFeedbackWithARunAndQuantizedWithout) {
  ToyDeployment toy({.noise = 0.3}, 9, 4);
  for (const auto& run : keep(toy_plan(toy, {"chunked:execute=2", "quantized:execute=2"}, 3), true)) {
    EXPECT_EQ(run[0], run[1]);
  }
  EXPECT_EQ(make_controller("chunked:delay=1,execute=2", toy)->spec(), "chunked:execute=2,delay=1");
  toy.policy = std::make_shared<ToyPolicy>(std::vector<std::uint32_t>(4, 9), 1,
                                           [](std::size_t, Token, std::span<const float> x, std::span<float> out) {
                                             std::ranges::fill(out, 0.0F);
                                             out[0] = x[0];
                                           });
  for (const auto& run :
       keep(toy_plan(toy, {"chunked:execute=2,decode=argmax", "feedback:decode=argmax,execute=2"}, 3), true)) {
    EXPECT_EQ(run[0], run[1]);
  }
  EXPECT_NE(usage_error([&] { make_controller("chunked:exekute=2", toy); }).find("'execute'"), std::string::npos);
}

/// Each token is the one before it plus one: what a chunk says depends on what it begins with.
std::shared_ptr<const Policy> counting_policy(std::size_t chunk, std::uint32_t bins) {
  return std::make_shared<ToyPolicy>(
      std::vector<std::uint32_t>(chunk, bins), 1,
      [bins](std::size_t position, Token previous, std::span<const float>, std::span<float> out) {
        std::ranges::fill(out, -100.0F);
        out[position == 0 ? 0 : (previous + 1) % bins] = 100.0F;
      });
}

TEST(Chunked, ErrorsSpeakOfTheControllerThatWasAskedFor) {
  ToyDeployment toy({}, 9, 4);
  const auto complaint = [&](const std::string& spec) { return usage_error([&] { make_controller(spec, toy); }); };
  EXPECT_EQ(complaint("chunked:execute=5").rfind("controller 'chunked': execute", 0), 0U);
  EXPECT_EQ(complaint("quantized:execute=5").rfind("controller 'quantized': execute", 0), 0U);
  toy.policy = counting_policy(4, 9);
  EXPECT_EQ(complaint("chunked:execute=5").rfind("controller 'chunked': execute", 0), 0U);
  EXPECT_EQ(complaint("chunked:decode=best").rfind("controller 'chunked': no decode mode", 0), 0U);
  EXPECT_EQ(complaint("feedback:execute=5").rfind("controller 'feedback': execute", 0), 0U);
}

double quantized(const Quantizer& quantizer, double u) {
  std::vector<double> in(quantizer.info().chunk, u), out(in.size());
  quantizer.quantize(in, {}, out);
  return out[0];
}

TEST(Chunked, WithDelayTheExpertPlansFromWhereTheCommittedActionsLead) {
  const ToyDeployment toy({.a = 1.0, .horizon = 12}, 64, 6);
  for (const auto& run : keep(toy_plan(toy, {"chunked:delay=2,execute=3"}, 5), true)) {
    const Recording& r = run[0];
    EXPECT_EQ(r.u[0], 0.0);
    EXPECT_EQ(r.u[1], 0.0);
    // The plant is deterministic: the first action of each decision is the expert's at the very state it is played in.
    for (const std::size_t h : {2U, 5U, 8U, 11U}) {
      EXPECT_EQ(r.u[h], quantized(*toy.quantizer, -0.5 * r.x[h])) << h;
      EXPECT_EQ(r.age[h], 2U);
    }
  }
}

TEST(Chunked, LateActionsAreThoseOfThePast) {
  const ToyDeployment toy({.noise = 0.1, .horizon = 10}, 64);
  for (const auto& run : keep(toy_plan(toy, {"quantized:delay=3,late=true,start='0.5'"}, 5), true)) {
    for (std::size_t h = 0; h < 3; ++h) EXPECT_EQ(run[0].u[h], 0.5);
    for (std::size_t h = 3; h < 10; ++h) {
      EXPECT_EQ(run[0].u[h], quantized(*toy.quantizer, -0.5 * run[0].x[h - 3])) << h;
      EXPECT_EQ(run[0].age[h], 3U) << "a chunk of one expired long ago, and that can be seen";
    }
  }
}

TEST(Chunked, CommittedTokensAreForcedAndTheRestGoesOnFromThem) {
  ToyDeployment toy({.horizon = 12}, 64, 6);
  toy.policy = counting_policy(6, 64);
  const auto run = keep(toy_plan(toy, {"chunked:delay=2,execute=3,start='-0.984375'"}))[0][0];  // token 0
  const auto levels = toy.quantizer->levels(0);
  // Committed 0, 0, then 1, 2, 3; of these 2, 3 are committed at the next decision, which goes on with 4, 5, 6; …
  const Token expected[] = {0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  for (std::size_t h = 0; h < 12; ++h) EXPECT_FLOAT_EQ(static_cast<float>(run.u[h]), levels[expected[h]]) << h;
}

/// The same bins behind tokens that do not say what they stand for.
class OpaqueQuantizer final : public Quantizer {
 public:
  OpaqueQuantizer(std::uint32_t bins, std::size_t chunk) : inner_(bins, chunk) {}
  [[nodiscard]] const QuantizerInfo& info() const override { return inner_.info(); }
  void encode(std::span<const float> chunks, const CodecContext& c, TokenBatch out) const override {
    inner_.encode(chunks, c, out);
  }
  void decode(const TokenBatch& in, const CodecContext& c, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override {
    inner_.decode(in, c, chunks, status);
  }
  [[nodiscard]] nlohmann::ordered_json save() const override { return inner_.save(); }

 private:
  toys::ToyQuantizer inner_;
};

TEST(Chunked, WhereTokensDoNotSayWhatTheyDecideTheCommittedActionsReplaceTheirs) {
  ToyDeployment toy({.horizon = 12}, 64, 6);
  toy.quantizer = std::make_shared<OpaqueQuantizer>(64, 6);
  toy.policy = counting_policy(6, 64);
  const auto run = keep(toy_plan(toy, {"chunked:delay=2,execute=3"}))[0][0];
  const toys::ToyQuantizer bins(64);
  const auto levels = bins.levels(0);
  const Token expected[] = {2, 3, 4, 2, 3, 4, 2, 3, 4, 2};  // each chunk counts from 0; a seam after each 4
  EXPECT_EQ(run.u[0], 0.0);
  for (std::size_t h = 2; h < 12; ++h) EXPECT_FLOAT_EQ(static_cast<float>(run.u[h]), levels[expected[h - 2]]) << h;
}

TEST(Chunked, AnEnsembleIsSmoother) {
  const ToyDeployment toy({.noise = 0.1, .horizon = 60}, 8, 4);
  double rough = 0.0, smooth = 0.0;
  for (const auto& run : keep(toy_plan(toy, {"chunked:execute=1", "chunked:ensemble=0.01"}, 10))) {
    for (std::size_t h = 1; h < 60; ++h) {
      rough += std::abs(run[0].u[h] - run[0].u[h - 1]);
      smooth += std::abs(run[1].u[h] - run[1].u[h - 1]);
    }
  }
  EXPECT_LT(smooth, 0.7 * rough);
}

TEST(Chunked, VelocityLimitsHoldInClosedLoop) {
  const ToyDeployment toy({.noise = 0.5, .horizon = 60}, 64);
  const auto run = keep(toy_plan(toy, {"quantized:rate_limit=0.125"}))[0][0];
  for (std::size_t h = 1; h < 60; ++h) EXPECT_LE(std::abs(run.u[h] - run.u[h - 1]), 0.125 + 1e-15);
}

TEST(Chunked, HoldIsTheStateOfRelativeActions) {
  ToyDeployment toy({.horizon = 4});
  const ActionRepresentation map(
      {{.frame = ActionFrame::relative, .first = 0, .width = 1, .state_first = 0, .state_width = 1}}, {0}, {}, 1);
  FitContext context;
  context.action_dim = 1;
  context.chunk = 3;
  context.representation = &map;
  toy.quantizer = make_quantizer("uniform:bins=8,low=-1,high=1", context);
  const auto run = keep(toy_plan(toy, {"quantized:delay=1,start=hold"}))[0][0];
  EXPECT_EQ(run.u[0], run.x[0]);
}

/// A robot that decides while it plays: what it plays, given what the simulation saw.
std::vector<float> played_by_runtime(const AlignedBytes& image, const std::vector<double>& observations,
                                     const PlaybackOptions& options, float rate) {
  AlignedBytes memory(Runtime::required_bytes(image)), own(Playback::required_bytes(4, 1));
  Runtime runtime;
  Playback playback;
  EXPECT_EQ(Runtime::bind(image, memory, runtime), Status::ok);
  EXPECT_EQ(runtime.configure(RuntimeDecode::argmax, 1.0F, OnError::hold), Status::ok);
  EXPECT_EQ(Playback::bind(4, 1, options, own, playback), Status::ok);
  EXPECT_EQ(playback.limit(std::vector<float>{rate}), Status::ok);
  std::vector<float> played, committed(options.delay), chunk(4), action(1);
  for (const double x : observations) {
    const std::vector<float> seen{static_cast<float>(x)};
    if (playback.due()) {
      EXPECT_EQ(playback.begin(committed), Status::ok);
      EXPECT_EQ(runtime.act(seen, committed, 0, chunk), Status::ok);
      EXPECT_EQ(playback.take(chunk), Status::ok);
    } else {
      EXPECT_EQ(runtime.observe(seen), Status::ok);
    }
    EXPECT_EQ(playback.play(action), Status::ok);
    played.push_back(action[0]);
  }
  return played;
}

TEST(Chunked, TheRuntimePlaysTheSameNumbersWithDelayAndLimits) {
  ToyDeployment toy({.noise = 0.3, .horizon = 20}, 33, 4);
  const auto weights = toy_transformer::random_weights(
      {1, 2, 12, 1, 2, {33, 33, 33, 33}, false, false, TransformerInput::observations}, 3, 3.0);
  toy.policy = std::make_shared<TransformerPolicy>(weights);
  const AlignedBytes image = make_runtime_image(weights, WeightFormat::float32, *toy.quantizer);
  for (const std::size_t delay : {0U, 1U, 2U}) {
    const std::string spec = "chunked:decode=argmax,execute=2,rate_limit=0.25,delay=" + std::to_string(delay);
    std::size_t moves = 0;
    for (const auto& run : keep(toy_plan(toy, {spec}, 5))) {
      const std::vector<float> wanted(run[0].u.begin(), run[0].u.end());
      EXPECT_EQ(played_by_runtime(image, run[0].x, {.execute = 2, .delay = delay}, 0.25F), wanted) << spec;
      for (std::size_t h = 1; h < wanted.size(); ++h) moves += wanted[h] != wanted[h - 1] ? 1 : 0;
    }
    EXPECT_GT(moves, 5U) << "it always plays the same: the test shows nothing";
  }
}

}  // namespace
}  // namespace pianola
