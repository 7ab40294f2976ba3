// A quantizer that is off by half a bin turns the experiments that rest on it red, and by the check that names it.
#include <gtest/gtest.h>

#include <algorithm>

#include "pianola/theory/experiment.hpp"
#include "theory/shifted_quantizer.hpp"

namespace pianola {
namespace {

ExperimentOptions small(bool broken) {
  ExperimentOptions options;
  options.key = NoiseKey(5);
  if (broken) options.quantizers = test::shifted("uniform");
  return options;
}

/// Whether a check that is no control failed whose name holds this text.
bool failed(const ExperimentResult& result, const std::string& text) {
  return std::ranges::any_of(result.checks, [&](const Check& check) {
    return check.passed == false && !check.control && check.name.find(text) != std::string::npos;
  });
}

TEST(BrokenQuantizer, TurnsTheorem3Red) {
  ExperimentOptions options = small(true);
  options.n = {64};
  options.horizon = {16, 32, 128};
  const ExperimentResult broken = find_experiment("3").run(options);
  EXPECT_FALSE(broken.passed());
  EXPECT_TRUE(failed(broken, "largest error of a token"));
  options.quantizers = {};
  EXPECT_TRUE(find_experiment("3").run(options).passed());
}

TEST(BrokenQuantizer, TurnsTheorem5Red) {
  const ExperimentResult broken = find_experiment("5").run(small(true));
  EXPECT_FALSE(broken.passed());
  EXPECT_TRUE(failed(broken, "over the ε_sup that it states"));
  EXPECT_TRUE(failed(broken, "largest error over ε"));
  EXPECT_TRUE(find_experiment("5").run(small(false)).passed());
}

TEST(BrokenQuantizer, TurnsTheoremsTwoSixSevenAndEightRed) {
  ExperimentOptions two = small(true);
  two.n = {64};
  two.horizon = {32};
  EXPECT_TRUE(failed(find_experiment("2").run(two), "largest error of a token"));
  ExperimentOptions six = small(true);
  six.initial_points = 512;
  six.epsilon = {0x1p-5};
  EXPECT_TRUE(failed(find_experiment("6").run(six), "quantizer 'uniform', apart"));
  ExperimentOptions seven = small(true);
  seven.n = {64};
  seven.horizon = {32};
  EXPECT_TRUE(failed(find_experiment("7").run(seven), "largest error of a token"));
  ExperimentOptions eight = small(true);
  eight.n = {4, 16};
  EXPECT_TRUE(failed(find_experiment("8").run(eight), "colliding experts of quantizer"));
}

TEST(BrokenQuantizer, TurnsCertificatesAndUnstableRed) {
  EXPECT_TRUE(failed(find_experiment("certificates").run(small(true)), "largest error of a token"));
  EXPECT_TRUE(failed(find_experiment("rate").run(small(true)), "quantizer 'uniform'"));
}

TEST(BrokenQuantizer, TurnsCoarsestAndRobustRed) {
  ExperimentOptions options = small(true);
  EXPECT_TRUE(failed(find_experiment("coarsest").run(options), "3 bits, uniform cells"));
  EXPECT_TRUE(failed(find_experiment("robust").run(options), "rise of uniform less 1.25 times that of the raw expert"));
  options.quantizers = test::shifted("log");
  EXPECT_TRUE(failed(find_experiment("coarsest").run(options), "log, a = 1.5: growth"));
}

}  // namespace
}  // namespace pianola
