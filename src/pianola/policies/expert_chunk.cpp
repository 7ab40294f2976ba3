#include "pianola/policies/expert_chunk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "pianola/base/error.hpp"

namespace pianola {

namespace {

/// Without branches, so that it runs through lanes as vectors: it is asked at every step and nearly always true.
bool finite(std::span<const double> values) {
  std::uint64_t wrong = 0;
  for (const double u : values) wrong |= std::abs(u) <= std::numeric_limits<double>::max() ? 0 : 1;
  return wrong == 0;
}

}  // namespace

void diverge_where_not_finite(std::span<const double> actions, std::span<Outcome> outcomes) {
  if (outcomes.empty() || finite(actions)) return;
  const std::size_t dim = actions.size() / outcomes.size();
  for (std::size_t lane = 0; lane < outcomes.size(); ++lane) {
    if (outcomes[lane] != Outcome::running) continue;
    if (!finite(actions.subspan(lane * dim, dim))) outcomes[lane] = Outcome::diverged;
  }
}

void make_finite(std::span<double> actions, std::span<std::uint8_t> replaced) {
  std::ranges::fill(replaced, std::uint8_t{0});
  if (replaced.empty() || finite(actions)) return;
  const std::size_t width = actions.size() / replaced.size();
  for (std::size_t i = 0; i < replaced.size(); ++i) {
    const auto row = actions.subspan(i * width, width);
    if (finite(row)) continue;
    replaced[i] = 1;
    std::ranges::fill(row, 0.0);
  }
}

ExpertChunk::ExpertChunk(const Expert& expert, std::size_t chunk, std::size_t lanes)
    : expert_(expert), chunk_(chunk), lanes_(lanes), step_actions_(chunk > 1 ? lanes * expert.info().action_dim : 0) {
  assert(chunk_ > 0);
}

ExpertChunk::~ExpertChunk() = default;

void ExpertChunk::plan(const NoiseKey& key, const Situation& situation, std::span<double> actions,
                       std::span<const double> committed) {
  assert(situation.lanes() == lanes_ && actions.size() == lanes_ * chunk_ * expert_.info().action_dim);
  assert(committed.size() < actions.size() || actions.empty());
  if (chunk_ == 1) return expert_.act(key, situation, actions);
  choose(0, key, situation, committed);
  place(0, actions);
  copy_plant(key, situation);
  const Situation copied{ids_, h_, observations_, outcomes_, copy_.get()};
  for (std::size_t k = 1; k < chunk_; ++k) {
    diverge_where_not_finite(step_actions_, outcomes_);
    copy_->step(h_, step_actions_, rewards_, outcomes_);
    for (auto& h : h_) ++h;
    copy_->observe(observations_);
    choose(k, key, copied, committed);
    place(k, actions);
  }
}

/// The k-th action, into step_actions_: a committed one, or what the expert plays in the situation.
void ExpertChunk::choose(std::size_t k, const NoiseKey& key, const Situation& situation,
                         std::span<const double> committed) {
  const std::size_t dim = expert_.info().action_dim, count = committed.size() / std::max<std::size_t>(lanes_ * dim, 1);
  if (k >= count) return expert_.act(key, situation, step_actions_);
  for (std::size_t lane = 0; lane < lanes_; ++lane) {
    std::ranges::copy(committed.subspan((lane * count + k) * dim, dim), &step_actions_[lane * dim]);
  }
}

void ExpertChunk::copy_plant(const NoiseKey& key, const Situation& situation) {
  if (situation.plant == nullptr) {
    throw UsageError(fmt::format(
        "quantized expert: the expert's next {} actions need a simulated plant to roll it on; use --chunk 1, or a "
        "trained policy",
        chunk_));
  }
  const System& system = situation.plant->system();
  if (!copy_ || &copy_->system() != &system) {
    copy_ = system.simulate(lanes_);
    saved_.resize(lanes_ * system.info().state_size);
    observations_.resize(lanes_ * system.info().observation_dim);
    rewards_.resize(lanes_);
    ids_.clear();
  }
  // The state comes from restore(); reset() only names the noise, so it is called where that changed.
  if (key != key_ || !std::ranges::equal(ids_, situation.ids)) {
    key_ = key;
    ids_.assign(situation.ids.begin(), situation.ids.end());
    copy_->reset(key.child("plan"), ids_);
  }
  situation.plant->save(saved_);
  copy_->restore(saved_);
  h_.assign(situation.h.begin(), situation.h.end());
  outcomes_.assign(situation.outcomes.begin(), situation.outcomes.end());
}

void ExpertChunk::place(std::size_t k, std::span<double> actions) const {
  const std::size_t dim = expert_.info().action_dim;
  for (std::size_t lane = 0; lane < lanes_; ++lane) {
    std::copy_n(&step_actions_[lane * dim], dim, &actions[(lane * chunk_ + k) * dim]);
  }
}

}  // namespace pianola
