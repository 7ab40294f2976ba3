#include "pianola/control/demonstration_replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/control/origin.hpp"

namespace pianola {
namespace {

/// Relative to max(1, |recorded|): rounding of other libraries' sums; in a float32 file also that of actions, which a
/// trajectory adds up.
double tolerance(const DatasetInfo& info) { return info.observation_bits < 64 || info.action_bits < 64 ? 1e-3 : 1e-9; }

}  // namespace

NoiseKey collected_key(const std::string& who, const DatasetInfo& info) {
  const auto found = info.attributes.find("seed");
  std::uint64_t seed = 0;
  if (found != info.attributes.end()) {
    const char* end = found->second.data() + found->second.size();
    const auto [stop, error] = std::from_chars(found->second.data(), end, seed);
    if (error == std::errc() && stop == end && !origin_of(info.attributes).system.empty()) return NoiseKey(seed);
  }
  throw UsageError(
      fmt::format("{}: dataset '{}' does not say on which system and under which noise it was recorded (attributes "
                  "'system' and 'seed'), so its trajectories cannot be played again; give one that `pianola collect` "
                  "wrote",
                  who, info.path));
}

DemonstrationReplay::DemonstrationReplay(std::string who, const System& system, const Dataset& demonstrations,
                                         const Block& block)
    : who_(std::move(who)),
      system_(system),
      data_(demonstrations),
      plant_(system.simulate(block.end - block.begin)),
      h_(block.end - block.begin),
      observations_(h_.size() * system.info().observation_dim),
      actions_(h_.size() * system.info().action_dim),
      rewards_(h_.size()),
      outcomes_(h_.size(), Outcome::running) {
  for (std::size_t i = block.begin; i < block.end; ++i) {
    ids_.push_back(i);
    demonstrations_.push_back(demonstrations.trajectory(i));
  }
  plant_->reset(collected_key(who_, demonstrations.info()), ids_);
  plant_->observe(observations_);
  compare();
}

std::size_t DemonstrationReplay::row(std::size_t lane) const {
  return std::min<std::size_t>(h_[lane], demonstrations_[lane].steps - 1);
}

bool DemonstrationReplay::advance() {
  if (std::ranges::find(outcomes_, Outcome::running) == outcomes_.end()) return false;
  const std::size_t dim = system_.info().action_dim;
  for (std::size_t lane = 0; lane < ids_.size(); ++lane) {
    const Trajectory& t = demonstrations_[lane];
    const std::vector<double>& played = t.executed_actions.empty() ? t.actions : t.executed_actions;
    std::copy_n(&played[row(lane) * dim], dim, &actions_[lane * dim]);
  }
  plant_->step(h_, actions_, rewards_, outcomes_);
  plant_->observe(observations_);
  for (std::size_t lane = 0; lane < ids_.size(); ++lane) {
    ++h_[lane];
    if (outcomes_[lane] == Outcome::running && h_[lane] >= demonstrations_[lane].steps) {
      outcomes_[lane] = Outcome::truncated;
    }
  }
  compare();
  return true;
}

/// Lanes that go on have a recorded observation to stand beside.
void DemonstrationReplay::compare() {
  const std::size_t dim = system_.info().observation_dim;
  const double allowed = tolerance(data_.info());
  for (std::size_t lane = 0; lane < ids_.size(); ++lane) {
    const Trajectory& t = demonstrations_[lane];
    if (h_[lane] >= t.steps) continue;
    for (std::size_t d = 0; d < dim; ++d) {
      const double recorded = t.observations[h_[lane] * dim + d], played = observations_[lane * dim + d];
      const bool ended = outcomes_[lane] != Outcome::running;
      if (!ended && std::abs(played - recorded) <= allowed * std::max(1.0, std::abs(recorded))) continue;
      throw DataError(fmt::format(
          "{}: dataset '{}', trajectory {} '{}', step {}, observation {}: recorded is {}, but played again on '{}' {}; "
          "give the demonstrations as `pianola collect` wrote them, and the system that they name ('{}')",
          who_, data_.info().path, ids_[lane], t.name, h_[lane], d, recorded, system_.info().spec,
          ended ? "the trajectory has ended" : fmt::format("it is {}", played),
          origin_of(data_.info().attributes).system));
    }
  }
}

}  // namespace pianola
