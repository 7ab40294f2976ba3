#include "pianola/control/block_runner.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pianola/base/interrupt.hpp"
#include "pianola/policies/expert_chunk.hpp"

namespace pianola {
namespace {

constexpr std::uint32_t kStepsPerReport = 64;

template <class T>
std::vector<std::vector<T>> buffers(std::size_t count, std::size_t size) {
  return std::vector<std::vector<T>>(count, std::vector<T>(size));
}

/// A running lane whose reward is not finite diverged; every reward is finite afterwards. The first loop counts instead
/// of branching: it runs through lanes as vectors.
void diverge_where_not_rewarded(std::span<const Outcome> before, std::span<double> rewards, std::span<Outcome> after) {
  const auto finite = [](double reward) { return std::abs(reward) <= std::numeric_limits<double>::max(); };
  std::size_t rewarded = 0;
  for (const double reward : rewards) rewarded += finite(reward) ? 1 : 0;
  if (rewarded == rewards.size()) return;
  for (std::size_t lane = 0; lane < rewards.size(); ++lane) {
    if (finite(rewards[lane])) continue;
    rewards[lane] = 0.0;
    if (before[lane] == Outcome::running) after[lane] = Outcome::diverged;
  }
}

}  // namespace

BlockRunner::BlockRunner(const RolloutPlan& plan, std::size_t lanes)
    : plan_(plan),
      observation_dim_(plan.system->info().observation_dim),
      action_dim_(plan.system->info().action_dim),
      ids_(lanes),
      h_(lanes) {
  const std::size_t n = plan.controllers.size();
  for (const auto& recipe : plan.controllers) {
    plants_.push_back(plan.system->simulate(lanes));
    plant_views_.push_back(plants_.back().get());
    controllers_.push_back(recipe->make(lanes));
  }
  observations_ = next_observations_ = buffers<double>(n, lanes * observation_dim_);
  actions_ = buffers<double>(n, lanes * action_dim_);
  if (plan.disturb) executed_ = actions_;
  rewards_ = buffers<double>(n, lanes);
  before_ = after_ = buffers<Outcome>(n, lanes);
}

void BlockRunner::run(std::uint64_t first, Recorder& recorder) {
  begin(first);
  if (recorder.wants_traces() && traces_.empty()) make_traces();
  recorder.begin(ids_);
  std::uint32_t unreported = 0;
  const auto report = [&](std::uint32_t steps) {
    if (plan_.progress != nullptr) plan_.progress->advance(std::uint64_t{steps} * lanes());
    unreported = 0;
  };
  for (std::uint32_t h = 0; h < plan_.horizon; ++h) {
    throw_if_interrupted();
    const bool frozen = all_ended();
    step(h, recorder);
    if (++unreported == kStepsPerReport) report(unreported);
    if (!frozen) continue;
    unreported += plan_.horizon - h - 1;  // the steps that nobody needs to see
    break;
  }
  recorder.end();
  report(unreported);
}

void BlockRunner::begin(std::uint64_t first) {
  for (std::size_t lane = 0; lane < lanes(); ++lane) ids_[lane] = plan_.first_id + first + lane;
  for (std::size_t c = 0; c < plants_.size(); ++c) {
    plants_[c]->reset(plan_.key, ids_);
    plants_[c]->observe(observations_[c]);
    controllers_[c]->reset(plan_.key, ids_);
    std::ranges::fill(after_[c], Outcome::running);
  }
}

void BlockRunner::step(std::uint32_t h, Recorder& recorder) {
  const bool traced = recorder.wants_traces(), last = h + 1 == plan_.horizon;
  std::ranges::fill(h_, h);
  for (std::size_t c = 0; c < plants_.size(); ++c) {
    std::ranges::copy(after_[c], before_[c].begin());
    act(c, traced);
    if (plan_.disturb) disturb(c, h);
    advance(c, h, !last || recorder.wants_next_observations());
  }
  recorder.step(view(h, traced));
  observations_.swap(next_observations_);
}

void BlockRunner::act(std::size_t c, bool traced) {
  const Situation situation{ids_, h_, observations_[c], before_[c], plants_[c].get()};
  controllers_[c]->act(situation, actions_[c], traced ? &traces_[c] : nullptr);
}

void BlockRunner::disturb(std::size_t c, std::uint32_t h) {
  std::ranges::copy(actions_[c], executed_[c].begin());
  for (std::size_t lane = 0; lane < lanes(); ++lane) {
    plan_.disturb(ids_[lane], h, std::span(executed_[c]).subspan(lane * action_dim_, action_dim_));
  }
}

void BlockRunner::advance(std::size_t c, std::uint32_t h, bool observe) {
  const auto& actions = plan_.disturb ? executed_[c] : actions_[c];
  diverge_where_not_finite(actions, after_[c]);
  plants_[c]->step(h_, actions, rewards_[c], after_[c]);
  diverge_where_not_rewarded(before_[c], rewards_[c], after_[c]);
  if (h + 1 == plan_.horizon) std::ranges::replace(after_[c], Outcome::running, Outcome::truncated);
  if (observe) plants_[c]->observe(next_observations_[c]);
}

void BlockRunner::make_traces() {
  for (const auto& recipe : plan_.controllers) {
    const TraceShape shape = recipe->trace_shape();
    tokens_.emplace_back(lanes() * shape.tokens);
    log_probabilities_.emplace_back(lanes() * shape.log_probabilities);
    auxiliary_.emplace_back(lanes() * shape.auxiliary);
    age_.emplace_back(lanes());
  }
  for (std::size_t c = 0; c < tokens_.size(); ++c) {
    traces_.push_back({tokens_[c], log_probabilities_[c], auxiliary_[c], age_[c]});
  }
}

bool BlockRunner::all_ended() const {
  return std::ranges::all_of(
      after_, [](const auto& lanes) { return std::ranges::find(lanes, Outcome::running) == lanes.end(); });
}

StepView BlockRunner::view(std::uint32_t h, bool traced) const {
  return {.ids = ids_,
          .h = h,
          .observations = observations_,
          .actions = actions_,
          .executed = plan_.disturb ? executed_ : actions_,
          .rewards = rewards_,
          .before = before_,
          .after = after_,
          .next_observations = next_observations_,
          .traces = traced ? std::span<const ControlTrace>(traces_) : std::span<const ControlTrace>{},
          .plants = plant_views_};
}

}  // namespace pianola
