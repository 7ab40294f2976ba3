#include "pianola/experts/deterministic.hpp"

#include <gtest/gtest.h>

#include "experts/plain_system.hpp"

namespace pianola {
namespace {

/// Plays (x, 2x) of a scalar observation.
class Twice final : public DeterministicExpert {
 public:
  Twice() { info_.observation_dim = 1, info_.action_dim = 2; }
  [[nodiscard]] const ExpertInfo& info() const override { return info_; }
  using DeterministicExpert::act;
  void act(const Situation& situation, std::span<double> actions) const override {
    for (std::size_t i = 0; i < situation.lanes(); ++i) {
      actions[2 * i] = situation.observations[i];
      actions[2 * i + 1] = 2.0 * situation.observations[i];
    }
  }

 private:
  ExpertInfo info_;
};

TEST(DeterministicExpert, TheKeyDoesNotMatter) {
  EXPECT_EQ(actions_on(Twice(), {1.0, 3.0}, 0, NoiseKey(1)), actions_on(Twice(), {1.0, 3.0}, 0, NoiseKey(2)));
}

TEST(DeterministicExpert, TheLawIsAPointMassOnTheAction) {
  const std::vector<std::uint64_t> ids{0, 1};
  const std::vector<std::uint32_t> h{0, 0};
  const std::vector<double> x{1.0, 3.0};
  const std::vector<Outcome> outcomes(2, Outcome::running);
  std::vector<ActionLaw> laws(2);
  const Twice expert;
  ASSERT_TRUE(expert.law({ids, h, x, outcomes, nullptr}, laws));
  EXPECT_EQ(laws[1].action_dim, 2u);
  EXPECT_EQ(laws[1].weights, std::vector{1.0});
  EXPECT_EQ(laws[1].means, (std::vector{3.0, 6.0}));
  EXPECT_TRUE(laws[1].stds.empty());
}

}  // namespace
}  // namespace pianola
