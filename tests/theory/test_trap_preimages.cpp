#include "pianola/theory/trap_preimages.hpp"

#include <gtest/gtest.h>

namespace pianola {
namespace {

// docs/theory.md §10, computed independently.
TEST(TrapPreimages, ReferenceValues) {
  TrapConstants c;
  const struct {
    double epsilon;
    std::uint64_t horizon;
    double error;
  } rows[] = {{0.03125, 769, 0.176672}, {0.015625, 1107, 0.088524}, {0.0078125, 1507, 0.044382}};
  for (const auto& row : rows) {
    c.epsilon = row.epsilon;
    EXPECT_NEAR(trap_in_distribution_error(c, row.horizon), row.error, 1e-5);
  }
}

TEST(TrapPreimages, ALongHorizonRestsInTheFirstInterval) {
  TrapConstants c;
  EXPECT_NEAR(trap_in_distribution_error(c, 200'000), (c.d + 0.5) * c.epsilon / c.b, 1e-5);
}

}  // namespace
}  // namespace pianola
