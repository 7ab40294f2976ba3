// Policies and transition models that are tables.
#include "pianola/policies/table_laws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pianola/base/error.hpp"
#include "policies/toys.hpp"

namespace pianola {
namespace {

using toys::Moment;

TEST(TablePolicy, PlaysItsRowAtItsStepAndUniformWhereItHasNone) {
  const auto policy = make_table_policy({{2, false}, 2, {0.25, 0.75, 1.0, 0.0, 0.5, 0.5, 0.1, 0.9}});
  EXPECT_EQ(policy->info().vocabularies, std::vector<std::uint32_t>{2});
  const auto session = policy->session(3);
  Moment moment({0.0, 1.0, 7.0});
  moment.h = {0, 5, 0};
  std::vector<float> out(6);
  session->begin(moment.at(), std::vector<float>{0.0F, 1.0F, 7.0F});
  session->logits(std::vector<Token>(3), out);
  EXPECT_FLOAT_EQ(out[0], std::log(0.25F));
  EXPECT_FLOAT_EQ(out[1], std::log(0.75F));
  EXPECT_FLOAT_EQ(out[2], std::log(0.1F)) << "the last stage goes on";
  EXPECT_EQ(out[4], out[5]);
}

TEST(TablePolicy, ReadsOneHotObservations) {
  const auto policy = make_table_policy({{3, true}, 1, {1.0, 1.0, 1.0}});
  EXPECT_EQ(policy->info().observation_dim, 3U);
}

struct TwoStates {
  std::shared_ptr<const TransitionModel> model =
      make_table_model({{2, false}, 2, {0.0, 1.0, 0.5, 0.5, 1.0, 0.0, 0.25, 0.75}});  // [state][token][next]
};

TEST(TableModel, MovesAsOftenAsItsRowSays) {
  const TwoStates toy;
  const std::size_t lanes = 10000;
  const Moment moment(std::vector<double>(lanes, 1.0));
  const auto session = toy.model->session(lanes);
  session->start(NoiseKey(3), moment.at());
  const std::vector<Token> tokens(lanes, 1);
  session->step({moment.ids, moment.h, tokens, {}});
  std::vector<double> next(lanes);
  session->observe(next);
  double ones = 0.0;
  for (const double x : next) ones += x;
  EXPECT_NEAR(ones / lanes, 0.75, 4.0 * std::sqrt(0.1875 / lanes));
}

TEST(TableModel, LogDensityIsThatOfTheRow) {
  const TwoStates toy;
  const Moment moment({0.0, 0.0, 1.0, 0.0});
  const auto session = toy.model->session(4);
  session->start(NoiseKey(3), moment.at());
  const std::vector<Token> tokens{0, 1, 1, 0};
  const std::vector<double> next{1.0, 0.0, 1.0, 0.0};
  std::vector<double> log(4);
  ASSERT_TRUE(session->log_density({moment.ids, moment.h, tokens, {}}, next, log));
  EXPECT_EQ(log[0], 0.0);
  EXPECT_DOUBLE_EQ(log[1], std::log(0.5));
  EXPECT_DOUBLE_EQ(log[2], std::log(0.75));
  EXPECT_EQ(log[3], -std::numeric_limits<double>::infinity());
}

TEST(TableModel, AClonesStateIsItsOwn) {
  const TwoStates toy;
  const Moment moment({0.0});
  const auto session = toy.model->session(1);
  session->start(NoiseKey(3), moment.at());
  const auto copy = session->clone();
  copy->step({moment.ids, moment.h, std::vector<Token>{0}, {}});
  double here = 9.0, there = 9.0;
  session->observe(std::span(&here, 1));
  copy->observe(std::span(&there, 1));
  EXPECT_EQ(here, 0.0);
  EXPECT_EQ(there, 1.0);
}

TEST(Tables, RefuseWhatIsNoLaw) {
  EXPECT_THROW(make_table_policy({{2, false}, 2, {0.5, 0.5, 0.5, 0.6}}), UsageError);
  EXPECT_THROW(make_table_policy({{2, false}, 2, {0.5, 0.5, 1.5, -0.5}}), UsageError);
  EXPECT_THROW(make_table_policy({{2, false}, 2, {0.5, 0.5}}), UsageError);
  EXPECT_THROW(make_table_model({{2, false}, 1, {1.0, 0.0}}), UsageError);
  const TwoStates toy;
  const Moment moment({0.5});
  EXPECT_THROW(toy.model->session(1)->start(NoiseKey(1), moment.at()), UsageError);
}

}  // namespace
}  // namespace pianola
