// The blocks themselves are held against their formulas in test_transformer_network.cpp; here: what both kinds of
// attention may see, by way of networks.
#include <gtest/gtest.h>

#include "toy_learner.hpp"

namespace pianola {
namespace {

using toy_training::ToyLearner;

TEST(TransformerTrunk, GradientsAreThoseOfTheLoss) {
  // A step of plain descent along AdamW's first update lowers the loss by about rate · Σ|g|: its sign is the
  // gradient's.
  for (const std::string spec : {"transformer:width=8,layers=2,heads=2", "parallel:width=8,layers=2,heads=2"}) {
    ToyLearner toy(spec);
    const double before = toy_training::reference_nll(toy, toy.rows(30), Weights::raw);
    const StepReport report = toy.learner.step(toy.rows(30), 1e-5, 0.0);
    EXPECT_NEAR(report.loss, before, 1e-5) << spec;
    const double after = toy_training::reference_nll(toy, toy.rows(30), Weights::raw);
    EXPECT_LT(after, before) << spec;
    EXPECT_GT(report.gradient_norm, 0.0);
  }
}

TEST(TransformerTrunk, LearnsALaw) {
  for (const std::string spec : {"transformer:width=16,layers=1,heads=2", "parallel:width=16,layers=1,heads=2"}) {
    ToyLearner toy(spec);
    for (int step = 0; step < 200; ++step) toy.learner.step(toy.samples.train, 0.01, 0.9);
    ToyLearner table("mlp:hidden=16x1");
    for (int step = 0; step < 400; ++step) table.learner.step(table.samples.train, 0.02, 0.9);
    EXPECT_LT(toy_training::reference_nll(toy, toy.samples.train, Weights::raw),
              toy_training::reference_nll(table, table.samples.train, Weights::raw) + 0.02)
        << spec;
  }
}

}  // namespace
}  // namespace pianola
