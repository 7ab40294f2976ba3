// Certificates against regrets that are computed: linear plants with quantized experts, exact inputs.
#include "pianola/bounds/certificates.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/bounds/gain_envelope.hpp"
#include "property.hpp"

namespace pianola {
namespace {

/// x' = a·x + b·u, u = −K·x, reward 1 − min(1, |u + K·x|); q rounds to a grid of half-width ε, edge at 0.
struct Plant {
  double a = 0.5, b = 1.0, gain = 0.3, epsilon = 0.05, start = 1.0;
  std::size_t horizon = 40;
  [[nodiscard]] double expert(double x) const { return -gain * x; }
  [[nodiscard]] double quantize(double u) const { return (std::floor(u / (2.0 * epsilon)) + 0.5) * 2.0 * epsilon; }
  [[nodiscard]] std::vector<double> expert_states() const {
    std::vector<double> x{start};
    for (std::size_t h = 1; h < horizon; ++h) x.push_back(a * x.back() + b * expert(x.back()));
    return x;
  }
  /// Regret of the quantized expert in feedback; the expert's own reward is 1 at every step.
  [[nodiscard]] double regret() const {
    double x = start, lost = 0.0;
    for (std::size_t h = 0; h < horizon; ++h) {
      const double u = quantize(expert(x));
      lost += std::min(1.0, std::abs(u - expert(x)));
      x = a * x + b * u;
    }
    return lost;
  }
  /// The same of actions that ignore the state: what Algorithm 1 with an exact model plays.
  [[nodiscard]] double augmented_regret() const {
    double x = start, lost = 0.0;
    for (const double model : expert_states()) {
      const double u = quantize(expert(model));
      lost += std::min(1.0, std::abs(u - expert(x)));
      x = a * x + b * u;
    }
    return lost;
  }
};

struct Measured {
  std::vector<double> errors, deviations;
  double lipschitz;
  explicit Measured(const Plant& plant) : deviations(plant.horizon), lipschitz(std::max(1.0, plant.gain)) {
    for (const double x : plant.expert_states()) {
      errors.push_back(std::abs(plant.quantize(plant.expert(x)) - plant.expert(x)));
    }
    convolve_envelope(std::abs(plant.b), std::abs(plant.a), errors, deviations);
  }
  [[nodiscard]] CertificateInputs inputs() const { return {errors, deviations, {}, lipschitz}; }
};

Plant drawn_plant() {
  Plant plant;
  plant.a = 0.1 * *rc::gen::inRange(-13, 14);
  plant.b = 0.1 * *rc::gen::inRange(1, 20);
  plant.gain = 0.1 * *rc::gen::inRange(-10, 11);
  plant.epsilon = std::exp2(-*rc::gen::inRange(2, 9));
  plant.start = 0.25 * *rc::gen::inRange(-8, 9);
  return plant;
}

/// κ of the deterministic q#π*: tokens agree within ε' = 2ε·m as soon as the states are near enough.
Modulus jump_beyond(double distance) {
  return [distance](double r) { return r > distance ? 1.0 : 0.0; };
}

TEST(Certificates, AugmentedWithAnExactModelHolds) {
  test::property([] {
    const Plant plant = drawn_plant();
    const Measured measured(plant);
    const Certificate bound = bound_augmented_by_model(measured.inputs(), {});
    RC_ASSERT(plant.augmented_regret() <= bound.total() + 1e-9);
    RC_ASSERT(bound.disagreement == 0.0);
    const std::vector<double> exact(plant.horizon);
    RC_ASSERT(bound_augmented(measured.inputs(), jump_beyond(0.0), exact).total() == bound.total());
  });
}

TEST(Certificates, FeedbackHolds) {
  test::property([] {
    const Plant plant = drawn_plant();
    const Measured measured(plant);
    // Exact, and crude: the quantized expert may choose another token as soon as the state moves at all.
    const Certificate crude = bound_feedback(measured.inputs(), jump_beyond(0.0));
    RC_ASSERT(plant.regret() <= crude.total() + 1e-9);
    // RTVC: tokens of actions |K|·r apart are within |K|·r + 2ε; with that tolerance nothing is lost at distance r.
    const double tolerance = 4.0 * plant.epsilon;
    std::vector<double> errors = measured.errors, deviations(plant.horizon);
    for (double& error : errors) error += tolerance;
    convolve_envelope(plant.b, std::abs(plant.a), errors, deviations);
    const double near = plant.gain == 0.0 ? 1e9 : 2.0 * plant.epsilon / std::abs(plant.gain);
    const CertificateInputs relaxed{measured.errors, deviations, {}, measured.lipschitz};
    RC_ASSERT(plant.regret() <= bound_feedback(relaxed, jump_beyond(near), tolerance).total() + 1e-9);
  });
}

TEST(Certificates, ClosedLoopHoldsWhereOnlyTheExpertStabilises) {
  test::property([] {
    Plant plant = drawn_plant();
    plant.a = 1.0 + 0.05 * *rc::gen::inRange(1, 20);
    plant.gain = (plant.a - 0.05 * *rc::gen::inRange(0, 19)) / plant.b;
    ClosedLoopInputs inputs;
    inputs.horizon = plant.horizon;
    inputs.epsilon_sup = plant.epsilon;
    inputs.c = plant.b;
    inputs.eta = std::abs(plant.a - plant.b * plant.gain);
    inputs.policy_lipschitz = std::abs(plant.gain);
    inputs.reward_lipschitz = 1.0;  // of |u − π*(x)|, whose slope in x the policy's constant accounts for
    RC_ASSERT(plant.regret() <= bound_closed_loop(inputs).total() + 1e-9);
  });
}

/// A noisy scalar plant, dithered tokens (⌊t + U⌋ between levels 2ε apart), and a learner of Algorithm 1 that errs in
/// everything: its policy dithers −K̂·x̃ + c, its model is off in each constant and draws noise of its own.
///
///   x' = a·x + b·u + σ·w,   u = −K·x,   reward 1 − min(1, |u + K·x|)
///   x̃' = â·x̃ + b̂·ũ + σ̂·w̃, or (â − b̂·K)·x̃ + σ̂·w̃, which looks at no token
///
/// Exact inputs: κ(r) = min(1, |K̂|·r/2ε) of the DEPLOYED policy, s_h = min(1, |(K − K̂)·x_h + c|/2ε).
struct NoisyLoop {
  double a = 0.5, b = 1.0, gain = 0.3, epsilon = 0.05, sigma = 0.1;
  double model_a = 0.5, model_b = 1.0, model_sigma = 0.1, learner_gain = 0.3, offset = 0.0;
  bool follows_tokens = true;
  std::size_t horizon = 25;

  [[nodiscard]] double dithered(double u, double uniform) const {
    return std::floor(u / (2.0 * epsilon) + uniform) * 2.0 * epsilon;
  }
  struct Sampled {
    double regret, certificate, by_model_error;
  };

  /// One rollout of both under shared noise, and the forms along the expert's.
  [[nodiscard]] Sampled sample(const NoiseKey& key, std::uint64_t id) const {
    const NoiseKey plant = key.child("plant"), model = key.child("model"), dither = key.child("dither");
    std::vector<double> errors, disagreement, away, deviations(horizon);
    double expert = normal(plant, id, 0), real = expert, along = expert, own = expert, lost = 0.0;
    for (std::uint32_t h = 0; h < horizon; ++h) {
      const double u = -gain * expert, chance = uniform(dither, id, h), token = dithered(u, chance);
      errors.push_back(std::abs(token - u));
      disagreement.push_back(std::min(1.0, std::abs((gain - learner_gain) * expert + offset) / (2.0 * epsilon)));
      away.push_back(std::abs(along - expert));
      const double played = dithered(-learner_gain * own + offset, chance);
      lost += std::min(1.0, std::abs(played + gain * real));
      const double w = sigma * normal(plant, id, h + 1), imagined = model_sigma * normal(model, id, h + 1);
      along = model_a * along + model_b * (follows_tokens ? token : -gain * along) + imagined;
      own = model_a * own + model_b * (follows_tokens ? played : -gain * own) + imagined;
      expert = a * expert + b * u + w;
      real = a * real + b * played + w;
    }
    convolve_envelope(std::abs(b), std::abs(a), errors, deviations);
    const CertificateInputs inputs{errors, deviations, disagreement, std::max(1.0, std::abs(gain))};
    const double slope = std::abs(learner_gain) / (2.0 * epsilon);
    const Certificate bound = bound_augmented(
        inputs, [slope](double r) { return std::min(1.0, slope * r); }, away);
    return {lost, bound.total(), bound_augmented_by_model(inputs, {}).total()};
  }

  struct Means {
    RunningMean regret, certificate, by_model_error;
  };
  [[nodiscard]] Means means(std::uint64_t seed, std::uint64_t rollouts) const {
    Means out;
    for (std::uint64_t id = 0; id < rollouts; ++id) {
      const Sampled one = sample(NoiseKey(seed), id);
      out.regret.add(one.regret), out.certificate.add(one.certificate), out.by_model_error.add(one.by_model_error);
    }
    return out;
  }
};

NoisyLoop drawn_loop() {
  NoisyLoop loop;
  loop.a = loop.model_a = 0.1 * *rc::gen::inRange(-11, 12);
  loop.b = loop.model_b = 0.1 * *rc::gen::inRange(1, 15);
  loop.gain = loop.learner_gain = 0.05 * *rc::gen::inRange(-10, 11);
  loop.epsilon = std::exp2(-*rc::gen::inRange(0, 8));
  loop.sigma = loop.model_sigma = *rc::gen::element(0.0, 0.0, 0.001, 0.01, 0.1);
  loop.follows_tokens = *rc::gen::inRange(0, 4) == 0;
  if (*rc::gen::inRange(0, 4) == 0) {  // a learner that errs
    loop.model_a += 0.01 * *rc::gen::inRange(-10, 11), loop.model_b += 0.01 * *rc::gen::inRange(-10, 11);
    loop.model_sigma *= *rc::gen::element(0.0, 1.0, 3.0);
    loop.learner_gain += 0.001 * *rc::gen::inRange(-10, 11), loop.offset = 0.001 * *rc::gen::inRange(-10, 11);
  }
  return loop;
}

TEST(Certificates, AugmentedUnderNoiseHoldsForLearnersAndModelsThatErr) {
  std::size_t telling = 0;
  test::property("lower end of the regret ≤ certificate", [&] {
    const NoisyLoop loop = drawn_loop();
    const auto means = loop.means(*rc::gen::inRange<std::uint64_t>(0, 1000), 200);
    const Estimate regret = means.regret.estimate(), bound = means.certificate.estimate();
    telling += bound.high < static_cast<double>(loop.horizon) ? 1 : 0;
    RC_ASSERT(regret.low <= bound.high + 1e-9);
  });
  EXPECT_GT(telling, 3u) << "and not only what is vacuous";
}

// The broken hypothesis: process noise in the form with m_h. Model, policy and levels are exact, so that m_h = s_h = 0,
// and it claims less than what is lost; the form with κ(ρ_h) does not.
TEST(Certificates, ProcessNoiseMakesTheModelErrorFormFalse) {
  NoisyLoop loop;
  loop.a = loop.model_a = 0.9, loop.gain = loop.learner_gain = 0.5;
  loop.epsilon = 1.0 / 1024.0, loop.sigma = loop.model_sigma = 0.3;
  const auto means = loop.means(3, 200);
  EXPECT_GT(means.regret.estimate().low, 3.0 * means.by_model_error.estimate().high);
  EXPECT_LE(means.regret.estimate().low, means.certificate.estimate().high);
  loop.sigma = loop.model_sigma = 0.0;
  const auto quiet = loop.means(3, 200);
  EXPECT_LE(quiet.regret.estimate().low, quiet.by_model_error.estimate().high) << "without noise it holds";
}

/// A stochastic expert, u = −K·x + w·(ξ − ½), ξ uniform, and q that rounds to a grid of half-width ε, edge at 0. With ξ
/// shared, as it is with the plant's noise σ.
///
/// Exact inputs: e_h along the expert, D_h by |a|^j·|b|, and κ(r) = min(1, |K|·r/w) of q#π*, which is the total
/// variation of the two uniform laws before rounding (docs/theory.md §4, Proposition 5 i).
struct StochasticExpert {
  double a = 0.5, b = 1.0, gain = 0.3, width = 0.5, epsilon = 0.05, sigma = 0.0;
  std::size_t horizon = 25;

  [[nodiscard]] double quantize(double u) const { return (std::floor(u / (2.0 * epsilon)) + 0.5) * 2.0 * epsilon; }
  [[nodiscard]] double lost(double u, double x) const { return std::min(1.0, std::abs(u + gain * x)); }
  struct Sampled {
    double feedback, augmented, feedback_bound, augmented_bound;
  };

  /// The augmented one plays the tokens of the expert's own actions: without σ, Algorithm 1 with everything exact.
  [[nodiscard]] Sampled sample(const NoiseKey& key, std::uint64_t id) const {
    const NoiseKey plant = key.child("plant"), choice = key.child("choice");
    std::vector<double> errors, deviations(horizon);
    double expert = normal(plant, id, 0), feedback = expert, augmented = expert;
    Sampled out{0.0, 0.0, 0.0, 0.0};
    for (std::uint32_t h = 0; h < horizon; ++h) {
      const double offset = width * (uniform(choice, id, h) - 0.5), u = -gain * expert + offset, token = quantize(u);
      const double played = quantize(-gain * feedback + offset), w = sigma * normal(plant, id, h + 1);
      errors.push_back(std::abs(token - u));
      out.feedback += lost(played, feedback) - lost(u, expert);
      out.augmented += lost(token, augmented) - lost(u, expert);
      expert = a * expert + b * u + w;
      feedback = a * feedback + b * played + w;
      augmented = a * augmented + b * token + w;
    }
    convolve_envelope(std::abs(b), std::abs(a), errors, deviations);
    const CertificateInputs inputs{errors, deviations, {}, std::max(1.0, std::abs(gain))};
    const double slope = std::abs(gain) / width;
    out.feedback_bound = bound_feedback(inputs, [slope](double r) { return std::min(1.0, slope * r); }).total();
    out.augmented_bound = bound_augmented_by_model(inputs, {}).total();
    return out;
  }
};

TEST(Certificates, HoldForStochasticExperts) {
  std::size_t telling = 0;
  test::property("lower end of the regret ≤ certificate", [&] {
    StochasticExpert loop;
    loop.a = 0.1 * *rc::gen::inRange(-11, 12);
    loop.b = 0.1 * *rc::gen::inRange(1, 15);
    loop.gain = 0.05 * *rc::gen::inRange(-10, 11);
    loop.width = std::exp2(-*rc::gen::inRange(0, 4));
    loop.epsilon = std::exp2(-*rc::gen::inRange(2, 11));
    loop.sigma = *rc::gen::element(0.0, 0.0, 0.01, 0.1);
    const NoiseKey key(*rc::gen::inRange<std::uint64_t>(0, 1000));
    RunningMean regret, bound;
    for (std::uint64_t id = 0; id < 200; ++id) {
      const auto one = loop.sample(key, id);
      regret.add(one.feedback), bound.add(one.feedback_bound);
      RC_ASSERT(one.augmented <=
                one.augmented_bound + 1e-9);  // the actions are the same ones: trajectory by trajectory
    }
    telling += bound.estimate().high < static_cast<double>(loop.horizon) ? 1 : 0;
    RC_ASSERT(regret.estimate().low <= bound.estimate().high + 1e-9);
  });
  EXPECT_GT(telling, 30u) << "and not only what is vacuous";
}

TEST(Certificates, TolerancesOfTheAugmentedFormAreAddedStepByStep) {
  const std::vector<double> errors{0.1, 0.0}, deviations{0.0, 0.2}, away{0.0, 1.0}, tolerances{0.05, 0.3};
  const Modulus half = [](double r) { return 0.5 * r; };
  const Certificate bound = bound_augmented({errors, deviations, {}, 1.0}, half, away, tolerances);
  EXPECT_DOUBLE_EQ(bound.quantization, 0.15 + 0.5);
  EXPECT_DOUBLE_EQ(bound.disagreement, 0.5);
  const std::vector<double> negative{0.0, -1.0};
  EXPECT_THROW((void)bound_augmented({errors, deviations, {}, 1.0}, half, away, negative), UsageError);
}

// The broken hypothesis: gains of another, stabler plant. The claim must fail somewhere.
TEST(Certificates, WrongGainsAreNoCertificate) {
  Plant plant;
  plant.a = 1.2;
  plant.gain = 0.0;
  plant.horizon = 60;
  plant.start = 0.4;
  plant.gain = 0.9;
  Measured measured(plant);
  EXPECT_LE(plant.augmented_regret(), bound_augmented_by_model(measured.inputs(), {}).total());
  convolve_envelope(plant.b, 0.2, measured.errors, measured.deviations);
  EXPECT_GT(plant.augmented_regret(), bound_augmented_by_model(measured.inputs(), {}).total());
}

TEST(Certificates, AreVacuousInWords) {
  ClosedLoopInputs inputs;
  inputs.horizon = 10;
  inputs.epsilon_sup = 0.1;
  inputs.c = 1.0;
  inputs.eta = 1.0;
  EXPECT_TRUE(std::isinf(closed_loop_deviation(inputs)));
  EXPECT_EQ(bound_closed_loop(inputs).total(), 10.0);
  inputs.epsilon_sup = 0.0;
  EXPECT_EQ(bound_closed_loop(inputs).total(), 0.0);
}

TEST(Certificates, DisagreementCostsAllThatIsLeft) {
  const std::vector<double> zero(4), late{0.0, 0.0, 0.5, 0.0};
  const Certificate bound = bound_feedback({zero, zero, late, 1.0}, [](double) { return 0.0; });
  EXPECT_EQ(bound.quantization, 0.0);
  EXPECT_DOUBLE_EQ(bound.disagreement, 1.0);  // steps 2 and 3 with probability ½
  EXPECT_DOUBLE_EQ(local_stability_cost(10, 0.1, 0.2), 3.0);
  EXPECT_EQ(local_stability_cost(10, 0.9, 0.9), 10.0);
}

TEST(Certificates, SmallGain) {
  EXPECT_DOUBLE_EQ(*small_gain_tolerance(1.0, 0.5), 5.0);
  EXPECT_DOUBLE_EQ(*small_gain_tolerance(0.0, 7.0), 2.0);
  EXPECT_FALSE(small_gain_tolerance(2.0, 0.5));
  EXPECT_FALSE(small_gain_tolerance(std::numeric_limits<double>::infinity(), 0.5));
}

TEST(Certificates, BadInputsAreNamed) {
  const std::vector<double> three(3), two(2), negative{0.0, -1.0, 0.0};
  const Modulus none = [](double) { return 0.0; };
  EXPECT_THROW((void)bound_feedback({three, two, {}, 1.0}, none), UsageError);
  EXPECT_THROW((void)bound_feedback({negative, three, {}, 1.0}, none), UsageError);
  EXPECT_THROW((void)bound_feedback({three, three, two, 1.0}, none), UsageError);
  EXPECT_THROW((void)bound_feedback({three, three, {}, -1.0}, none), UsageError);
  EXPECT_THROW((void)bound_feedback({three, three, {}, 1.0}, [](double) { return NAN; }), UsageError);
  EXPECT_THROW((void)bound_augmented({three, three, {}, 1.0}, none, two), UsageError);
  EXPECT_THROW((void)bound_closed_loop({.horizon = 3, .epsilon_sup = -1.0}), UsageError);
}

}  // namespace
}  // namespace pianola
