// Demonstrations played again: the plant that they were collected on, under the same noise, driven by the recorded
// actions. What stands in the dataset is then known with the whole state of the plant, and another trajectory can be
// coupled to it.
//
// A dataset that `collect` wrote names its system and seed; each of its trajectories is the lane of its number. That
// they are played again as recorded is checked at every step.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/parallel.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

/// The noise under which a dataset was collected. `who` begins the error.
/// @throws UsageError if the dataset does not say (attributes `system` and `seed`).
NoiseKey collected_key(const std::string& who, const DatasetInfo& info);

class DemonstrationReplay {
 public:
  /// Trajectories [block.begin, block.end), from their initial states on. Keeps references to both.
  /// @throws as collected_key and advance.
  DemonstrationReplay(std::string who, const System& system, const Dataset& demonstrations, const Block& block);

  /// What is seen at this step. A lane whose trajectory has no such step is not `running`.
  [[nodiscard]] Situation situation() const { return {ids_, h_, observations_, outcomes_, plant_.get()}; }
  [[nodiscard]] const Trajectory& demonstration(std::size_t lane) const { return demonstrations_[lane]; }
  /// Row of the demonstration at this step, or its last.
  [[nodiscard]] std::size_t row(std::size_t lane) const;

  /// Plays the recorded actions of this step; false, and nothing happens, where no lane is running.
  /// @throws DataError naming trajectory, step, number and both values where the plant is elsewhere than recorded.
  bool advance();

 private:
  void compare();

  std::string who_;
  const System& system_;
  const Dataset& data_;
  std::vector<Trajectory> demonstrations_;  // [lanes]
  std::unique_ptr<Simulation> plant_;
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint32_t> h_;
  std::vector<double> observations_, actions_, rewards_;
  std::vector<Outcome> outcomes_;
};

}  // namespace pianola
