// Log-loss behavior cloning (docs/theory.md §2): π̂ = argmax Σ_i Σ_h log π_h(q(u_h^i) | x_h^i), by AdamW on tokens.
//
// Writes a run folder (policies/run_folder.hpp). Nothing LibTorch shows here: the sources of this folder alone
// include it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pianola/base/progress.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/experts/expert.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/systems/system.hpp"
#include "pianola/training/model_trainer.hpp"
#include "pianola/training/train_config.hpp"

namespace pianola {

struct TrainResult {
  std::filesystem::path run;
  std::size_t steps = 0;
  std::optional<double> train_nll;  ///< nats per action, whole training set, deployed weights; null without a density
  std::optional<double> validation_nll;                      ///< null without held-out trajectories
  std::optional<double> train_nll_raw, validation_nll_raw;   ///< of the raw weights beside the EMA's
  std::optional<double> bits_per_dimension, outside, atoms;  ///< final_report.hpp
  std::vector<double> decoded_rmse_per_dimension;            ///< argmax decoding against the raw action, action units
  double samples_per_second = 0.0;                           ///< 0 where nothing was left to do
  std::string chosen;                                        ///< "ema@10000", "ema@8000 (best of 5 by return)"
  std::optional<std::filesystem::path> resumed_from;
  std::optional<ModelReport> model;  ///< of config.with_model
};

struct TrainPlan {
  TrainConfig config;
  const Dataset* data = nullptr;
  std::shared_ptr<const Quantizer> quantizer;  ///< null for policies without tokens
  std::shared_ptr<const System> system;        ///< may be null
  std::shared_ptr<const Expert> expert;        ///< may be null
  std::filesystem::path run;
  bool resume = false;
  Progress* progress = nullptr;
};

/// @throws UsageError (the run exists and resume is off, dimensions differ), DataError (checkpoint damaged or of
/// another configuration), ResourceError, Interrupted (after a checkpoint).
TrainResult train(const TrainPlan& plan);

/// Threads of LibTorch's own pools, beside set_threads; 0: as many as threads().
void set_training_threads(int count);

/// The same for a training of a network of so many parameters: config.threads, or as many as its steps are worth.
void set_training_threads(const TrainConfig& config, std::size_t parameters);

/// Threads that a step of so many floating-point operations is worth, where none were asked for: waking a second one
/// costs more than it brings to a small network.
int threads_worth(double flops_a_step);

/// What LibTorch uses now.
int training_threads();

}  // namespace pianola
