#include "pianola/control/policy_decider.hpp"

#include <algorithm>
#include <utility>

namespace pianola {

PolicyDecider::PolicyDecider(std::shared_ptr<const PolicyDeciderParts> parts, std::size_t lanes)
    : parts_(std::move(parts)),
      lanes_(lanes),
      decoder_(*parts_->policy, *parts_->quantizer, parts_->options, lanes),
      memory_(lanes * parts_->quantizer->info().memory_size),
      histories_(lanes * parts_->policy->info().history * parts_->policy->info().observation_dim) {}

std::unique_ptr<ChunkDecider> PolicyDecider::clone() const {
  auto copy = std::make_unique<PolicyDecider>(parts_, lanes_);
  copy->key_ = key_;
  copy->fresh_ = fresh_;
  copy->memory_ = memory_;
  copy->histories_ = histories_;
  return copy;
}

void PolicyDecider::reset(const NoiseKey& key) {
  key_ = key;
  fresh_ = true;
  std::ranges::fill(memory_, 0.0);
}

/// Shifts each lane's history by one and appends the newest observation; after a reset fills it with that.
void PolicyDecider::observe(std::span<const double> observations) {
  const PolicyInfo& policy = parts_->policy->info();
  const std::size_t dim = policy.observation_dim, span = policy.history * dim;
  for (std::size_t lane = 0; lane < lanes_; ++lane) {
    float* const row = histories_.data() + lane * span;
    const double* const newest = observations.data() + lane * dim;
    if (fresh_) {
      for (std::size_t i = 0; i < span; ++i) row[i] = static_cast<float>(newest[i % dim]);
      continue;
    }
    std::copy(row + dim, row + span, row);
    std::transform(newest, newest + dim, row + span - dim, [](double x) { return static_cast<float>(x); });
  }
  fresh_ = false;
}

void PolicyDecider::decide(const Situation& situation, const ChunkDecision& out) {
  decoder_.decide(key_, situation, histories_, out.actions, out.tokens, out.log_probabilities, memory_);
}

}  // namespace pianola
