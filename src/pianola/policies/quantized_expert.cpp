#include "pianola/policies/quantized_expert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/policies/expert_chunk.hpp"

namespace pianola {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

/// Encodes `actions` [n × chunk × action_dim] through float32, each seen from its row of `observations`; the buffers
/// grow once and stay.
struct Tokens {
  std::vector<float> chunks;
  std::vector<Token> tokens;
  std::vector<std::uint32_t> lengths;

  void encode(const Quantizer& quantizer, std::span<const double> actions, std::span<const double> observations) {
    const auto& info = quantizer.info();
    const std::size_t n = actions.size() / (info.chunk * info.action_dim);
    chunks.assign(actions.begin(), actions.end());
    tokens.resize(n * info.max_tokens);
    lengths.resize(n);
    quantizer.encode(chunks, CodecContext{.observations = observations}, TokenBatch{tokens, lengths});
  }
};

/// Point masses: the one token that the expert's action has at each position.
class DeterministicSession final : public PolicySession {
 public:
  DeterministicSession(const Expert& expert, const Quantizer& quantizer, std::size_t lanes)
      : quantizer_(quantizer),
        chunk_(expert, quantizer.info().chunk, lanes),
        actions_(lanes * quantizer.info().chunk * quantizer.info().action_dim),
        lawless_(lanes) {}

  void noise(const NoiseKey& key) override { key_ = key; }

  void begin(const Situation& situation, std::span<const float>) override {
    chunk_.plan(key_, situation, actions_);
    make_finite(actions_, lawless_);
    code_.encode(quantizer_, actions_, situation.observations);
    position_ = 0;
  }

  void logits(std::span<const Token>, std::span<float> out) override {
    const auto& info = quantizer_.info();
    assert(position_ < info.max_tokens);
    const std::size_t vocabulary = info.vocabularies[position_], lanes = code_.lengths.size();
    std::ranges::fill(out, kNever);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      if (lawless_[lane] || position_ >= code_.lengths[lane]) continue;
      out[lane * vocabulary + code_.tokens[lane * info.max_tokens + position_]] = 0.0F;
    }
    ++position_;
  }

 private:
  const Quantizer& quantizer_;
  ExpertChunk chunk_;
  NoiseKey key_;
  std::vector<double> actions_;
  std::vector<std::uint8_t> lawless_;  // [lanes], where the expert has no finite action
  Tokens code_;
  std::size_t position_ = 0;
};

/// Mixtures of point masses: atoms lose their weight when they leave the prefix that was drawn.
class AtomSession final : public PolicySession {
 public:
  AtomSession(const Expert& expert, const Quantizer& quantizer, std::size_t lanes)
      : expert_(expert), quantizer_(quantizer), laws_(lanes), first_(lanes + 1) {}

  void begin(const Situation& situation, std::span<const float>) override {
    if (!expert_.law(situation, laws_)) refuse("does not know the law of its actions");
    atoms_.clear();
    weights_.clear();
    for (std::size_t lane = 0; lane < laws_.size(); ++lane) {
      const ActionLaw& law = laws_[lane];
      if (!law.stds.empty()) refuse("knows its law as a density only");
      atoms_.insert(atoms_.end(), law.means.begin(), law.means.end());
      weights_.insert(weights_.end(), law.weights.begin(), law.weights.end());
      first_[lane + 1] = weights_.size();
    }
    lawless_.resize(weights_.size());
    make_finite(atoms_, lawless_);
    for (std::size_t i = 0; i < weights_.size(); ++i) weights_[i] = lawless_[i] ? 0.0 : weights_[i];
    observe_atoms(situation.observations);
    code_.encode(quantizer_, atoms_, observations_);
    position_ = 0;
  }

  void logits(std::span<const Token> previous, std::span<float> out) override {
    const auto& info = quantizer_.info();
    assert(position_ < info.max_tokens);
    const std::size_t vocabulary = info.vocabularies[position_];
    for (std::size_t lane = 0; lane < laws_.size(); ++lane) {
      if (position_ > 0) forget_others(lane, previous[lane]);
      masses_.assign(vocabulary, 0.0);
      for (std::size_t i = first_[lane]; i < first_[lane + 1]; ++i) {
        if (position_ < code_.lengths[i]) masses_[code_.tokens[i * info.max_tokens + position_]] += weights_[i];
      }
      std::ranges::transform(masses_, out.begin() + static_cast<std::ptrdiff_t>(lane * vocabulary),
                             [](double mass) { return static_cast<float>(std::log(mass)); });
    }
    ++position_;
  }

 private:
  /// Each atom is seen from its lane's observation.
  void observe_atoms(std::span<const double> observations) {
    const std::size_t dim = observations.size() / laws_.size();
    observations_.clear();
    for (std::size_t lane = 0; lane < laws_.size(); ++lane) {
      const auto row = observations.subspan(lane * dim, dim);
      for (std::size_t i = first_[lane]; i < first_[lane + 1]; ++i) {
        observations_.insert(observations_.end(), row.begin(), row.end());
      }
    }
  }

  void forget_others(std::size_t lane, Token drawn) {
    const std::size_t width = quantizer_.info().max_tokens;
    for (std::size_t i = first_[lane]; i < first_[lane + 1]; ++i) {
      const bool follows = position_ <= code_.lengths[i] && code_.tokens[i * width + position_ - 1] == drawn;
      if (!follows) weights_[i] = 0.0;
    }
  }

  [[noreturn]] void refuse(const char* what) const {
    throw UsageError(fmt::format(
        "quantized expert: the expert '{}' is stochastic and {}; its token law needs atoms. Use the controller "
        "'quantized', which draws actions and needs no law",
        expert_.info().spec, what));
  }

  const Expert& expert_;
  const Quantizer& quantizer_;
  std::vector<ActionLaw> laws_;
  std::vector<std::size_t> first_;  // atoms of lane i: first_[i] … first_[i + 1]
  std::vector<double> atoms_, observations_, weights_, masses_;
  std::vector<std::uint8_t> lawless_;  // of each atom
  Tokens code_;
  std::size_t position_ = 0;
};

void check(const ExpertInfo& expert, const QuantizerInfo& quantizer) {
  if (expert.action_dim != quantizer.action_dim) {
    throw UsageError(
        fmt::format("quantized expert: the expert '{}' has {} action dimensions, the quantizer '{}' has {}",
                    expert.spec, expert.action_dim, quantizer.spec, quantizer.action_dim));
  }
  const char* what = quantizer.random             ? "draws noise"
                     : quantizer.memory_size > 0  ? "keeps a moving scale"
                     : !quantizer.finite_codebook ? "has no finite codebook"
                                                  : nullptr;
  if (what != nullptr) {
    throw UsageError(fmt::format(
        "quantized expert: the quantizer '{}' {}, so its tokens have no fixed law; use the controller 'quantized'",
        quantizer.spec, what));
  }
  if (!expert.deterministic && quantizer.chunk > 1) {
    throw UsageError(fmt::format(
        "quantized expert: the law of {} actions of the stochastic expert '{}' is not known; use --chunk 1, or the "
        "controller 'quantized', which draws them",
        quantizer.chunk, expert.spec));
  }
}

class QuantizedExpert final : public Policy {
 public:
  QuantizedExpert(std::shared_ptr<const Expert> expert, std::shared_ptr<const Quantizer> quantizer)
      : expert_(std::move(expert)), quantizer_(std::move(quantizer)) {
    const auto& codec = quantizer_->info();
    check(expert_->info(), codec);
    info_.spec = "quantized";
    info_.observation_dim = expert_->info().observation_dim;
    info_.vocabularies = codec.vocabularies;
    info_.factored = expert_->info().deterministic || codec.max_tokens == 1;
  }

  [[nodiscard]] const PolicyInfo& info() const override { return info_; }

  [[nodiscard]] std::unique_ptr<PolicySession> session(std::size_t lanes) const override {
    if (expert_->info().deterministic) return std::make_unique<DeterministicSession>(*expert_, *quantizer_, lanes);
    return std::make_unique<AtomSession>(*expert_, *quantizer_, lanes);
  }

 private:
  std::shared_ptr<const Expert> expert_;
  std::shared_ptr<const Quantizer> quantizer_;
  PolicyInfo info_;
};

}  // namespace

std::shared_ptr<const Policy> make_quantized_expert(std::shared_ptr<const Expert> expert,
                                                    std::shared_ptr<const Quantizer> quantizer) {
  return std::make_shared<QuantizedExpert>(std::move(expert), std::move(quantizer));
}

}  // namespace pianola
