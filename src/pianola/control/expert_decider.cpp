#include "pianola/control/expert_decider.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace pianola {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

ExpertDecider::ExpertDecider(std::shared_ptr<const ExpertDeciderParts> parts, std::size_t lanes)
    : parts_(std::move(parts)),
      lanes_(lanes),
      expert_(*parts_->expert, parts_->quantizer->info().chunk, lanes),
      memory_(lanes * parts_->quantizer->info().memory_size),
      raw_(lanes * parts_->quantizer->info().chunk * parts_->quantizer->info().action_dim),
      not_finite_(lanes) {}

std::unique_ptr<ChunkDecider> ExpertDecider::clone() const {
  auto copy = std::make_unique<ExpertDecider>(parts_, lanes_);
  copy->key_ = key_;
  copy->memory_ = memory_;
  return copy;
}

void ExpertDecider::reset(const NoiseKey& key) {
  key_ = key;
  std::ranges::fill(memory_, 0.0);
}

void ExpertDecider::decide(const Situation& situation, std::span<const double> committed, const ChunkDecision& out) {
  expert_.plan(key_, situation, raw_, committed);
  make_finite(raw_, not_finite_);
  const NoiseKey dither = key_.child("dither");
  CodecContext context{&dither, situation.ids, situation.h, memory_, situation.observations};
  if (!out.tokens.empty()) encode(context, out.tokens);
  parts_->quantizer->quantize(raw_, context, out.actions);
  const std::size_t width = raw_.size() / std::max<std::size_t>(lanes_, 1);
  for (std::size_t lane = 0; lane < lanes_; ++lane) {
    if (not_finite_[lane] != 0) std::ranges::fill(out.actions.subspan(lane * width, width), kNaN);
  }
}

/// The tokens of raw_; the quantizer's memory advances when it is quantized, not here.
void ExpertDecider::encode(const CodecContext& context, std::span<Token> tokens) {
  chunks_.assign(raw_.begin(), raw_.end());
  lengths_.assign(lanes_, 0);
  memory_before_ = memory_;
  CodecContext before = context;
  before.memory = memory_before_;
  std::ranges::fill(tokens, Token{0});
  parts_->quantizer->encode(chunks_, before, TokenBatch{tokens, lengths_});
}

}  // namespace pianola
