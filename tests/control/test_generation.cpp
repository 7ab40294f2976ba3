#include "pianola/control/generation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/discrete.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {
namespace {

/// After token k comes k + 1 (mod 4) with 9 in 10; the rest in equal shares. Sees the last two tokens.
class Counting final : public Policy {
 public:
  class Session final : public PolicySession {
   public:
    void begin(const Situation&, std::span<const float> histories) override {
      histories_.assign(histories.begin(), histories.end());
    }
    void logits(std::span<const Token>, std::span<float> out) override {
      for (std::size_t lane = 0; 4 * lane < out.size(); ++lane) {
        const auto next = (static_cast<std::size_t>(histories_[2 * lane + 1]) + 1) % 4;
        for (std::size_t k = 0; k < 4; ++k) out[4 * lane + k] = std::log(k == next ? 0.9F : 0.1F / 3.0F);
      }
    }

   private:
    std::vector<float> histories_;
  };
  [[nodiscard]] const PolicyInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<PolicySession> session(std::size_t) const override {
    return std::make_unique<Session>();
  }

 private:
  PolicyInfo info_{.spec = "counting", .observation_dim = 1, .history = 2, .vocabularies = {4}, .factored = true};
};

GenerationPlan plan_of(DecodeMode mode) {
  GenerationPlan plan;
  plan.policy = std::make_shared<Counting>();
  plan.quantizer = std::make_shared<Discrete>(DiscreteConfig{}, 1, std::vector<std::uint32_t>{4});
  plan.decode.mode = mode;
  plan.prompt = {3, 1};
  plan.length = 6;
  plan.key = NoiseKey(3);
  return plan;
}

TEST(Generation, TheMostLikelyTokensFollowThePrompt) {
  const auto out = generate(plan_of(DecodeMode::argmax));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].tokens, (std::vector<Token>{2, 3, 0, 1, 2, 3}));
  EXPECT_NEAR(out[0].log_probability, 6.0 * std::log(0.9), 1e-5);
}

TEST(Generation, SamplesFollowTheLaw) {
  GenerationPlan plan = plan_of(DecodeMode::sample);
  plan.length = 50;
  plan.samples = 200;
  const auto out = generate(plan);
  std::size_t counted = 0;
  for (const GeneratedSequence& sequence : out) {
    Token before = plan.prompt.back();
    for (const Token token : sequence.tokens) {
      counted += token == (before + 1) % 4 ? 1 : 0;
      before = token;
    }
  }
  EXPECT_NEAR(static_cast<double>(counted) / 10'000.0, 0.9, 0.015);
  plan.samples = 3;
  EXPECT_EQ(generate(plan)[2].tokens, out[2].tokens) << "more samples leave the first ones as they were";
}

/// Keeps what it was shown; one logit is `odd`.
class Recording final : public Policy {
 public:
  explicit Recording(float odd = 1.0F) : odd_(odd) {}
  class Session final : public PolicySession {
   public:
    explicit Session(const Recording& policy) : policy_(policy) {}
    void begin(const Situation&, std::span<const float> histories) override {
      policy_.shown.emplace_back(histories.begin(), histories.end());
    }
    void logits(std::span<const Token>, std::span<float> out) override {
      std::ranges::fill(out, 0.0F);
      out[2] = policy_.odd_;
    }

   private:
    const Recording& policy_;
  };
  [[nodiscard]] const PolicyInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<PolicySession> session(std::size_t) const override {
    return std::make_unique<Session>(*this);
  }
  mutable std::vector<std::vector<float>> shown;

 private:
  float odd_;
  PolicyInfo info_{.spec = "recording", .observation_dim = 1, .history = 4, .vocabularies = {4}, .sees_tokens = true};
};

TEST(Generation, AContextGrowsFromThePrompt) {
  GenerationPlan plan = plan_of(DecodeMode::argmax);
  const auto policy = std::make_shared<Recording>();
  plan.policy = policy;
  plan.length = 3;
  EXPECT_EQ(generate(plan)[0].tokens, (std::vector<Token>{2, 2, 2}));
  EXPECT_EQ(policy->shown, (std::vector<std::vector<float>>{{-1, -1, 3, 1}, {-1, 3, 1, 2}, {3, 1, 2, 2}}));
}

TEST(Generation, ALawThatIsNoneIsSaid) {
  GenerationPlan plan = plan_of(DecodeMode::sample);
  plan.policy = std::make_shared<Recording>(std::numeric_limits<float>::quiet_NaN());
  EXPECT_THROW((void)generate(plan), DataError);
}

TEST(Generation, WhatCannotBeContinuedIsRefused) {
  GenerationPlan plan = plan_of(DecodeMode::sample);
  FitContext context;
  context.action_dim = context.chunk = 1;
  plan.quantizer = make_quantizer("uniform:bins=4,low=-1,high=1", context);
  EXPECT_THROW((void)generate(plan), UsageError) << "what it writes is not what it sees";
  plan = plan_of(DecodeMode::sample);
  plan.prompt = {4};
  EXPECT_THROW((void)generate(plan), UsageError);
  plan.prompt = {};
  EXPECT_THROW((void)generate(plan), UsageError);
  plan = plan_of(DecodeMode::sample);
  plan.quantizer = std::make_shared<Discrete>(DiscreteConfig{}, 1, std::vector<std::uint32_t>{4, 4});
  EXPECT_THROW((void)generate(plan), UsageError);
}

}  // namespace
}  // namespace pianola
