#include "pianola/control/policy_decider.hpp"

#include <algorithm>
#include <utility>

#include "pianola/data/action_representation.hpp"
#include "pianola/policies/token_law.hpp"

namespace pianola {
namespace {

/// Which positions stand for the first `steps` actions: [steps × discrete | steps × continuous] of the chunk's
/// coordinates, which without a representation are all continuous.
std::vector<std::uint8_t> positions_of(const Quantizer& quantizer, std::size_t steps) {
  const ActionRepresentation* const map = quantizer.representation();
  const std::size_t chunk = quantizer.info().chunk, discrete = map == nullptr ? 0 : map->discrete();
  const std::size_t continuous = chunk_coordinates(quantizer) / chunk - discrete;
  std::vector<std::uint8_t> at(quantizer.info().max_tokens, 0);
  std::fill_n(at.begin(), steps * discrete, std::uint8_t{1});
  std::fill_n(at.begin() + static_cast<std::ptrdiff_t>(chunk * discrete), steps * continuous, std::uint8_t{1});
  return at;
}

std::shared_ptr<ForcedTokens> forced_tokens(const PolicyDeciderParts& parts, std::size_t lanes) {
  if (parts.committed == 0 || !tokens_are_coordinates(*parts.quantizer)) return nullptr;
  auto forced = std::make_shared<ForcedTokens>();
  forced->at = positions_of(*parts.quantizer, parts.committed);
  forced->tokens.resize(lanes * parts.quantizer->info().max_tokens);
  return forced;
}

}  // namespace

PolicyDecider::PolicyDecider(std::shared_ptr<const PolicyDeciderParts> parts, std::size_t lanes)
    : parts_(std::move(parts)),
      lanes_(lanes),
      forced_(forced_tokens(*parts_, lanes)),
      policy_(forced_ == nullptr ? parts_->policy : make_forced_policy(parts_->policy, forced_)),
      decoder_(*policy_, *parts_->quantizer, parts_->options, lanes),
      memory_(lanes * parts_->quantizer->info().memory_size),
      remembers_(observed_memory(*parts_->quantizer)),
      features_(memory_features_of(*parts_->quantizer).size()),
      seen_(remembers_ != nullptr ? lanes * parts_->policy->info().observation_dim : 0),
      history_(lanes, parts_->policy->info()) {}

std::unique_ptr<ChunkDecider> PolicyDecider::clone() const {
  auto copy = std::make_unique<PolicyDecider>(parts_, lanes_);
  copy->key_ = key_;
  copy->memory_ = memory_;
  copy->history_ = history_;
  return copy;
}

void PolicyDecider::reset(const NoiseKey& key) {
  key_ = key;
  history_.reset();
  std::ranges::fill(memory_, 0.0);
}

void PolicyDecider::observe(std::span<const double> observations) {
  if (remembers_ == nullptr) return history_.observe(observations);
  const std::size_t width = parts_->policy->info().observation_dim, plant = width - features_;
  const std::size_t size = parts_->quantizer->info().memory_size;
  for (std::size_t lane = 0; lane < lanes_; ++lane) {
    const auto row = std::span(seen_).subspan(lane * width, width);
    std::copy_n(&observations[lane * plant], plant, row.begin());
    remembers_->observe_memory(std::span(memory_).subspan(lane * size, size), row.subspan(plant));
  }
  history_.observe(seen_);
}

void PolicyDecider::decide(const Situation& situation, std::span<const double> committed, const ChunkDecision& out) {
  if (forced_ != nullptr) force(situation, committed);
  decoder_.decide(key_, situation, history_.values(), out.actions, out.tokens, out.log_probabilities, memory_);
}

/// The tokens of the committed actions, as seen from here; the chunk's other actions, whose tokens are not forced,
/// repeat the last of them.
void PolicyDecider::force(const Situation& situation, std::span<const double> committed) {
  const std::size_t chunk = parts_->quantizer->info().chunk, dim = parts_->quantizer->info().action_dim;
  const std::size_t count = parts_->committed;
  chunks_.resize(lanes_ * chunk * dim);
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    const std::size_t lane = i / (chunk * dim), k = std::min(i / dim % chunk, count - 1);
    chunks_[i] = static_cast<float>(committed[(lane * count + k) * dim + i % dim]);
  }
  lengths_.resize(lanes_);
  memory_before_ = memory_;
  const NoiseKey dither = key_.child("dither");
  parts_->quantizer->encode(chunks_,
                            CodecContext{&dither, situation.ids, situation.h, memory_before_, situation.observations},
                            TokenBatch{forced_->tokens, lengths_});
}

}  // namespace pianola
