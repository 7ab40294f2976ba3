// The controller `quantized`: q#π* itself.
#include <gtest/gtest.h>

#include <cmath>

#include "control/toy_deployment.hpp"

namespace pianola {
namespace {

using toys::keep;
using toys::toy_plan;
using toys::ToyDeployment;

double quantized(const Quantizer& quantizer, double u) {
  std::vector<double> in(quantizer.info().chunk, u), out(in.size());
  quantizer.quantize(in, {}, out);
  return out[0];
}

TEST(QuantizedController, PlaysTheQuantizedActionOfEachState) {
  const ToyDeployment toy({.noise = 0.2}, 7);
  for (const auto& run : keep(toy_plan(toy, {"quantized"}, 10))) {
    for (std::size_t h = 0; h < 20; ++h) EXPECT_EQ(run[0].u[h], quantized(*toy.quantizer, -0.5 * run[0].x[h]));
  }
}

TEST(QuantizedController, DeviatesNoMoreThanStabilityAllows) {
  // x' = a·x + b·u in closed loop contracts by a − b·gain: |x_h − x_h*| ≤ Σ_{j<h} |a − b·gain|^j · b · ε.
  const std::uint32_t bins = 16;
  const double epsilon = 1.0 / bins;
  const ToyDeployment toy({.a = 0.9, .noise = 0.02, .spread = 0.3, .gain = 0.5, .horizon = 60}, bins);
  double largest = 0.0;
  for (const auto& run : keep(toy_plan(toy, {"expert", "quantized"}, 100))) {
    double bound = 0.0;
    for (std::size_t h = 0; h < 60; ++h) {
      ASSERT_LT(std::abs(run[1].x[h]), 2.0) << "the range must hold, or the error is not bounded by a half-width";
      const double deviation = std::abs(run[1].x[h] - run[0].x[h]);
      EXPECT_LE(deviation, bound + 1e-6);
      largest = std::max(largest, deviation / std::max(bound, 1e-9));
      bound = 0.4 * bound + epsilon;
    }
  }
  EXPECT_GT(largest, 0.5) << "the bound must be within reach, or this test shows nothing";
}

TEST(QuantizedController, AChunkOnADeterministicPlantIsTheOpenLoopReplayOfTheQuantizedExpert) {
  const ToyDeployment toy({.a = 1.05, .gain = 0.3, .horizon = 12}, 9, 4);
  for (const auto& run : keep(toy_plan(toy, {"quantized"}, 10))) {
    double planned = 0.0;
    for (std::size_t h = 0; h < 12; ++h) {
      if (h % 4 == 0) planned = run[0].x[h];  // a new plan starts from the real state
      EXPECT_EQ(run[0].u[h], quantized(*toy.quantizer, -0.3 * planned)) << h;
      planned = 1.05 * planned - 0.3 * planned;  // the plan rolls the raw expert
    }
  }
}

TEST(QuantizedController, ExecutingOneActionOfAChunkIsPlayingInFeedback) {
  const ToyDeployment whole({.noise = 0.3}, 9, 4), single({.noise = 0.3}, 9, 1);
  const auto a = keep(toy_plan(whole, {"quantized:execute=1"}, 5)), b = keep(toy_plan(single, {"quantized"}, 5));
  EXPECT_EQ(a, b);
}

TEST(QuantizedController, NoiseMakesChunksWorseThanFeedback) {
  const ToyDeployment toy({.a = 1.2, .noise = 0.1, .gain = 0.9, .horizon = 40}, 200, 8);
  double open = 0.0, closed = 0.0;
  for (const auto& run : keep(toy_plan(toy, {"expert", "quantized", "quantized:execute=1"}, 30))) {
    for (std::size_t h = 0; h < 40; ++h) {
      open += std::abs(run[1].x[h] - run[0].x[h]);
      closed += std::abs(run[2].x[h] - run[0].x[h]);
    }
  }
  EXPECT_GT(open, 3.0 * closed) << "a plan that knew the plant's noise would not pay";
}

/// Rounds to multiples of a scale that doubles with each decision: what is decoded shows the memory.
class MovingScale final : public Quantizer {
 public:
  MovingScale() {
    info_.spec = "moving";
    info_.action_dim = info_.max_tokens = info_.memory_size = 1;
    info_.vocabularies = {1000};
  }
  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  void encode(std::span<const float>, const CodecContext&, TokenBatch) const override {}
  void decode(const TokenBatch&, const CodecContext&, std::span<float>,
              std::span<DecodeStatus>) const noexcept override {}
  void quantize(std::span<const double>, const CodecContext& context, std::span<double> out) const override {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = context.memory[i] += 1.0;
  }
  [[nodiscard]] nlohmann::ordered_json save() const override { return {}; }

 private:
  QuantizerInfo info_;
};

TEST(QuantizedController, KeepsAQuantizersMemoryAndClearsItAtReset) {
  ToyDeployment toy({.b = 0.0, .horizon = 4});
  toy.quantizer = std::make_shared<MovingScale>();
  auto plan = toy_plan(toy, {"quantized"}, 6);
  plan.lanes = 2;
  for (const auto& run : keep(plan)) EXPECT_EQ(run[0].u, (std::vector<double>{1.0, 2.0, 3.0, 4.0}));
}

TEST(QuantizedController, AnActionThatIsNotFiniteDiverges) {
  const ToyDeployment toy({}, 5, 1, 0.0, 0.0);
  EXPECT_EQ(keep(toy_plan(toy, {"quantized"}))[0][0].after[0], Outcome::diverged);
}

TEST(QuantizedController, NamesItselfAndItsQuantizer) {
  const ToyDeployment toy({}, 5, 4);
  EXPECT_EQ(make_controller("quantized:execute=2", toy)->spec(), "quantized:execute=2");
  EXPECT_EQ(make_controller("quantized", toy)->quantizer(), "toy_bins:bins=5");
  EXPECT_NE(toys::usage_error([&] { make_controller("quantized:execute=5", toy); }).find("from 1 to"),
            std::string::npos);
}

}  // namespace
}  // namespace pianola
