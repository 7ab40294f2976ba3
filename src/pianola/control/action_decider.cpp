#include "pianola/control/action_decider.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

void check(const ActionPolicy& policy, const DecodeOptions& options) {
  const std::string who = "policy '" + policy.info().spec + "'";
  if (options.mode == DecodeMode::beam || options.top_k != 0 || options.top_p != 1.0) {
    throw UsageError(who +
                     ": decode=beam, top_k and top_p are for tokens, which it does not have; use decode=sample, "
                     "argmax or mean");
  }
  if (options.temperature > 0.0 && std::isfinite(options.temperature)) return;
  throw UsageError(fmt::format("{}: temperature must be positive and finite, but is {}; for the mode use decode=argmax",
                               who, options.temperature));
}

}  // namespace

ActionDecider::ActionDecider(std::shared_ptr<const ActionDeciderParts> parts, std::size_t lanes)
    : parts_(std::move(parts)),
      lanes_(lanes),
      session_(parts_->policy->session(lanes)),
      history_(lanes, parts_->policy->info().history, parts_->policy->info().observation_dim) {
  check(*parts_->policy, parts_->options);
}

std::unique_ptr<ChunkDecider> ActionDecider::clone() const {
  auto copy = std::make_unique<ActionDecider>(parts_, lanes_);
  copy->key_ = key_;
  copy->history_ = history_;
  return copy;
}

void ActionDecider::reset(const NoiseKey& key) {
  key_ = key;
  history_.reset();
}

void ActionDecider::decide(const Situation& situation, std::span<const double>, const ChunkDecision& out) {
  session_->decide(key_, situation, history_.values(), parts_->options, out.actions);
}

}  // namespace pianola
