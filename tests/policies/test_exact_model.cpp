// The exact transition model, and what every transition model promises.
#include "pianola/policies/exact_model.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "policies/toys.hpp"

namespace pianola {
namespace {

using toys::Moment;
using toys::ToyExpert;
using toys::ToyOptions;
using toys::ToyQuantizer;
using toys::ToySystem;

/// u uniform on (−1, 1), or with probability `rare` 5.
class WideExpert final : public Expert {
 public:
  explicit WideExpert(double rare = 0.0) : rare_(rare) {
    info_.spec = "wide";
    info_.observation_dim = info_.action_dim = 1;
    info_.deterministic = false;
  }
  [[nodiscard]] const ExpertInfo& info() const override { return info_; }
  void act(const NoiseKey& key, const Situation& s, std::span<double> actions) const override {
    for (std::size_t i = 0; i < s.lanes(); ++i) {
      const double z = uniform(key.child("expert"), s.ids[i], s.h[i]);
      actions[i] = rare_ > 0.0 ? (z < rare_ ? 0.9 : -0.9) : 2.0 * z - 1.0;
    }
  }
  bool law(const Situation&, std::span<ActionLaw> laws) const override {
    if (rare_ == 0.0) return false;
    for (ActionLaw& law : laws) law = {1, {rare_, 1.0 - rare_}, {0.9, -0.9}, {}};
    return true;
  }

 private:
  double rare_;
  ExpertInfo info_;
};

struct Toy {
  explicit Toy(ToyOptions options, std::shared_ptr<const Expert> who, std::uint32_t bins = 4, std::size_t chunk = 1,
               std::uint32_t tries = 64)
      : system(std::make_shared<ToySystem>(options)),
        expert(std::move(who)),
        quantizer(std::make_shared<ToyQuantizer>(bins, chunk)),
        model(make_exact_model({system, expert, quantizer, tries})) {}

  /// A session started at the states x (its lanes), and the plant that it was started from.
  std::unique_ptr<TransitionSession> at(const std::vector<double>& x) {
    plant = system->simulate(x.size());
    moment = Moment(x);
    plant->reset(NoiseKey(3), moment.ids);
    plant->restore(x);
    auto session = model->session(x.size());
    session->start(NoiseKey(3), moment.at(plant.get()));
    return session;
  }
  [[nodiscard]] TokenStep played(const std::vector<double>& actions) const {
    return {moment.ids, moment.h, {}, actions};
  }

  std::shared_ptr<ToySystem> system;
  std::shared_ptr<const Expert> expert;
  std::shared_ptr<const Quantizer> quantizer;
  std::shared_ptr<const TransitionModel> model;
  std::unique_ptr<Simulation> plant;
  Moment moment{{0.0}};
};

std::vector<double> states(const TransitionSession& session) {
  std::vector<double> x(session.outcomes().size());
  session.observe(x);
  return x;
}

TEST(ExactModel, ADeterministicExpertGoesItsOwnWayWhateverTokenIsPlayed) {
  Toy toy({}, std::make_shared<ToyExpert>(0.5));
  const auto session = toy.at({1.0, 2.0, -4.0});
  session->step(toy.played({0.25, -0.75, 0.75}));
  const std::vector<double> x{1.0, 2.0, -4.0}, next = states(*session);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(next[i], 0.9 * x[i] - 0.5 * x[i]);
  EXPECT_TRUE(toy.model->info().deterministic && toy.model->info().needs_plant);
}

TEST(ExactModel, AStochasticExpertsActionIsOneOfTheTokensBin) {
  const std::size_t lanes = 4000;
  Toy toy({.a = 0.0, .b = 1.0}, std::make_shared<WideExpert>());
  const auto session = toy.at(std::vector<double>(lanes, 0.0));
  session->step(toy.played(std::vector<double>(lanes, 0.75)));  // the bin [½, 1)
  double sum = 0.0, least = 1.0;
  for (const double x : states(*session)) {
    ASSERT_TRUE(x >= 0.5 && x <= 1.0) << x;
    sum += x;
    least = std::min(least, x);
  }
  EXPECT_NEAR(sum / lanes, 0.75, 4.0 * 0.5 / std::sqrt(12.0 * lanes)) << "uniform within the bin";
  EXPECT_LT(least, 0.51);
}

TEST(ExactModel, AtomsThatTriesMissAreChosenByTheirWeights) {
  Toy toy({.a = 0.0, .b = 1.0}, std::make_shared<WideExpert>(1e-9), 4, 1, 1);
  const auto session = toy.at({0.0, 0.0, 0.0});
  session->step(toy.played({0.75, -0.75, 0.25}));
  EXPECT_EQ(states(*session), (std::vector<double>{0.9, -0.9, 0.25})) << "no atom in the last bin: the decoded action";
}

TEST(ExactModel, ATokenThatTheExpertDoesNotHaveIsPlayedAsItIs) {
  Toy toy({.a = 0.0, .b = 1.0}, std::make_shared<WideExpert>(), 4, 1, 8);
  const auto session = toy.at({0.0});
  session->step(toy.played({3.0}));
  EXPECT_EQ(states(*session)[0], 3.0);
}

TEST(ExactModel, ItsNoiseIsNotThePlantsOwn) {
  Toy toy({.noise = 1.0}, std::make_shared<ToyExpert>(0.5));
  const std::size_t lanes = 2000;
  const auto session = toy.at(std::vector<double>(lanes, 0.0));
  std::vector<double> rewards(lanes), real(lanes);
  const std::vector<double> zero(lanes, 0.0);
  session->step(toy.played(zero));
  toy.plant->step(toy.moment.h, zero, rewards, toy.moment.outcomes);
  toy.plant->observe(real);
  double product = 0.0, square = 0.0;
  const auto x = states(*session);
  for (std::size_t i = 0; i < lanes; ++i) product += x[i] * real[i], square += x[i] * x[i];
  EXPECT_NEAR(product / lanes, 0.0, 4.0 / std::sqrt(lanes));
  EXPECT_NEAR(square / lanes, 1.0, 0.2);
}

TEST(ExactModel, KnowsTheLogProbabilityOfWhatIsCertain) {
  Toy toy({}, std::make_shared<ToyExpert>(0.5));
  const auto session = toy.at({1.0, 1.0});
  const std::vector<double> played{0.25, 0.25}, next{0.9 - 0.5, 0.7};
  std::vector<double> log(2, 7.0);
  ASSERT_TRUE(session->log_density(toy.played(played), next, log));
  EXPECT_EQ(log[0], 0.0);
  EXPECT_EQ(log[1], -std::numeric_limits<double>::infinity());
  EXPECT_EQ(states(*session)[0], 1.0) << "the session stays where it was";
  Toy noisy({.noise = 0.1}, std::make_shared<ToyExpert>(0.5));
  EXPECT_FALSE(noisy.at({1.0, 1.0})->log_density(toy.played(played), next, log));
}

TEST(ExactModel, ClonesGoOnAlikeAndApart) {
  Toy toy({.noise = 0.3}, std::make_shared<ToyExpert>(0.5, 0.2));
  const auto session = toy.at({1.0, -1.0});
  session->step(toy.played({0.25, 0.25}));
  const auto copy = session->clone();
  copy->step(toy.played({0.25, 0.25}));
  const auto ahead = states(*copy);
  EXPECT_NE(states(*session), ahead);
  session->step(toy.played({0.25, 0.25}));
  EXPECT_EQ(states(*session), ahead);
}

TEST(ExactModel, AnAuxiliaryTrajectoryThatEndsStays) {
  Toy toy({.fall = 1.5}, std::make_shared<ToyExpert>(-0.5));  // x' = 1.4 x
  const auto session = toy.at({1.2, 0.1});
  session->step(toy.played({0.0, 0.0}));
  const double fallen = states(*session)[0];
  EXPECT_EQ(session->outcomes()[0], Outcome::terminated);
  session->step(toy.played({0.0, 0.0}));
  EXPECT_EQ(states(*session)[0], fallen);
  EXPECT_EQ(session->outcomes()[1], Outcome::running);
}

template <class Run>
std::string usage_error(Run run) {
  try {
    run();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(ExactModel, SaysWhatItCannotDo) {
  const auto stochastic = std::make_shared<ToyExpert>(0.5, 0.2);
  EXPECT_NE(usage_error([&] { Toy({}, stochastic, 4, 2); }).find("--chunk 1"), std::string::npos);
  Toy toy({}, std::make_shared<ToyExpert>(0.5));
  const Moment moment({1.0});
  const std::string message = usage_error([&] { toy.model->session(1)->start(NoiseKey(1), moment.at()); });
  EXPECT_NE(message.find("simulated plant"), std::string::npos) << message;
}

}  // namespace
}  // namespace pianola
