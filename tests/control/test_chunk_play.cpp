#include "pianola/control/chunk_play.hpp"

#include <gtest/gtest.h>

#include "control/toy_deployment.hpp"

namespace pianola {
namespace {

using toys::ToyQuantizer;
using toys::usage_error;

TEST(ChunkPlay, ADelayLeavesTheRestOfTheChunk) {
  const ToyQuantizer quantizer(4, 8);
  const auto schedule = [&](const ChunkPlayConfig& config) { return checked_play("test", config, quantizer).schedule; };
  EXPECT_EQ(schedule({}).execute, 8U);
  EXPECT_EQ(schedule({.delay = 3}).execute, 5U);
  EXPECT_EQ(schedule({.delay = 3}).first, 3U);
  EXPECT_EQ(schedule({.execute = 2, .delay = 3}).execute, 2U);
  EXPECT_EQ(schedule({.execute = 8, .delay = 3, .late = true}).first, 0U);
  EXPECT_EQ(checked_play("test", {.delay = 3, .late = true}, quantizer).committed(), 0U);
}

TEST(ChunkPlay, SaysWhatDoesNotFit) {
  const ToyQuantizer quantizer(4, 4), single(4);
  const auto error = [](const ChunkPlayConfig& config, const Quantizer& codec) {
    return usage_error([&] { static_cast<void>(checked_play("test", config, codec)); });
  };
  EXPECT_NE(error({.execute = 5}, quantizer).find("execute"), std::string::npos);
  const std::string whole = error({.delay = 4}, quantizer);
  EXPECT_NE(whole.find("none is left to execute"), std::string::npos) << whole;
  EXPECT_NE(error({.execute = 3, .delay = 2}, quantizer).find("at most 2"), std::string::npos);
  EXPECT_NE(error({.delay = 1}, single).find("late=true"), std::string::npos);
  EXPECT_EQ(error({.delay = 1, .late = true}, single), "nothing was thrown");
  EXPECT_NE(error({.late = true}, quantizer).find("delay"), std::string::npos);
  EXPECT_NE(error({.delay = 1, .start = "hold"}, quantizer).find("--frame"), std::string::npos);
  EXPECT_NE(error({.delay = 1, .start = "1,2"}, quantizer).find("1 finite"), std::string::npos);
  EXPECT_NE(error({.delay = 1, .ensemble = 0.01}, quantizer).find("without delay"), std::string::npos);
  EXPECT_NE(error({.execute = 2, .ensemble = 0.01}, quantizer).find("every step"), std::string::npos);
  EXPECT_NE(error({.rate_limit = {-1.0}}, quantizer).find("rate_limit"), std::string::npos);
}

TEST(ChunkPlay, StartActionsAreThoseThatWereNamed) {
  const ToyQuantizer quantizer(4, 4);
  const std::vector<double> observations{3.0, 4.0};
  std::vector<double> out(2, 9.0);
  start_actions(checked_play("test", {.delay = 1}, quantizer), quantizer, observations, out);
  EXPECT_EQ(out, (std::vector<double>{0.0, 0.0}));
  start_actions(checked_play("test", {.delay = 1, .start = "0.25"}, quantizer), quantizer, observations, out);
  EXPECT_EQ(out, (std::vector<double>{0.25, 0.25}));
}

}  // namespace
}  // namespace pianola
