#include "pianola/control/chunk_player.hpp"

#include <gtest/gtest.h>

#include "control/toy_deployment.hpp"

namespace pianola {
namespace {

using toys::Moment;

/// Decides 100·h + 1, 100·h + 2, … in every lane, with h as token; counts what it is asked.
class CountingDecider final : public ChunkDecider {
 public:
  struct Asked {
    int observed = 0, decided = 0;
    std::vector<double> committed;
  };
  explicit CountingDecider(std::shared_ptr<Asked> asked) : asked_(std::move(asked)) {}
  [[nodiscard]] std::unique_ptr<ChunkDecider> clone() const override {
    return std::make_unique<CountingDecider>(asked_);
  }
  void reset(const NoiseKey&) override {}
  void observe(std::span<const double>) override { ++asked_->observed; }
  void decide(const Situation& s, std::span<const double> committed, const ChunkDecision& out) override {
    asked_->committed.assign(committed.begin(), committed.end());
    ++asked_->decided;
    const std::size_t chunk = out.actions.size() / s.lanes();
    for (std::size_t i = 0; i < out.actions.size(); ++i) {
      out.actions[i] = 100.0 * s.h[i / chunk] + static_cast<double>(i % chunk + 1);
    }
    std::ranges::fill(out.tokens, s.h[0]);
  }

 private:
  std::shared_ptr<Asked> asked_;
};

TEST(ChunkPlayer, ObservesEveryStepAndDecidesEveryMth) {
  const auto asked = std::make_shared<CountingDecider::Asked>();
  const toys::ToyQuantizer quantizer(4, 3);
  const ChunkPlay play = checked_play("test", {.execute = 2}, quantizer);
  ChunkPlayer player(std::make_unique<CountingDecider>(asked), quantizer, play, 2);
  Moment moment({0.0, 0.0});
  player.reset(NoiseKey(1), moment.ids);
  std::vector<double> actions(2), played;
  std::vector<Token> tokens(6);
  std::vector<std::uint32_t> age(2), ages;
  ControlTrace trace{.tokens = tokens, .log_probabilities = {}, .auxiliary = {}, .age = age};
  for (std::uint32_t h = 0; h < 5; ++h) {
    moment.h.assign(2, h);
    player.act(moment.at(), actions, &trace);
    EXPECT_EQ(actions[0], actions[1]);
    EXPECT_EQ(tokens[5], h / 2 * 2);
    played.push_back(actions[0]);
    ages.push_back(age[1]);
  }
  EXPECT_EQ(played, (std::vector<double>{1, 2, 201, 202, 401}));
  EXPECT_EQ(ages, (std::vector<std::uint32_t>{0, 1, 0, 1, 0}));
  EXPECT_EQ(asked->observed, 5);
  EXPECT_EQ(asked->decided, 3);
}

TEST(ChunkPlayer, ShowsTheDeciderWhatIsCommitted) {
  const auto asked = std::make_shared<CountingDecider::Asked>();
  const toys::ToyQuantizer quantizer(4, 4);
  const ChunkPlay play = checked_play("test", {.execute = 2, .delay = 1, .start = "0.5"}, quantizer);
  ChunkPlayer player(std::make_unique<CountingDecider>(asked), quantizer, play, 2);
  Moment moment({0.0, 0.0});
  player.reset(NoiseKey(1), moment.ids);
  std::vector<double> actions(2), played;
  for (std::uint32_t h = 0; h < 5; ++h) {
    moment.h.assign(2, h);
    player.act(moment.at(), actions, nullptr);
    played.push_back(actions[1]);
    if (h == 0) {
      EXPECT_EQ(asked->committed, (std::vector<double>{0.5, 0.5}));
    }
    if (h == 2) {
      EXPECT_EQ(asked->committed, (std::vector<double>{3, 3}));
    }
  }
  EXPECT_EQ(played, (std::vector<double>{0.5, 2, 3, 202, 203}));
}

}  // namespace
}  // namespace pianola
