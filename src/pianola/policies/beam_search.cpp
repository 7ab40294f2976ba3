#include "pianola/policies/beam_search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pianola/base/error.hpp"

namespace pianola {

BeamSearch::BeamSearch(const Policy& policy, const Quantizer& quantizer, std::size_t beams, std::size_t lanes)
    : quantizer_(quantizer),
      info_(quantizer.info()),
      history_size_(policy.info().history * policy.info().observation_dim),
      beams_(beams),
      lanes_(lanes),
      session_(policy.session(lanes * beams)),
      law_(largest_vocabulary(info_.vocabularies)),
      ids_(lanes * beams),
      steps_(lanes * beams),
      outcomes_(lanes * beams, Outcome::running),
      histories_(lanes * beams * history_size_),
      logits_(lanes * beams * largest_vocabulary(info_.vocabularies)),
      now_(lanes * beams, {0.0, 0, false, std::vector<Token>(info_.max_tokens), std::vector<float>(info_.max_tokens)}),
      next_(now_),
      parents_(lanes * beams),
      previous_(lanes * beams) {
  best_.reserve(beams + 1);
  if (session_->can_branch()) return;
  throw UsageError(
      fmt::format("decoder: decode=beam needs a policy whose sequences can branch, which '{}' cannot; use "
                  "decode=argmax or decode=sample",
                  policy.info().spec));
}

/// What each hypothesis sees: what its lane does.
Situation BeamSearch::repeated(const Situation& situation) {
  const std::size_t dim = situation.observations.size() / std::max<std::size_t>(lanes_, 1);
  observations_.resize(lanes_ * beams_ * dim);
  for (std::size_t row = 0; row < lanes_ * beams_; ++row) {
    const std::size_t lane = row / beams_;
    ids_[row] = situation.ids[lane];
    steps_[row] = situation.h[lane];
    outcomes_[row] = situation.outcomes.empty() ? Outcome::running : situation.outcomes[lane];
    std::ranges::copy(situation.observations.subspan(lane * dim, dim),
                      observations_.begin() + static_cast<std::ptrdiff_t>(row * dim));
  }
  return {ids_, steps_, observations_, outcomes_, nullptr};  // a plant has as many lanes as the robot, not the search
}

void BeamSearch::start(const NoiseKey& key, const Situation& situation, std::span<const float> histories) {
  for (std::size_t row = 0; row < lanes_ * beams_; ++row) {
    const auto from = histories.subspan(row / beams_ * history_size_, history_size_);
    std::ranges::copy(from, histories_.begin() + static_cast<std::ptrdiff_t>(row * history_size_));
    Hypothesis& hypothesis = now_[row];
    hypothesis.score = 0.0;
    hypothesis.length = 0;
    hypothesis.exists = row % beams_ == 0;
    std::ranges::fill(hypothesis.tokens, Token{0});
    std::ranges::fill(hypothesis.log_probabilities, 0.0F);
    previous_[row] = 0;
  }
  session_->noise(key);
  session_->begin(repeated(situation), histories_);
}

/// Whether the hypothesis goes on; law_'s mask is then what may follow.
bool BeamSearch::admits(const Hypothesis& hypothesis, std::size_t position) {
  if (!hypothesis.exists || hypothesis.length != position) return false;
  const auto mask = law_.mask(info_.vocabularies[position]);
  quantizer_.allowed({hypothesis.tokens.data(), position}, mask);
  return std::ranges::any_of(mask, [](bool may) { return may; });
}

bool BeamSearch::any_goes_on(std::size_t position) {
  return std::ranges::any_of(now_, [&](const Hypothesis& hypothesis) { return admits(hypothesis, position); });
}

/// Keeps the best `beams` candidates, sorted; of equals the first that came.
void BeamSearch::offer(const Candidate& candidate) {
  if (best_.size() == beams_ && candidate.score <= best_.back().score) return;
  const auto place = std::ranges::find_if(best_, [&](const Candidate& c) { return candidate.score > c.score; });
  best_.insert(place, candidate);
  if (best_.size() > beams_) best_.pop_back();
}

/// The best continuations of a lane's hypotheses; one that has no law is given up.
void BeamSearch::extend(std::size_t lane, std::size_t position, double temperature) {
  const std::size_t vocabulary = info_.vocabularies[position];
  best_.clear();
  for (std::uint32_t b = 0; b < beams_; ++b) {
    const std::size_t row = lane * beams_ + b;
    const Hypothesis& hypothesis = now_[row];
    if (!hypothesis.exists) continue;
    if (!admits(hypothesis, position)) {
      offer({hypothesis.score, b, 0, false});
      continue;
    }
    if (!law_.set({&logits_[row * vocabulary], vocabulary}, temperature, true)) continue;
    for (Token k = 0; k < vocabulary; ++k) {
      if (law_.has(k)) offer({hypothesis.score + law_.log_probability(k), b, k, true});
    }
  }
}

/// Makes the best candidates the lane's next hypotheses.
void BeamSearch::take(std::size_t lane, std::size_t position) {
  const std::size_t first = lane * beams_;
  for (std::size_t b = 0; b < beams_; ++b) {
    const std::size_t row = first + b;
    parents_[row] = static_cast<std::uint32_t>(row);
    previous_[row] = 0;
    next_[row].exists = b < best_.size();
    if (b >= best_.size()) continue;
    const Candidate& candidate = best_[b];
    const Hypothesis& parent = now_[first + candidate.parent];
    parents_[row] = static_cast<std::uint32_t>(first + candidate.parent);
    next_[row] = parent;
    if (!candidate.goes_on) continue;
    next_[row].tokens[position] = previous_[row] = candidate.token;
    next_[row].log_probabilities[position] = static_cast<float>(candidate.score - parent.score);
    next_[row].score = candidate.score;
    ++next_[row].length;
  }
}

void BeamSearch::search(const NoiseKey& key, const Situation& situation, std::span<const float> histories,
                        double temperature, const Sequences& out) {
  start(key, situation, histories);
  for (std::size_t p = 0; p < info_.max_tokens && any_goes_on(p); ++p) {
    session_->logits(previous_, std::span(logits_).first(lanes_ * beams_ * info_.vocabularies[p]));
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      extend(lane, p, temperature);
      take(lane, p);
    }
    std::swap(now_, next_);
    session_->branch(parents_);
  }
  for (std::size_t lane = 0; lane < lanes_; ++lane) {
    const Hypothesis& best = now_[lane * beams_];
    const std::size_t first = lane * info_.max_tokens;
    out.lengths[lane] = best.exists ? best.length : 0;
    out.lawless[lane] = best.exists ? 0 : 1;
    if (!best.exists) continue;
    std::ranges::copy(best.tokens, out.tokens.subspan(first).begin());
    if (!out.log_probabilities.empty()) {
      std::ranges::copy(best.log_probabilities, out.log_probabilities.subspan(first).begin());
    }
  }
}

std::optional<BeamSearch::Ranked> BeamSearch::ranked(std::size_t lane, std::size_t rank) const {
  const Hypothesis& found = now_[lane * beams_ + rank];
  if (!found.exists) return std::nullopt;
  return Ranked{found.tokens, found.length, found.score};
}

}  // namespace pianola
