#include "pianola/audits/linear_gains.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

#include "audits/audit_plans.hpp"
#include "pianola/control/regulation.hpp"

namespace pianola {
namespace {

TEST(LinearGains, AreNormsOfPowers) {
  const AuditPlan plan = test::audit_plan("linear", "");
  const auto model = exact_linear_model(*plan.deployment.system);
  ASSERT_TRUE(model);
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const Matrix> a(model->a.data(), 2, 2), b(model->b.data(), 2, 1);
  const std::vector<double> gain = regulator_gain(*plan.deployment.expert);
  ASSERT_EQ(gain.size(), 2u);
  const Eigen::Map<const Matrix> k(gain.data(), 1, 2);
  const auto open = linear_gains(*model, 12), closed = linear_gains(closed_loop_model(*model, gain), 12);
  Matrix power = b, loop = b;
  for (std::size_t j = 0; j < 12; ++j) {
    EXPECT_NEAR(open[j], power.norm(), 1e-9 * (1 + power.norm()));
    EXPECT_NEAR(closed[j], loop.norm(), 1e-9);
    EXPECT_GE(open[j], power.norm()) << "rounded up";
    power = a * power;
    loop = (a - b * k) * loop;
  }
}

TEST(LinearGains, KnowWhatIsLinear) {
  EXPECT_TRUE(exact_linear_model(*test::audit_plan("trap", "").deployment.system));
  EXPECT_FALSE(exact_linear_model(*test::audit_plan("pendulum", "").deployment.system));
  EXPECT_TRUE(regulator_gain(*test::audit_plan("trap", "").deployment.expert).empty()) << "arctan is no regulator";
}

TEST(LinearGains, KnowWhereThePlantStops) {
  EXPECT_EQ(linear_limit(*test::audit_plan("scalar_linear:limit=3", "").deployment.system), 3.0);
  EXPECT_EQ(linear_limit(*test::audit_plan("linear:limit=4", "").deployment.system), 4.0);
  EXPECT_EQ(linear_limit(*test::audit_plan("scalar_linear", "").deployment.system), 1e9);
  EXPECT_TRUE(std::isinf(linear_limit(*test::audit_plan("pendulum", "").deployment.system)));
}

TEST(LinearGains, AnOverflowIsInfinite) {
  const LinearModel explosive{1, 1, {1e200}, {1.0}};
  const auto gains = linear_gains(explosive, 4);
  EXPECT_NEAR(gains[0], 1.0, 1e-9);
  EXPECT_TRUE(std::isinf(gains[3]));
}

}  // namespace
}  // namespace pianola
