#include "pianola/control/expert_decider.hpp"

#include <gtest/gtest.h>

#include "control/toy_deployment.hpp"

namespace pianola {
namespace {

using toys::Moment;
using toys::ToyExpert;
using toys::ToyQuantizer;

std::shared_ptr<const ExpertDeciderParts> toy_parts(double blind = 1e9) {
  auto parts = std::make_shared<ExpertDeciderParts>();
  parts->expert = std::make_shared<ToyExpert>(0.5, 0.0, blind);
  parts->quantizer = std::make_shared<ToyQuantizer>(4);  // centres ±¾, ±¼
  return parts;
}

TEST(ExpertDecider, DecidesTheQuantizedActionAndItsToken) {
  ExpertDecider decider(toy_parts(), 2);
  decider.reset(NoiseKey(1));
  const Moment moment({1.0, -1.8});  // −½ and 0.9
  std::vector<double> actions(2);
  std::vector<Token> tokens(2, 77);
  decider.decide(moment.at(), {}, {actions, tokens, {}});
  EXPECT_EQ(actions, (std::vector<double>{-0.25, 0.75}));
  EXPECT_EQ(tokens, (std::vector<Token>{1, 3}));
}

TEST(ExpertDecider, AnExpertWithoutAnActionDecidesNone) {
  ExpertDecider decider(toy_parts(1.5), 2);
  decider.reset(NoiseKey(1));
  const Moment moment({1.0, -1.8});
  std::vector<double> actions(2);
  decider.decide(moment.at(), {}, {actions, {}, {}});
  EXPECT_EQ(actions[0], -0.25);
  EXPECT_TRUE(std::isnan(actions[1]));
}

}  // namespace
}  // namespace pianola
