#include "pianola/policies/forced_policy.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace pianola {
namespace {

class ForcedSession final : public PolicySession {
 public:
  ForcedSession(const Policy& policy, const ForcedTokens& forced, std::size_t lanes)
      : policy_(policy), forced_(forced), lanes_(lanes), session_(policy.session(lanes)) {}

  void noise(const NoiseKey& key) override { session_->noise(key); }

  void begin(const Situation& situation, std::span<const float> histories) override {
    session_->begin(situation, histories);
    position_ = 0;
  }

  void logits(std::span<const Token> previous, std::span<float> out) override {
    session_->logits(previous, out);
    const std::size_t p = position_++;
    if (forced_.at[p] == 0) return;
    const std::size_t vocabulary = policy_.info().vocabularies[p], width = forced_.at.size();
    const std::size_t rows = lanes_ * width / forced_.tokens.size();  // a beam search has several for each lane
    std::ranges::fill(out, -std::numeric_limits<float>::infinity());
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      out[lane * vocabulary + forced_.tokens[lane / rows * width + p]] = 0.0F;
    }
  }

  [[nodiscard]] bool can_branch() const override { return session_->can_branch(); }
  void branch(std::span<const std::uint32_t> from) override { session_->branch(from); }

 private:
  const Policy& policy_;
  const ForcedTokens& forced_;
  std::size_t lanes_, position_ = 0;
  std::unique_ptr<PolicySession> session_;
};

class ForcedPolicy final : public Policy {
 public:
  ForcedPolicy(std::shared_ptr<const Policy> policy, std::shared_ptr<const ForcedTokens> forced)
      : policy_(std::move(policy)), forced_(std::move(forced)) {}
  [[nodiscard]] const PolicyInfo& info() const override { return policy_->info(); }
  [[nodiscard]] std::unique_ptr<PolicySession> session(std::size_t lanes) const override {
    return std::make_unique<ForcedSession>(*policy_, *forced_, lanes);
  }

 private:
  std::shared_ptr<const Policy> policy_;
  std::shared_ptr<const ForcedTokens> forced_;
};

}  // namespace

std::shared_ptr<const Policy> make_forced_policy(std::shared_ptr<const Policy> policy,
                                                 std::shared_ptr<const ForcedTokens> forced) {
  return std::make_shared<ForcedPolicy>(std::move(policy), std::move(forced));
}

}  // namespace pianola
