// A plant, an expert, a quantizer and a policy of a few lines each, whose closed loops can be computed by hand.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "pianola/experts/expert.hpp"
#include "pianola/policies/policy.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/systems/system.hpp"

namespace pianola::toys {

/// x' = a·x + b·u + s·ω, x_1 = start + spread·z, reward 1 − min(1, |u + gain·x|). Ends (terminated) where |x| > fall,
/// and diverges where |x| > 1e6. The actuator takes every finite action.
struct ToyOptions {
  double a = 0.9, b = 1.0, noise = 0.0, start = 0.0, spread = 1.0, gain = 0.5;
  double fall = std::numeric_limits<double>::infinity();
  std::uint32_t horizon = 20;
};

class ToySystem final : public System {
 public:
  explicit ToySystem(ToyOptions chosen) : options(chosen) {
    info_.spec = "toy";
    info_.observation_dim = info_.action_dim = info_.state_size = 1;
    info_.horizon = options.horizon;
    info_.action_range = {{-std::numeric_limits<double>::infinity()}, {std::numeric_limits<double>::infinity()}};
    info_.action_kinds = {ActionKind::linear};
    info_.deterministic = options.noise == 0.0;
    info_.default_expert = "toy";
  }
  [[nodiscard]] const SystemInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<Simulation> simulate(std::size_t lanes) const override;

  ToyOptions options;
  mutable std::atomic<std::size_t> simulations{0};  // made

 private:
  SystemInfo info_;
};

class ToySimulation final : public Simulation {
 public:
  ToySimulation(const ToySystem& system, std::size_t lanes) : system_(system), ids_(lanes), x_(lanes) {}
  [[nodiscard]] const System& system() const override { return system_; }
  [[nodiscard]] std::size_t lanes() const override { return x_.size(); }
  void reset(const NoiseKey& key, Ids ids) override {
    noise_ = key.child("plant");
    ids_.assign(ids.begin(), ids.end());
    for (std::size_t i = 0; i < x_.size(); ++i) {
      x_[i] = system_.options.start + system_.options.spread * normal(noise_.child("initial"), ids_[i], 0);
    }
  }
  void observe(std::span<double> out) const override { std::ranges::copy(x_, out.begin()); }
  void step(std::span<const std::uint32_t> h, std::span<const double> actions, std::span<double> rewards,
            std::span<Outcome> outcomes) override {
    const ToyOptions& o = system_.options;
    for (std::size_t i = 0; i < x_.size(); ++i) {
      rewards[i] = 0.0;
      if (outcomes[i] != Outcome::running) continue;
      const double next = o.a * x_[i] + o.b * actions[i] + o.noise * normal(noise_, ids_[i], h[i]);
      rewards[i] = 1.0 - std::min(1.0, std::abs(actions[i] + o.gain * x_[i]));
      if (!(std::abs(next) <= 1e6)) {
        outcomes[i] = Outcome::diverged;
        continue;
      }
      x_[i] = next;
      if (std::abs(next) > o.fall) outcomes[i] = Outcome::terminated;
    }
  }
  void save(std::span<double> out) const override { std::ranges::copy(x_, out.begin()); }
  void restore(std::span<const double> saved) override { std::ranges::copy(saved, x_.begin()); }

 private:
  const ToySystem& system_;
  NoiseKey noise_;
  std::vector<std::uint64_t> ids_;
  std::vector<double> x_;
};

inline std::unique_ptr<Simulation> ToySystem::simulate(std::size_t lanes) const {
  ++simulations;
  return std::make_unique<ToySimulation>(*this, lanes);
}

/// u = −gain·x, plus or minus `jitter` with probability ½ each (stream "expert"); NaN where |x| > blind.
class ToyExpert final : public Expert {
 public:
  explicit ToyExpert(double gain, double jitter = 0.0, double blind = std::numeric_limits<double>::infinity())
      : gain_(gain), jitter_(jitter), blind_(blind) {
    info_.spec = "toy";
    info_.observation_dim = info_.action_dim = 1;
    info_.deterministic = jitter == 0.0;
    info_.lipschitz = std::abs(gain);
  }
  [[nodiscard]] const ExpertInfo& info() const override { return info_; }
  void act(const NoiseKey& key, const Situation& s, std::span<double> actions) const override {
    for (std::size_t i = 0; i < s.lanes(); ++i) {
      const double sign = uniform(key.child("expert"), s.ids[i], s.h[i]) < 0.5 ? -1.0 : 1.0;
      const double x = s.observations[i];
      actions[i] = std::abs(x) > blind_ ? std::numeric_limits<double>::quiet_NaN() : -gain_ * x + sign * jitter_;
    }
  }
  bool law(const Situation& s, std::span<ActionLaw> laws) const override {
    for (std::size_t i = 0; i < s.lanes(); ++i) {
      const double u = -gain_ * s.observations[i];
      laws[i] = {1, {0.5, 0.5}, {u - jitter_, u + jitter_}, {}};
    }
    return true;
  }

 private:
  double gain_, jitter_, blind_;
  ExpertInfo info_;
};

/// `bins` equal bins on [−1, 1] in each dimension, clipped, decoded to centres.
class ToyQuantizer final : public Quantizer {
 public:
  explicit ToyQuantizer(std::uint32_t bins, std::size_t chunk = 1, std::size_t dim = 1) {
    info_.spec = "toy_bins:bins=" + std::to_string(bins);
    info_.action_dim = dim;
    info_.chunk = chunk;
    info_.max_tokens = chunk * dim;
    info_.vocabularies.assign(info_.max_tokens, bins);
    info_.epsilon_sup = std::sqrt(static_cast<double>(dim)) / bins;
    info_.binning = info_.projection = true;
    for (std::uint32_t k = 0; k < bins; ++k)
      levels_.push_back(-1.0F + (2.0F * static_cast<float>(k) + 1.0F) / static_cast<float>(bins));
  }
  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch out) const override {
    const auto bins = static_cast<double>(levels_.size());
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      const double cell = std::floor((static_cast<double>(chunks[i]) + 1.0) / 2.0 * bins);
      out.tokens[i] = static_cast<Token>(std::clamp(cell, 0.0, bins - 1.0));
    }
    std::ranges::fill(out.lengths, static_cast<std::uint32_t>(info_.max_tokens));
  }
  void decode(const TokenBatch& in, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override {
    for (std::size_t i = 0; i < chunks.size(); ++i)
      chunks[i] = levels_[std::min<std::size_t>(in.tokens[i], levels_.size() - 1)];
    std::ranges::fill(status, DecodeStatus::exact);
  }
  [[nodiscard]] std::span<const float> levels(std::size_t) const override { return levels_; }
  [[nodiscard]] nlohmann::ordered_json save() const override { return {{"spec", info_.spec}}; }

  QuantizerInfo info_;  // tests break promises through it
 private:
  std::vector<float> levels_;
};

/// Sequences of up to four tokens from {0 = stop, 1, 2}; stop may not come first. Decoded to a tenth of their sum.
class GrammarQuantizer final : public Quantizer {
 public:
  GrammarQuantizer() {
    info_.spec = "toy_grammar";
    info_.action_dim = 1;
    info_.max_tokens = 4;
    info_.fixed_length = false;
    info_.vocabularies.assign(4, 3);
  }
  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch out) const override {
    for (std::size_t i = 0; i < chunks.size(); ++i) {  // 1s and a stop, as many as tenths (1 … 3)
      const auto count = static_cast<std::uint32_t>(std::clamp(std::round(chunks[i] * 10.0F), 1.0F, 3.0F));
      std::fill_n(&out.tokens[i * 4], count, Token{1});
      out.tokens[i * 4 + count] = 0;
      out.lengths[i] = count + 1;
    }
  }
  void decode(const TokenBatch& in, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override {
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      Token sum = 0;
      for (std::size_t p = 0; p < in.lengths[i]; ++p) sum += in.tokens[i * 4 + p];
      chunks[i] = static_cast<float>(sum) / 10.0F;
    }
    std::ranges::fill(status, DecodeStatus::exact);
  }
  void allowed(std::span<const Token> prefix, std::span<bool> mask) const noexcept override {
    const bool ended = !prefix.empty() && prefix.back() == 0;
    std::ranges::fill(mask, !ended);
    if (prefix.empty()) mask[0] = false;
  }
  [[nodiscard]] nlohmann::ordered_json save() const override { return {{"spec", info_.spec}}; }

 private:
  QuantizerInfo info_;
};

/// Logits by a function of (position, previous token, newest history row).
using LogitRule =
    std::function<void(std::size_t position, Token previous, std::span<const float> history, std::span<float> out)>;

class ToyPolicy final : public Policy {
 public:
  ToyPolicy(std::vector<std::uint32_t> vocabularies, std::size_t history, LogitRule rule, bool sees_tokens = false)
      : rule_(std::move(rule)) {
    info_.sees_tokens = sees_tokens;
    info_.spec = "toy_policy";
    info_.observation_dim = 1;
    info_.history = history;
    info_.vocabularies = std::move(vocabularies);
    info_.factored = true;
  }
  [[nodiscard]] const PolicyInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<PolicySession> session(std::size_t lanes) const override {
    return std::make_unique<Session>(*this, lanes);
  }

 private:
  class Session final : public PolicySession {
   public:
    Session(const ToyPolicy& policy, std::size_t lanes) : policy_(policy), lanes_(lanes) {}
    void begin(const Situation&, std::span<const float> histories) override {
      histories_.assign(histories.begin(), histories.end());
      position_ = 0;
    }
    void logits(std::span<const Token> previous, std::span<float> out) override {
      const std::size_t v = policy_.info_.vocabularies[position_], k = policy_.info_.history;
      for (std::size_t i = 0; i < lanes_; ++i) {
        policy_.rule_(position_, previous[i], std::span(histories_).subspan(i * k, k), out.subspan(i * v, v));
      }
      ++position_;
    }

   private:
    const ToyPolicy& policy_;
    std::size_t lanes_, position_ = 0;
    std::vector<float> histories_;
  };
  LogitRule rule_;
  PolicyInfo info_;
};

/// What acting code sees, with storage.
struct Moment {
  std::vector<std::uint64_t> ids;
  std::vector<std::uint32_t> h;
  std::vector<double> observations;
  std::vector<Outcome> outcomes;
  explicit Moment(std::vector<double> x, std::uint32_t step = 0)
      : ids(x.size()), h(x.size(), step), observations(std::move(x)), outcomes(ids.size(), Outcome::running) {
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = i;
  }
  [[nodiscard]] Situation at(const Simulation* plant = nullptr) const {
    return {ids, h, observations, outcomes, plant};
  }
};

}  // namespace pianola::toys
