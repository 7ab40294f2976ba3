#include "pianola/policies/learned_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/rows.hpp"
#include "pianola/policies/training_range.hpp"

namespace pianola {
namespace {

/// One auxiliary trajectory a lane.
class LearnedSession final : public TransitionSession {
 public:
  LearnedSession(const LearnedModelParts& parts, bool draws, std::size_t lanes)
      : parts_(parts),
        draws_(draws),
        lanes_(lanes),
        dim_(parts.observation_dim()),
        states_(lanes * dim_),
        outcomes_(lanes, Outcome::running),
        left_(lanes, kNever),
        apart_(parts.members.size() > 1 ? lanes : 0),
        turns_(angle_turns(parts.geometry, parts.low, parts.high)),
        inputs_(lanes * parts.inputs()),
        steps_(lanes * dim_),
        modes_(parts.members.size() * lanes * dim_),
        next_(dim_),
        terms_(parts.members.size() * lanes) {
    for (const auto& member : parts.members) members_.push_back(member->session(lanes));
  }

  [[nodiscard]] std::unique_ptr<TransitionSession> clone() const override {
    auto copy = std::make_unique<LearnedSession>(parts_, draws_, lanes_);
    copy->stream_ = stream_;
    copy->states_ = states_;
    copy->outcomes_ = outcomes_;
    copy->left_ = left_;
    copy->apart_ = apart_;
    return copy;
  }

  void start(const NoiseKey& key, const Situation& situation) override {
    stream_ = key.child("plan").child("model");
    for (std::size_t lane = 0; lane < lanes_; ++lane) place(situation, lane);
  }

  void restart(const Situation& situation, std::span<const std::uint8_t> which) override {
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      if (which[lane] != 0) place(situation, lane);
    }
  }

  void step(const TokenStep& played) override {
    look(played);
    if (!apart_.empty() || !draws_) find_modes();
    if (!apart_.empty()) measure_disagreement();
    if (draws_) {
      draw(played);
    } else {
      mean_of_modes();
    }
    for (std::size_t lane = 0; lane < lanes_; ++lane) take(lane, played.h[lane]);
  }

  void observe(std::span<double> out) const override { std::ranges::copy(states_, out.begin()); }
  [[nodiscard]] std::span<const Outcome> outcomes() const override { return outcomes_; }
  [[nodiscard]] std::span<const double> disagreement() const override { return apart_; }
  [[nodiscard]] std::span<const std::uint32_t> left_range() const override { return left_; }

  bool log_density(const TokenStep& played, std::span<const double> next, std::span<double> out) override {
    look(played);
    find_increments(next);
    for (std::size_t j = 0; j < members_.size(); ++j) {
      members_[j]->log_density(steps_, std::span(terms_).subspan(j * lanes_, lanes_));
    }
    for (std::size_t lane = 0; lane < lanes_; ++lane) out[lane] = log_mean_exp(lane);
    return true;
  }

  /// Of an ensemble: members are weighed by the density that they gave to the dimensions before, which laws do not say
  /// one by one; one member only.
  bool integral_transform(const TokenStep& played, std::span<const double> next, std::span<double> out) override {
    if (members_.size() != 1) return false;
    look(played);
    find_increments(next);
    members_[0]->integral_transform(steps_, out);
    return true;
  }

 private:
  [[nodiscard]] std::span<double> state(std::size_t lane) { return std::span(states_).subspan(lane * dim_, dim_); }
  [[nodiscard]] std::span<double> modes_of(std::size_t member) {
    return std::span(modes_).subspan(member * lanes_ * dim_, lanes_ * dim_);
  }
  [[nodiscard]] std::span<double> mode_of(std::size_t member, std::size_t lane) {
    return modes_of(member).subspan(lane * dim_, dim_);
  }

  void place(const Situation& situation, std::size_t lane) {
    std::ranges::copy(situation.observations.subspan(lane * dim_, dim_), state(lane).begin());
    outcomes_[lane] = situation.outcomes[lane];
    left_[lane] = kNever;
  }

  /// What the members see, and their laws.
  void look(const TokenStep& played) {
    const std::size_t width = parts_.inputs(), actions = parts_.action_dim, tokens = played.tokens.size() / lanes_;
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      model_inputs(parts_, state(lane), played.actions.subspan(lane * actions, actions),
                   played.tokens.subspan(lane * tokens, tokens), std::span(inputs_).subspan(lane * width, width));
    }
    for (const auto& member : members_) member->begin(inputs_);
  }

  void find_modes() {
    for (std::size_t j = 0; j < members_.size(); ++j) members_[j]->mode(modes_of(j));
  }

  void mean_of_modes() {
    std::ranges::fill(steps_, 0.0);
    for (std::size_t i = 0; i < modes_.size(); ++i) steps_[i % steps_.size()] += modes_[i];
    for (double& step : steps_) step /= static_cast<double>(members_.size());
  }

  /// √ mean_d (std over members of mode_d / range_d)².
  void measure_disagreement() {
    const auto count = static_cast<double>(members_.size());
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      double sum = 0.0;
      for (std::size_t d = 0; d < dim_; ++d) {
        if (never_moved(parts_.low[d], parts_.high[d])) continue;
        const double range = parts_.high[d] - parts_.low[d];
        double mean = 0.0, square = 0.0;
        for (std::size_t j = 0; j < members_.size(); ++j) mean += mode_of(j, lane)[d] / count;
        for (std::size_t j = 0; j < members_.size(); ++j) square += std::pow(mode_of(j, lane)[d] - mean, 2);
        sum += square / (count - 1.0) / (range * range);
      }
      apart_[lane] = std::sqrt(sum / static_cast<double>(dim_));
    }
  }

  void draw(const TokenStep& played) {
    for (std::size_t j = 0; j < members_.size(); ++j) {
      members_[j]->draw(stream_, played.ids, played.h, modes_of(j));
    }
    const NoiseKey choice = stream_.child("member");
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      const double u = members_.size() > 1 ? uniform(choice, played.ids[lane], played.h[lane]) : 0.0;
      const auto j = static_cast<std::size_t>(u * static_cast<double>(members_.size()));
      std::ranges::copy(mode_of(j, lane), &steps_[lane * dim_]);
    }
  }

  /// x̃ ← x̃ + Δ, unless that is no state.
  void take(std::size_t lane, std::uint32_t h) {
    if (outcomes_[lane] != Outcome::running) return;
    std::ranges::copy(state(lane), next_.begin());
    move_observation(parts_.geometry, turns_, row_of(steps_, lane, dim_), next_);
    for (std::size_t d = 0; d < dim_; ++d) {
      if (never_moved(parts_.low[d], parts_.high[d])) next_[d] = state(lane)[d];
    }
    const double outside = widths_outside<double>(parts_.low, parts_.high, next_);
    if (outside > 0.0 && left_[lane] == kNever) left_[lane] = h;
    if (outside <= 1.0) std::ranges::copy(next_, state(lane).begin());
  }

  void find_increments(std::span<const double> next) {
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      observation_difference(parts_.geometry, state(lane), next.subspan(lane * dim_, dim_),
                             std::span(steps_).subspan(lane * dim_, dim_));
    }
  }

  [[nodiscard]] double log_mean_exp(std::size_t lane) const {
    double largest = terms_[lane], sum = 0.0;
    for (std::size_t j = 1; j < members_.size(); ++j) largest = std::max(largest, terms_[j * lanes_ + lane]);
    if (!std::isfinite(largest)) return largest;
    for (std::size_t j = 0; j < members_.size(); ++j) sum += std::exp(terms_[j * lanes_ + lane] - largest);
    return largest + std::log(sum / static_cast<double>(members_.size()));
  }

  const LearnedModelParts& parts_;
  bool draws_;
  std::size_t lanes_, dim_;
  NoiseKey stream_;
  std::vector<double> states_;  // [lanes × dim]
  std::vector<Outcome> outcomes_;
  std::vector<std::uint32_t> left_;
  std::vector<double> apart_;
  std::vector<double> turns_;  // [angles], as the training data write them
  std::vector<std::unique_ptr<IncrementSession>> members_;
  // Scratch of a step:
  std::vector<double> inputs_, steps_, modes_, next_, terms_;
};

void check(const LearnedModelParts& parts) {
  const std::string who = fmt::format("transition model '{}'", parts.spec);
  if (parts.members.empty()) throw UsageError(who + ": it has no member; fit at least one");
  if (parts.high.size() != parts.low.size()) throw UsageError(who + ": its training range has two lengths");
  for (const auto& member : parts.members) {
    if (member->inputs() == parts.inputs() && member->dim() == parts.observation_dim()) continue;
    throw UsageError(
        fmt::format("{}: a member sees {} numbers and predicts {}, but there are {} and {}; train it again", who,
                    member->inputs(), member->dim(), parts.inputs(), parts.observation_dim()));
  }
  check_geometry(parts.geometry, parts.observation_dim(), who);
}

class LearnedModel final : public TransitionModel {
 public:
  LearnedModel(std::shared_ptr<const LearnedModelParts> parts, bool draws) : parts_(std::move(parts)), draws_(draws) {
    info_.spec = parts_->spec;
    info_.observation_dim = parts_->observation_dim();
    info_.action_dim = parts_->action_dim;
    info_.deterministic = !draws_;
    info_.reads_tokens = !parts_->vocabularies.empty();
    info_.members = parts_->members.size();
    info_.geometry = parts_->geometry;
  }
  [[nodiscard]] const TransitionInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<TransitionSession> session(std::size_t lanes) const override {
    return std::make_unique<LearnedSession>(*parts_, draws_, lanes);
  }
  [[nodiscard]] std::shared_ptr<const TransitionModel> most_likely() const override {
    return std::make_shared<LearnedModel>(parts_, false);
  }

 private:
  std::shared_ptr<const LearnedModelParts> parts_;
  bool draws_;
  TransitionInfo info_;
};

}  // namespace

std::size_t LearnedModelParts::inputs() const {
  const std::size_t tokens = std::accumulate(vocabularies.begin(), vocabularies.end(), std::size_t{0});
  return geometry.features(observation_dim()) + (vocabularies.empty() ? action_dim : tokens);
}

void model_inputs(const LearnedModelParts& parts, std::span<const double> state, std::span<const double> action,
                  std::span<const Token> tokens, std::span<double> out) {
  const std::size_t seen = parts.geometry.features(state.size());
  observation_features(parts.geometry, state, out.first(seen));
  if (parts.vocabularies.empty()) {
    std::ranges::copy(action, out.begin() + static_cast<std::ptrdiff_t>(seen));
    return;
  }
  assert(tokens.size() == parts.vocabularies.size());
  std::ranges::fill(out.subspan(seen), 0.0);
  std::size_t first = seen;
  for (std::size_t p = 0; p < tokens.size(); ++p) {
    out[first + std::min(tokens[p], parts.vocabularies[p] - 1)] = 1.0;
    first += parts.vocabularies[p];
  }
}

std::shared_ptr<const TransitionModel> make_learned_model(LearnedModelParts parts) {
  check(parts);
  return std::make_shared<LearnedModel>(std::make_shared<const LearnedModelParts>(std::move(parts)), true);
}

}  // namespace pianola
