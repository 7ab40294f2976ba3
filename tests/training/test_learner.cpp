#include "pianola/training/learner.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "toy_learner.hpp"

namespace pianola {
namespace {

using toy_training::message_of;
using toy_training::position_nll;
using toy_training::ToyLearner;

/// Tokens 0 … 4 at levels 0 … 4 of one dimension; targets shared by the two nearest levels.
class TwoHot final : public Quantizer {
 public:
  TwoHot() {
    info_.spec = "two_hot";
    info_.action_dim = info_.chunk = info_.max_tokens = 1;
    info_.vocabularies = {5};
  }
  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch batch) const override {
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      batch.tokens[i] = static_cast<Token>(std::lround(chunks[i]));
      batch.lengths[i] = 1;
    }
  }
  void decode(const TokenBatch& batch, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus>) const noexcept override {
    for (std::size_t i = 0; i < chunks.size(); ++i) chunks[i] = static_cast<float>(batch.tokens[i]);
  }
  void targets(std::span<const float> chunk, std::size_t, std::span<float> p) const override {
    std::fill(p.begin(), p.end(), 0.0F);
    const auto low = std::min<std::size_t>(3, static_cast<std::size_t>(chunk[0]));
    p[low + 1] = chunk[0] - static_cast<float>(low);
    p[low] = 1.0F - p[low + 1];
  }
  [[nodiscard]] nlohmann::ordered_json save() const override { return {{"format_version", 1}}; }

 private:
  QuantizerInfo info_;
};

/// One trajectory whose observation does not matter and whose actions are 1.25 and 3.
Dataset between_levels() {
  DatasetInfo info;
  info.observation_dim = info.action_dim = 1;
  Dataset data(info);
  Trajectory t;
  t.name = "demo_0";
  t.steps = 8;
  for (int h = 0; h < 8; ++h) {
    t.observations.push_back(h % 2 == 0 ? -1.0 : 1.0);
    t.actions.push_back(h % 2 == 0 ? 1.25 : 3.0);
  }
  data.append(t);
  return data;
}

TEST(Learner, LearnsSoftTargets) {
  const TwoHot quantizer;
  const Dataset data = between_levels();
  const Samples samples = make_samples(data, quantizer, {1, 0.0, NoiseKey(0)});
  ASSERT_EQ(samples.soft, &quantizer);
  LearnerOptions options;
  options.policy = "mlp:hidden=16x1";
  Learner learner(samples, options);
  const std::vector<float> first = learner.outputs(samples.train, Weights::raw);
  double expected = 0.0;
  for (std::size_t row = 0; row < 8; ++row) {
    const float* logits = &first[row * 5];
    expected += row % 2 == 0 ? 0.75 * position_nll(logits, 5, 1) + 0.25 * position_nll(logits, 5, 2)
                             : position_nll(logits, 5, 3);
  }
  EXPECT_NEAR(learner.step(samples.train, 0.02, 0.9).loss, expected / 8.0, 1e-6);
  for (int step = 0; step < 300; ++step) learner.step(samples.train, 0.02, 0.9);
  const std::vector<float> last = learner.outputs(samples.train, Weights::raw);
  EXPECT_NEAR(std::exp(-position_nll(last.data(), 5, 2)), 0.25, 0.02);
  EXPECT_NEAR(std::exp(-position_nll(last.data(), 5, 1)), 0.75, 0.02);
  EXPECT_GT(std::exp(-position_nll(&last[5], 5, 3)), 0.97);
}

TEST(Learner, RestoringContinuesBitForBit) {
  ToyLearner whole, broken;
  for (int step = 0; step < 3; ++step) {
    whole.learner.step(whole.rows(30), 0.01, 0.9);
    broken.learner.step(broken.rows(30), 0.01, 0.9);
  }
  ToyLearner resumed;
  resumed.learner.restore(broken.learner.state());
  for (int step = 0; step < 5; ++step) {
    const StepReport a = whole.learner.step(whole.rows(30), 0.01, 0.9);
    const StepReport b = resumed.learner.step(resumed.rows(30), 0.01, 0.9);
    EXPECT_EQ(a.loss, b.loss);
    EXPECT_EQ(a.gradient_norm, b.gradient_norm);
  }
  EXPECT_EQ(whole.learner.state().parameters, resumed.learner.state().parameters);
  EXPECT_EQ(whole.learner.state().average, resumed.learner.state().average);
}

TEST(Learner, RefusesTheStateOfAnotherNetwork) {
  ToyLearner toy, other("mlp:hidden=64x1");
  EXPECT_NE(message_of<DataError>([&] { toy.learner.restore(other.learner.state()); }).find("this policy has"),
            std::string::npos);
  LearnerState no_average = toy.learner.state();
  no_average.average.clear();
  EXPECT_THROW(toy.learner.restore(no_average), DataError);
}

TEST(Learner, ScoringInBlocksIsScoringEachRow) {
  ToyLearner toy;
  std::vector<std::int64_t> many;
  for (std::size_t i = 0; i < 5000; ++i) many.push_back(static_cast<std::int64_t>(i * 7 % toy.samples.size()));
  const RowScores all = toy.learner.score(many, Weights::raw);
  for (const std::size_t i : {0UL, 4095UL, 4096UL, 4999UL}) {
    const RowScores one = toy.learner.score(std::span(many).subspan(i, 1), Weights::raw);
    for (std::size_t p = 0; p < 3; ++p) EXPECT_NEAR(all.nll[i * 3 + p], one.nll[p], 1e-6);
  }
}

TEST(Learner, ConstantObservationsDoNotDisturb) {
  ToyLearner toy;  // its third observation is constant
  for (int step = 0; step < 20; ++step) {
    const StepReport report = toy.learner.step(toy.rows(40), 0.05, 0.9);
    ASSERT_TRUE(std::isfinite(report.loss));
  }
}

}  // namespace
}  // namespace pianola
