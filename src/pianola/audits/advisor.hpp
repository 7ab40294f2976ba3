// The advisor: which quantizer, representatives, resolution and deployment for these data and this plant, found by
// trying in closed loop what offline numbers misrank.
//
// All rollouts that it plays are counted, the expert's own included, and are never more than the plan's. They go to:
//
//   1. the plant's gains (docs/theory.md §3), from impulses; nothing where it is linear
//   2. a few trajectories of the expert, along which every candidate's certificate terms are summed (§8)
//   3. the climb over resolutions, the other schemes about its knee, successive halving (advice_search.hpp)
//   4. rivals of whom the rule would choose now (advice_choice.hpp): middles, coarser and finer ones of its kind, and
//      whoever looks as good with fewer bits, over the same rollouts; then one thing changed at a time: dithering,
//      chunks, augmentation. Where that changes the choice, the next one's
//   5. trained policies, where there are any
//
// The choice is made last, by the rule, over everything that was played.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "pianola/audits/advice.hpp"
#include "pianola/audits/learner_trials.hpp"
#include "pianola/control/controller.hpp"

namespace pianola {

class AutoencoderTrainer;  // quantizers/autoencoder.hpp

struct AdvicePlan {
  Deployment plant;  ///< system and expert
  const Dataset* data = nullptr;
  NoiseKey key;
  std::size_t rollouts = 200;  ///< at most, in all
  std::uint32_t horizon = 0;   ///< 0: the system's
  double tolerance = 0.05;     ///< largest regret to put up with, as a fraction of H × reward range
  double most_bits = std::numeric_limits<double>::infinity();  ///< an action
  std::vector<std::string> given;                              ///< quantizers to try beside the advisor's own
  std::vector<LearnerRequest> learners;                        ///< trained policies to look at
  double budget_minutes = 0.0;                                 ///< of training on the data; 0: none
  std::filesystem::path work;                                  ///< where trained runs go; needed with a budget
  std::uint64_t seed = 0;                                      ///< of trainings
  const AutoencoderTrainer* trainer = nullptr;
  Progress* progress = nullptr;
};

/// The least rollouts that a search makes sense with; with policies to look at, as many again, and more for many.
inline constexpr std::size_t kLeastAdviceRollouts = 60;

/// The same bits for any number of threads, but for what a budget of time trains.
/// @throws UsageError without a plant, an expert or enough rollouts, for an expert that does not stabilise its linear
/// plant, or for a given quantizer that cannot be fitted; Interrupted.
Advice advise(const AdvicePlan& plan);

}  // namespace pianola
