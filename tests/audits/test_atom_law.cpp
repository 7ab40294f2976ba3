#include "pianola/audits/atom_law.hpp"

#include <gtest/gtest.h>

#include "audits/toy_laws.hpp"

namespace pianola {
namespace {

/// Atoms x and x + 1 with weight ½ each; none where x is negative.
class TwoAtoms final : public AtomSource {
 public:
  void laws(const LawQuery& query, std::span<FiniteLaw> laws) override {
    for (std::size_t i = 0; i < laws.size(); ++i) {
      const double x = query.situation.observations[i];
      laws[i] = x < 0.0 ? FiniteLaw{1, {}, {}} : FiniteLaw{1, {x + 1.0, x}, {0.5, 0.5}};
    }
  }
};

TEST(AtomLaw, ComparesLaneByLane) {
  DeployedLawInfo info;
  info.dim = 1;
  const AtomLaw law(info, [](std::size_t) { return std::make_unique<TwoAtoms>(); });
  const auto out = test::gaps(law, {2.0, 2.0, 2.0, 2.0, -1.0}, {2.0, 3.0, 2.5, 9.0, 2.0}, 0.6);
  EXPECT_TRUE(out[0].known);
  EXPECT_EQ(out[0].tv_high, 0.0);
  EXPECT_EQ(out[0].action_distance, 0.0);
  EXPECT_DOUBLE_EQ(out[1].tv_high, 0.5) << "they share an atom";
  EXPECT_DOUBLE_EQ(out[1].high, 0.5);
  EXPECT_DOUBLE_EQ(out[1].action_distance, 1.0);
  EXPECT_DOUBLE_EQ(out[2].tv_high, 1.0);
  EXPECT_DOUBLE_EQ(out[2].high, 0.0) << "each atom has a partner within 0.6";
  EXPECT_DOUBLE_EQ(out[3].low, 1.0);
  EXPECT_FALSE(out[4].known);
  EXPECT_EQ(out[4].high, 1.0) << "what is not known bounds nothing";
}

}  // namespace
}  // namespace pianola
