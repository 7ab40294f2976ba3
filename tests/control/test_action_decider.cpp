// Laws over actions in closed loop, through the controller `feedback`.
#include "pianola/control/action_decider.hpp"

#include <gtest/gtest.h>

#include "control/toy_deployment.hpp"
#include "pianola/base/error.hpp"
#include "pianola/control/deployment.hpp"

namespace pianola {
namespace {

using toys::keep;
using toys::toy_plan;
using toys::ToyDeployment;

/// Plays −gain · x, plus a draw if it samples; chunks repeat it.
class ProportionalPolicy final : public ActionPolicy {
 public:
  explicit ProportionalPolicy(std::size_t chunk) {
    info_.spec = "proportional";
    info_.observation_dim = info_.action_dim = 1;
    info_.chunk = chunk;
  }
  [[nodiscard]] const ActionPolicyInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<ActionSession> session(std::size_t) const override {
    return std::make_unique<Session>(info_.chunk);
  }

 private:
  class Session final : public ActionSession {
   public:
    explicit Session(std::size_t chunk) : chunk_(chunk) {}
    void decide(const NoiseKey&, const Situation& situation, std::span<const float> histories, const DecodeOptions&,
                std::span<double> actions) override {
      for (std::size_t lane = 0; lane < situation.lanes(); ++lane) {
        for (std::size_t c = 0; c < chunk_; ++c)
          actions[lane * chunk_ + c] = -0.5 * static_cast<double>(histories[lane]);
      }
    }

   private:
    std::size_t chunk_;
  };
  ActionPolicyInfo info_;
};

TEST(ActionDecider, PlaysTheLawInFeedbackWithoutAQuantizer) {
  ToyDeployment toy({.a = 0.5, .b = 0.0, .start = 1.0, .spread = 0.0});
  toy.action_policy = std::make_shared<ProportionalPolicy>(2);
  const auto plan = toy_plan(toy, {"feedback", "feedback:execute=1"}, 1);
  const auto runs = keep(plan);
  const double x[] = {1.0, 0.5, 0.25, 0.125};
  for (std::size_t h = 0; h < 4; ++h) {
    EXPECT_NEAR(runs[0][0].u[h], -0.5 * x[h / 2 * 2], 1e-6);  // chunks of two
    EXPECT_NEAR(runs[0][1].u[h], -0.5 * x[h], 1e-6);
  }
  EXPECT_EQ(default_controller(toy), "feedback");
  EXPECT_EQ(make_controller("feedback", toy)->quantizer(), "");
  EXPECT_EQ(make_controller("feedback", toy)->trace_shape().tokens, 0U);
}

TEST(ActionDecider, RefusesATemperatureThatIsNone) {
  ToyDeployment toy({});
  toy.action_policy = std::make_shared<ProportionalPolicy>(1);
  EXPECT_THROW(make_controller("feedback:temperature=0", toy), UsageError);
  EXPECT_THROW(make_controller("feedback:execute=2", toy), UsageError);
  EXPECT_THROW(make_controller("feedback:decode=beam", toy), UsageError);
  EXPECT_THROW(make_controller("feedback:top_k=2", toy), UsageError);
}

}  // namespace
}  // namespace pianola
