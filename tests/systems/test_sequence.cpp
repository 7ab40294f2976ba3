#include "pianola/systems/sequence.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "pianola/base/error.hpp"
#include "systems/conformance.hpp"

namespace pianola {
namespace {

const Sequence& sequence(const std::shared_ptr<const System>& system) { return dynamic_cast<const Sequence&>(*system); }

TEST(Sequence, Conforms) {
  for (const char* spec : {"sequence", "sequence:order=1,vocabulary=3,sharpness=0"}) {
    conformance::check_system_conformance(*make_system(spec), {}, conformance::Start::finite);
  }
}

TEST(Sequence, TheUniformSourceHasEntropyLogV) {
  const auto system = make_system("sequence:order=3,vocabulary=5,sharpness=0");
  EXPECT_NEAR(sequence(system).entropy_rate(), std::log(5.0), 1e-12);
  for (const double mass : sequence(system).stationary()) EXPECT_NEAR(mass, 1.0 / 125.0, 1e-12);
}

TEST(Sequence, OfTwoTokensTheStationaryLawIsTheTextbooks) {
  const auto system = make_system("sequence:order=1,vocabulary=2,seed=3");
  const Sequence& s = sequence(system);
  const double zero[] = {0.0}, one[] = {1.0};
  const double p = s.law(zero)[1], q = s.law(one)[0];  // of leaving
  EXPECT_NEAR(s.stationary()[0], q / (p + q), 1e-12);
  const auto entropy = [](double x) { return -x * std::log(x) - (1 - x) * std::log(1 - x); };
  EXPECT_NEAR(s.entropy_rate(), (q * entropy(p) + p * entropy(q)) / (p + q), 1e-12);
}

TEST(Sequence, TheStationaryLawStaysUnderTheDynamics) {
  const auto system = make_system("sequence:order=2,vocabulary=4,seed=7");
  const Sequence& s = sequence(system);
  std::vector<double> next(16);
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 4; ++b) {
      const double state[] = {static_cast<double>(a), static_cast<double>(b)};
      for (std::size_t u = 0; u < 4; ++u) next[4 * b + u] += s.stationary()[4 * a + b] * s.law(state)[u];
    }
  }
  for (std::size_t i = 0; i < 16; ++i) EXPECT_NEAR(next[i], s.stationary()[i], 1e-12);
}

TEST(Sequence, AppendsTheNearestTokenAndPaysItsProbability) {
  const auto system = make_system("sequence:order=2,vocabulary=4");
  const auto plant = system->simulate(3);
  const std::vector<double> start{0, 1, 2, 3, 3, 0};
  plant->restore(start);
  const std::vector<std::uint32_t> h(3);
  std::vector<double> rewards(3), state(6), seen(3);
  std::vector<Outcome> outcomes(3, Outcome::running);
  plant->step(h, std::vector<double>{1.4, 7.0, -3.0}, rewards, outcomes);
  plant->save(state);
  EXPECT_EQ(state, (std::vector<double>{1, 1, 3, 3, 0, 0}));
  plant->observe(seen);
  EXPECT_EQ(seen, (std::vector<double>{1, 3, 0}));
  for (std::size_t lane = 0; lane < 3; ++lane) {
    const auto law = sequence(system).law(std::span(start).subspan(2 * lane, 2));
    EXPECT_EQ(rewards[lane], law[static_cast<std::size_t>(seen[lane])]);
  }
}

TEST(Sequence, BeginsInItsStationaryLaw) {
  const auto system = make_system("sequence:order=1,vocabulary=3,seed=1");
  constexpr std::size_t kLanes = 20000;
  const auto plant = system->simulate(kLanes);
  std::vector<std::uint64_t> ids(kLanes);
  for (std::size_t i = 0; i < kLanes; ++i) ids[i] = i;
  plant->reset(NoiseKey(4), ids);
  std::vector<double> seen(kLanes);
  plant->observe(seen);
  std::map<double, double> counts;
  for (const double token : seen) counts[token] += 1.0 / kLanes;
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(counts[static_cast<double>(k)], sequence(system).stationary()[k], 4.0 * 0.5 / std::sqrt(kLanes));
  }
}

TEST(Sequence, RefusesOptionsOutOfRange) {
  for (const char* spec : {"sequence:order=0", "sequence:vocabulary=1", "sequence:order=17,vocabulary=2",
                           "sequence:sharpness=-1", "sequence:sharpness=99", "sequence:horizon=0"}) {
    EXPECT_THROW(make_system(spec), UsageError) << spec;
  }
}

}  // namespace
}  // namespace pianola
