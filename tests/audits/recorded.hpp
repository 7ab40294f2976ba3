// Recordings in memory, and a policy that always plays one token.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "pianola/data/dataset.hpp"
#include "pianola/policies/policy.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola::test {

/// `count` trajectories of the same scalar actions; observation d of step h is h + d.
class Recorded final : public TrajectoryReader {
 public:
  Recorded(std::size_t count, std::vector<double> actions, std::size_t observation_dim = 1)
      : count_(count), actions_(std::move(actions)) {
    info_.path = "recorded";
    info_.observation_dim = observation_dim;
    info_.action_dim = 1;
    info_.action_range = {{-1.0}, {1.0}};
  }
  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t size() const override { return count_; }
  [[nodiscard]] std::size_t steps(std::size_t) const override { return actions_.size(); }
  [[nodiscard]] Trajectory read(std::size_t) override {
    Trajectory t;
    t.steps = actions_.size();
    t.actions = actions_;
    for (std::size_t h = 0; h < t.steps; ++h) {
      for (std::size_t d = 0; d < info_.observation_dim; ++d) t.observations.push_back(static_cast<double>(h + d));
    }
    return t;
  }

 private:
  DatasetInfo info_;
  std::size_t count_;
  std::vector<double> actions_;
};

inline std::shared_ptr<const Quantizer> two_levels(std::size_t chunk = 1) {
  return make_quantizer("uniform:bins=2",
                        {.action_dim = 1, .chunk = chunk, .range = {{-1.0}, {1.0}}, .key = NoiseKey(1)});
}

class Stubborn final : public Policy {
 public:
  explicit Stubborn(Token token, std::size_t positions = 1) : token_(token) {
    info_.observation_dim = 1;
    info_.vocabularies.assign(positions, 2);
  }
  [[nodiscard]] const PolicyInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<PolicySession> session(std::size_t) const override {
    return std::make_unique<Session>(token_);
  }

 private:
  class Session final : public PolicySession {
   public:
    explicit Session(Token token) : token_(token) {}
    void begin(const Situation&, std::span<const float>) override {}
    void logits(std::span<const Token>, std::span<float> out) override {
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = i % 2 == token_ ? 20.0F : 0.0F;
    }

   private:
    Token token_;
  };
  PolicyInfo info_;
  Token token_;
};

}  // namespace pianola::test
