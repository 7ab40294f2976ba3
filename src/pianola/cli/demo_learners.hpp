// The demo's two learners: one of clean demonstrations, one of as many perturbed ones. Starts, noise of the plant, net,
// steps and held-out trajectories are the same; only what the demonstrations show differs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "pianola/base/progress.hpp"
#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/control/collect.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/training/trainer.hpp"

namespace pianola::cli {

struct DemoLearner {
  std::string name;            ///< of its demonstrations: "clean", "perturbed"
  double sigma = 0.0;          ///< of the noise added to executed actions, action units; labels stay the expert's
  double clean_share = 1.0;    ///< fraction of demonstrations without noise
  std::filesystem::path data;  ///< its dataset
  std::filesystem::path run;   ///< its run folder
  Collection collected;
  Dataset demonstrations;
  TrainResult training;
  std::size_t controller = 0;  ///< row of its policy, sampled, in DemoStory::learned; other decodings follow
};

/// The clean and the perturbed one; files under `folder`: clean.hdf5, perturbed.hdf5, runs/clean, runs/perturbed.
std::vector<DemoLearner> demo_learners(const std::filesystem::path& folder);

/// Writes `count` demonstrations to learner.data and reads them back. @throws as collect and create_dataset.
void collect_demonstrations(DemoLearner& learner, const Deployment& plant, std::size_t count, const NoiseKey& key,
                            Progress& progress);

struct DemoTraining {
  std::string quantizer, policy;  ///< specs
  int steps = 6000;
  std::uint64_t seed = 0;
};

/// Trains all learners, side by side where there are threads: each takes one, so that bits do not depend on how many
/// there are. @throws UsageError without LibTorch; as train.
void train_learners(std::vector<DemoLearner>& learners, const DemoTraining& options, const Deployment& plant,
                    Progress& progress);

/// Mean ‖x_h − x'_h‖ over the pairs (trajectory i of `a`, of `b`) that differ anywhere and last so long, for each step
/// h [longest]; observation units.
std::vector<Estimate> distance_by_step(const Dataset& a, const Dataset& b);

}  // namespace pianola::cli
