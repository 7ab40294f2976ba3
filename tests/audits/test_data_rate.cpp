#include "pianola/audits/data_rate.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "audits/audit_plans.hpp"
#include "audits/demonstrations.hpp"

namespace pianola {
namespace {

std::optional<DataRate> rate_of(const std::string& system, std::vector<double> x = {0.0},
                                std::vector<double> u = {0.0}) {
  DeploymentRequest request;
  request.system = system;
  return data_rate(*make_plant(request).system, x, u);
}

TEST(DataRate, OfLinearPlantsIsExact) {
  const auto unstable = rate_of("scalar_linear:a=1.5,b=1");
  ASSERT_TRUE(unstable);
  EXPECT_NEAR(unstable->bits, std::log2(1.5), 1e-12);
  EXPECT_EQ(unstable->unstable.size(), 1u);
  EXPECT_EQ(unstable->basis, Basis::exact);
  const auto stable = rate_of("scalar_linear:a=0.9,b=1");
  ASSERT_TRUE(stable);
  EXPECT_EQ(stable->bits, 0.0);
  EXPECT_TRUE(stable->unstable.empty());
}

TEST(DataRate, AnIntegratorIsNoGrowth) {
  const auto integrator = rate_of("scalar_linear:a=1,b=1");
  ASSERT_TRUE(integrator);
  EXPECT_EQ(integrator->bits, 0.0);
  EXPECT_TRUE(integrator->unstable.empty());
}

TEST(DataRate, OthersAreLinearisedAndSaySo) {
  const auto rate = rate_of("quadrotor", std::vector<double>(6, 0.0), std::vector<double>(2, 0.0));
  if (!rate) GTEST_SKIP() << "this build cannot linearise the quadrotor";
  EXPECT_EQ(rate->basis, Basis::sampled);
  EXPECT_FALSE(rate->about.empty());
}

TEST(DataRate, IsNotKnownWhereThereIsNoModel) {
  EXPECT_FALSE(rate_of("pendulum", std::vector<double>(3, 0.0)));
  EXPECT_FALSE(rate_of("quadrotor", std::vector<double>(6, 0.0), std::vector<double>(2, 9.0))) << "beyond the bounds";
}

TEST(DataRate, StartsAreTheFirstObservations) {
  const Dataset data = test::demonstrations(test::plant("scalar_linear:a=0.9,b=1,horizon=5"), 7);
  const StartSet starts = start_set(data);
  EXPECT_EQ(starts.trajectories, 7u);
  double low = data.observations()[0], high = low;
  for (std::size_t i = 0; i < 7; ++i) {
    low = std::min(low, data.observations()[i * 5]), high = std::max(high, data.observations()[i * 5]);
  }
  EXPECT_EQ(starts.low, std::vector<double>{low});
  EXPECT_EQ(starts.high, std::vector<double>{high});
}

}  // namespace
}  // namespace pianola
