#include "pianola/experts/driver.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "experts/conformance.hpp"
#include "experts/plain_system.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(DriverExpert, Conforms) {
  const auto system = make_system("lane_keeping");
  conformance::check_expert_conformance("driver", system);
  conformance::check_expert_conformance("driver:tremor=0,left=0.7", system);
}

/// Offsets with which obstacles were passed: e at the largest p of each passage.
struct Passages {
  std::size_t left = 0, right = 0, hit = 0;
  double closest = 10.0;
};
Passages passages(const conformance::Play& played, std::size_t lanes) {
  Passages out;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    for (std::size_t h = 1; h + 1 < played.observations.size(); ++h) {
      const auto p = [&](std::size_t at) { return played.observations[at][5 * lane + LaneKeeping::kObstacle]; };
      if (p(h) < 0.9 || p(h) < p(h - 1) || p(h) <= p(h + 1)) continue;
      const double e = played.observations[h][5 * lane + LaneKeeping::kOffset];
      out.closest = std::min(out.closest, std::abs(e));
      ++(std::abs(e) < 1.0 ? out.hit : e > 0.0 ? out.left : out.right);
    }
  }
  return out;
}

TEST(DriverExpert, PassesObstaclesOnEitherSideAndHitsNone) {
  const auto system = make_system("lane_keeping");
  const auto played = conformance::play(*system, *make_expert("", system), 200, 200);
  const Passages seen = passages(played, 200);
  EXPECT_EQ(played.terminated_fraction, 0.0);
  EXPECT_EQ(seen.hit, 0u) << "closest " << seen.closest << " m";
  EXPECT_GT(seen.left, 150u);
  EXPECT_GT(seen.right, 150u);
  EXPECT_GT(played.mean_return, 0.8 * 200) << "follows the wanted path";
}

TEST(DriverExpert, LeftIsAsLikelyAsAskedForACarThatHeadsStraight) {
  const auto system = make_system("lane_keeping");
  std::vector<ActionLaw> laws(1);
  const std::vector<double> seen{0.0, 0.0, 0.0, 0.1, 0.5};
  const std::vector<std::uint64_t> ids{0};
  const std::vector<std::uint32_t> h{0};
  const std::vector<Outcome> outcomes{Outcome::running};
  ASSERT_TRUE(make_expert("driver:left=0.7", system)->law({ids, h, seen, outcomes, nullptr}, laws));
  EXPECT_NEAR(laws[0].weights[0], 0.7, 1e-12);
  EXPECT_NEAR(laws[0].means[0], -laws[0].means[1], 1e-12) << "mirrored on a straight road";
  EXPECT_GT(laws[0].means[0], 0.05) << "far apart: their mean steers into the obstacle";
  EXPECT_EQ(laws[0].stds, (std::vector<double>{0.005, 0.005}));
}

TEST(DriverExpert, ActsAsItsLawSays) {
  const auto system = make_system("lane_keeping");
  const auto expert = make_expert("driver:tremor=0.02", system);
  std::vector<double> seen;
  for (int i = 0; i < 20000; ++i) seen.insert(seen.end(), {0.02, 0.0, 0.01, 0.2, 0.4});
  const std::vector<double> actions = actions_on(*expert, seen);
  std::vector<ActionLaw> laws(1);
  const std::vector<std::uint64_t> ids{0};
  const std::vector<std::uint32_t> h{0};
  const std::vector<Outcome> outcomes{Outcome::running};
  ASSERT_TRUE(expert->law({ids, h, std::span(seen).first(5), outcomes, nullptr}, laws));
  const double middle = 0.5 * (laws[0].means[0] + laws[0].means[1]);
  double lefts = 0.0, mean = 0.0, square = 0.0;
  for (const double u : actions) {
    if (u < middle) continue;
    lefts += 1.0, mean += u, square += u * u;
  }
  mean /= lefts;
  EXPECT_NEAR(lefts / 20000.0, laws[0].weights[0], 0.02);
  EXPECT_NEAR(mean, laws[0].means[0], 0.001);
  EXPECT_NEAR(std::sqrt(square / lefts - mean * mean), 0.02, 0.001);
}

TEST(DriverExpert, BadOptionsAndOtherSystemsAreRefused) {
  const auto system = make_system("lane_keeping");
  for (const char* bad : {"tremor=-1", "commit=0", "left=0", "left=1", "tremor=nan"}) {
    EXPECT_THROW(static_cast<void>(make_expert("driver:" + std::string(bad), system)), UsageError) << bad;
  }
  EXPECT_THROW(static_cast<void>(make_expert("driver", std::make_shared<PlainSystem>(5, 1))), UsageError);
}

}  // namespace
}  // namespace pianola
