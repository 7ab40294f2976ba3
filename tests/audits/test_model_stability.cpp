#include "pianola/audits/model_stability.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "audits/linear_map.hpp"
#include "audits/recorded.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(ModelStability, OfALinearModelIsItsOwn) {
  test::Recorded data(5, std::vector<double>(30, 0.2));
  const auto quantizer = test::two_levels();
  for (const double a : {0.5, -0.8, 1.1}) {
    const ModelStability found = model_stability(data, test::LinearMap(a, 2.0, 0.3), *quantizer, {});
    ASSERT_EQ(found.gains.size(), 30u);
    for (std::size_t j = 0; j < 20; ++j) {
      EXPECT_NEAR(found.gains[j], 2.0 * std::pow(std::abs(a), static_cast<double>(j)), 1e-6) << "the noise is shared";
    }
    EXPECT_NEAR(found.envelope.eta, std::abs(a), 1e-4);
    EXPECT_NEAR(found.impulse, 0.3, 1e-6) << "0.2 is played as 0.5";
    EXPECT_EQ(found.pairs, 40u);
    EXPECT_EQ(found.diverged, 0u);
  }
}

TEST(ModelStability, RefusesWhatItCannotMove) {
  test::Recorded data(5, std::vector<double>(30, 0.2));
  const auto quantizer = test::two_levels();
  test::LinearMap tokens(0.5, 1.0, 0.0), planned = tokens, other = tokens;
  tokens.info_.reads_tokens = true, planned.info_.needs_plant = true, other.info_.observation_dim = 3;
  EXPECT_THROW(model_stability(data, tokens, *quantizer, {}), UsageError);
  EXPECT_THROW(model_stability(data, planned, *quantizer, {}), UsageError);
  EXPECT_THROW(model_stability(data, other, *quantizer, {}), UsageError);
  test::Recorded brief(5, {0.1, 0.2});
  EXPECT_THROW(model_stability(brief, test::LinearMap(0.5, 1.0, 0.0), *test::two_levels(4), {}), DataError);
}

}  // namespace
}  // namespace pianola
