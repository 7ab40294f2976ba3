// Data augmentation: demonstrations, and trajectories that are made of them by relabelling states that the expert did
// not visit. A policy is then trained on both like on any dataset.
//
// Where acting on a model's state (control/augmented.cpp) keeps the policy in the expert's distribution, augmentation
// takes the distribution to the policy: it learns beforehand what to play on the states that it would reach.
//
// What is written holds what learning sees: observations, labels, next observations where the demonstrations have them,
// and, where they differ from the labels, executed actions. The attribute `relabelled` (data/relabelled.hpp) says which
// trajectories are demonstrations, so that transition models learn from those alone, and what is made of a held-out
// demonstration is not trained on. Actions come one at a time: a chunk of tokens has no single state to be relabelled
// on.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/parallel.hpp"
#include "pianola/base/progress.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/data/dataset.hpp"

namespace pianola {

struct AugmentPlan {
  const Dataset* demonstrations = nullptr;
  Deployment deployment;  ///< a run's: quantizer, policy, model; system and expert where there are such
  NoiseKey key;
  Progress* progress = nullptr;
};

/// What was made of one demonstration.
struct Relabelled {
  /// With next observations; executed actions empty where they are the labels.
  std::vector<Trajectory> trajectories;
  std::size_t cut_short = 0;  ///< of them, and of those without a step: ended before what they follow did
};

/// One way of relabelling, made for a plan; immutable, shared by threads.
class Augmentation {
 public:
  virtual ~Augmentation() = default;
  [[nodiscard]] virtual const std::string& spec() const = 0;  ///< canonical
  /// What is made of demonstrations [block.begin, block.end), of each in order. Of a demonstration the same bits,
  /// whatever block it is in.
  [[nodiscard]] virtual std::vector<Relabelled> relabel(const Block& block) const = 0;
};

struct AugmentationEntry {
  std::string name, summary;
  std::vector<OptionHelp> options;
  /// The plan, which outlives what is made, has demonstrations, a quantizer of their dimensions and chunks of one
  /// action.
  std::unique_ptr<const Augmentation> (*make)(const Spec&, const AugmentPlan&);
};

/// Known augmentations: model, closest. Adding one: a source file that defines
/// `AugmentationEntry augmentation_entry_NAME()`, one line in augmentation.cpp, a test.
std::span<const AugmentationEntry> augmentations();

struct AugmentedDataset {
  Dataset data;                    ///< the demonstrations, then what was made of each
  std::string spec;                ///< canonical
  std::size_t demonstrations = 0;  ///< trajectories of `data` that are
  std::size_t unused = 0;          ///< of them, those of which nothing was made
  std::size_t relabelled = 0, relabelled_steps = 0;
  std::size_t off_label = 0;  ///< relabelled steps whose executed action was not the label
  std::size_t cut_short = 0;
};

/// Makes the dataset. Same bits for any number of threads. Memory: the demonstrations and what is made of them.
/// @throws UsageError for an unknown name or option, a plan without what the augmentation is made of, dimensions that
/// differ, chunks of several actions, demonstrations that are augmented already, or of which nothing can be made;
/// DataError where a demonstration does not say what it should; Interrupted on Ctrl-C.
AugmentedDataset augment(const std::string& spec, const AugmentPlan& plan);

/// Names of what the dataset records that an augmented one does not: "rewards".
std::vector<std::string> left_out_by_augmenting(const Dataset& demonstrations);

}  // namespace pianola
