// x' = a·x + b·u + noise, as a transition model that sees actions.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "pianola/policies/transition_model.hpp"

namespace pianola::test {

class LinearMap final : public TransitionModel {
 public:
  LinearMap(double a, double b, double noise) : a_(a), b_(b), noise_(noise) {
    info_.spec = "map", info_.observation_dim = info_.action_dim = 1;
  }
  [[nodiscard]] const TransitionInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<TransitionSession> session(std::size_t lanes) const override {
    return std::make_unique<Session>(*this, lanes);
  }
  TransitionInfo info_;

 private:
  class Session final : public TransitionSession {
   public:
    Session(const LinearMap& map, std::size_t lanes) : map_(map), x_(lanes), outcomes_(lanes, Outcome::running) {}
    [[nodiscard]] std::unique_ptr<TransitionSession> clone() const override { return std::make_unique<Session>(*this); }
    void start(const NoiseKey& key, const Situation& s) override {
      key_ = key;
      x_.assign(s.observations.begin(), s.observations.end());
    }
    void restart(const Situation&, std::span<const std::uint8_t>) override {}
    void step(const TokenStep& played) override {
      for (std::size_t i = 0; i < x_.size(); ++i) {
        x_[i] = map_.a_ * x_[i] + map_.b_ * played.actions[i] + map_.noise_ * normal(key_, played.ids[i], played.h[i]);
      }
    }
    void observe(std::span<double> out) const override { std::ranges::copy(x_, out.begin()); }
    [[nodiscard]] std::span<const Outcome> outcomes() const override { return outcomes_; }

   private:
    const LinearMap& map_;
    NoiseKey key_;
    std::vector<double> x_;
    std::vector<Outcome> outcomes_;
  };
  double a_, b_, noise_;
};

}  // namespace pianola::test
