#include "pianola/training/final_report.hpp"

#include <gtest/gtest.h>

#include "toy_learner.hpp"

namespace pianola {
namespace {

using toy_training::fitted;
using toy_training::reference_nll;
using toy_training::ToyLearner;

/// One trajectory, one dimension: actions evenly spaced in [0, scale], observed.
Dataset ramp(double scale) {
  DatasetInfo info;
  info.observation_dim = info.action_dim = 1;
  info.action_range = {{0.0}, {scale}};
  Dataset data(info);
  Trajectory t;
  t.name = "demo_0";
  t.steps = 64;
  for (int h = 0; h < 64; ++h) {
    t.observations.push_back(h);
    t.actions.push_back(scale * (h + 0.5) / 64.0);
  }
  data.append(t);
  return data;
}

struct Ramp {
  explicit Ramp(const std::string& spec, double scale = 1.0)
      : data(ramp(scale)),
        quantizer(fitted(data, spec)),
        samples(make_samples(data, *quantizer, {1, 0.0, NoiseKey(0)})),
        learner(samples, {"mlp:hidden=none", 0.0, 0.0, false, NoiseKey(1)}) {
    LearnerState zero = learner.state();
    std::fill(zero.parameters.begin(), zero.parameters.end(), 0.0F);
    learner.restore(zero);  // the uniform law
  }
  [[nodiscard]] FinalReport report() const {
    return final_report(learner, samples, data, quantizer.get(), Weights::raw);
  }
  Dataset data;
  std::shared_ptr<const Quantizer> quantizer;
  Samples samples;
  Learner learner;
};

/// The uniform law over 8 equal cells of [0, s] has density 1/s: bits = log₂(σ/s), whatever s and the number of cells.
TEST(FinalReport, BitsOfTheUniformLaw) {
  double squares = 0.0;
  for (int h = 0; h < 64; ++h) squares += ((h + 0.5) / 64.0 - 0.5) * ((h + 0.5) / 64.0 - 0.5);
  const double expected = std::log2(std::sqrt(squares / 63.0));
  for (const char* spec : {"uniform:bins=8", "uniform:bins=32"}) {
    for (const double scale : {1.0, 1000.0}) {
      const auto bits = Ramp(spec, scale).report().bits_per_dimension;
      ASSERT_TRUE(bits.has_value());
      EXPECT_NEAR(*bits, expected, 1e-5) << spec << " on [0, " << scale << "]";
    }
  }
}

TEST(FinalReport, ThereAreNoBitsWhereActionsLieOutsideTheRange) {
  const FinalReport inside = Ramp("uniform:bins=8").report();
  EXPECT_EQ(inside.outside, 0.0);
  EXPECT_EQ(inside.atoms, 0.0);
  const FinalReport clipped = Ramp("uniform:bins=8,low=0,high=0.5").report();
  EXPECT_EQ(clipped.outside, 0.5);
  EXPECT_FALSE(clipped.bits_per_dimension.has_value());
}

TEST(FinalReport, AtomsAreNumbersThatComeBack) {
  std::vector<double> actions;
  for (int i = 0; i < 100; ++i) {
    actions.push_back(i < 25 ? 1.0 : 0.001 * i);  // a limit that a quarter reaches
    actions.push_back(i < 9 ? -1.0 : 0.5 * i);    // nine times may be chance
  }
  EXPECT_EQ(atom_share(actions, 2), 25.0 / 200.0);
  EXPECT_EQ(atom_share(actions, 1), 25.0 / 200.0);
  EXPECT_EQ(atom_share({}, 2), 0.0);
  EXPECT_EQ(atom_share(std::vector<double>(20000, 3.0), 1), 1.0);
}

TEST(FinalReport, ThereAreNoBitsWithoutCells) {
  const ToyLearner toy;  // the scheme `discrete` has none
  EXPECT_FALSE(final_report(toy.learner, toy.samples, toy.data, toy.quantizer.get(), Weights::raw)
                   .bits_per_dimension.has_value());
}

/// All logits 0: the first token is the most likely, whose level is the centre of the first of 4 cells, 1/8.
TEST(FinalReport, RmseIsThatOfTheMostLikelyTokens) {
  const FinalReport report = Ramp("uniform:bins=4").report();
  double squares = 0.0;
  for (int h = 0; h < 64; ++h) squares += ((h + 0.5) / 64.0 - 0.125) * ((h + 0.5) / 64.0 - 0.125);
  ASSERT_EQ(report.decoded_rmse_per_dimension.size(), 1U);
  EXPECT_NEAR(report.decoded_rmse_per_dimension[0], std::sqrt(squares / 64.0), 1e-6);
}

TEST(FinalReport, IsOfHeldOutRowsWhereThereAreAny) {
  ToyLearner toy;
  const FinalReport report = final_report(toy.learner, toy.samples, toy.data, toy.quantizer.get(), Weights::raw);
  toy.samples.train = toy.samples.validation;
  toy.samples.validation.clear();
  EXPECT_EQ(
      final_report(toy.learner, toy.samples, toy.data, toy.quantizer.get(), Weights::raw).decoded_rmse_per_dimension,
      report.decoded_rmse_per_dimension);
}

TEST(FinalReport, MeanLossIsTheReferences) {
  const ToyLearner toy;
  EXPECT_NEAR(total_nll(toy.learner, toy.samples.train, Weights::raw) / static_cast<double>(toy.samples.train.size()),
              reference_nll(toy, toy.samples.train, Weights::raw), 1e-6);
  const Ramp uniform("uniform:bins=8");
  EXPECT_NEAR(total_nll(uniform.learner, std::vector<std::int64_t>{0, 5}, Weights::raw), 2.0 * std::log(8.0), 1e-6);
}

}  // namespace
}  // namespace pianola
