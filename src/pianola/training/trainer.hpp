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
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/systems/system.hpp"
#include "pianola/experts/expert.hpp"

namespace pianola {

/// Everything that decides a training; one visit drives TOML, --set and the run's config.toml.
struct TrainConfig {
  std::string data, quantizer = "uniform", policy = "mlp", system, expert, assets;
  int chunk = 1;
  int history = 1;
  int steps = 10000;
  int batch = 256;
  double learning_rate = 1e-3;
  double weight_decay = 1e-2;
  double warmup = 0.05;        ///< fraction of the steps with a linearly growing rate
  double final_rate = 0.0;     ///< rate at the end of the cosine, as a fraction of learning_rate
  double gradient_clip = 1.0;  ///< largest global norm; 0: off
  double ema = 0.999;          ///< decay of the averaged weights; 0: off
  double validation = 0.1;     ///< fraction of trajectories held out
  int checkpoint_every = 100;
  int candidates = 5;          ///< evenly spaced weights kept, of which rollouts choose the best
  int selection_rollouts = 20; ///< fixed-seed rollouts per candidate, where a system is given
  std::uint64_t seed = 0;
  int threads = 0;
  template <class V>
  void visit(V&& v) {
    v("data", data, "dataset"), v("quantizer", quantizer, "quantizer spec"), v("policy", policy, "policy spec");
    v("system", system, "system on which checkpoints are compared"), v("expert", expert, "its expert");
    v("assets", assets, "where MJCF of gymnasium tasks lies");
    v("chunk", chunk, "actions a chunk"), v("history", history, "observations a decision sees");
    v("steps", steps, "gradient steps"), v("batch", batch, "samples a step");
    v("learning_rate", learning_rate, "peak rate of AdamW"), v("weight_decay", weight_decay, "decoupled decay");
    v("warmup", warmup, "fraction of steps of linear warm-up"), v("final_rate", final_rate, "end of the cosine, of the peak");
    v("gradient_clip", gradient_clip, "largest global gradient norm; 0: off");
    v("ema", ema, "decay of the averaged weights; 0: off"), v("validation", validation, "fraction of trajectories held out");
    v("checkpoint_every", checkpoint_every, "steps between checkpoints");
    v("candidates", candidates, "weights kept, of which rollouts choose");
    v("selection_rollouts", selection_rollouts, "fixed-seed rollouts per candidate");
    v("seed", seed, "of initial weights, batches and split"), v("threads", threads, "0: all cores");
  }
};

struct TrainResult {
  std::filesystem::path run;
  std::size_t steps = 0;
  double train_nll = 0.0;                          ///< nats per action, whole training set, deployed weights
  std::optional<double> validation_nll;            ///< null without held-out trajectories
  std::optional<double> train_nll_raw, validation_nll_raw;  ///< of the raw weights beside the EMA's
  std::optional<double> bits_per_dimension;
  std::vector<double> decoded_rmse_per_dimension;  ///< argmax decoding against the raw action, action units
  double samples_per_second = 0.0;
  std::string chosen;                              ///< "ema@10000", "ema@8000 (best of 5 by return)"
  std::optional<std::filesystem::path> resumed_from;
};

struct TrainPlan {
  TrainConfig config;
  const Dataset* data = nullptr;
  std::shared_ptr<const Quantizer> quantizer;
  std::shared_ptr<const System> system;  ///< may be null
  std::shared_ptr<const Expert> expert;  ///< may be null
  std::filesystem::path run;
  bool resume = false;
  Progress* progress = nullptr;
};

/// @throws UsageError (the run exists and resume is off, dimensions differ), DataError (checkpoint damaged or of another
/// configuration), ResourceError, Interrupted (after a checkpoint).
TrainResult train(const TrainPlan& plan);

/// Threads of LibTorch's own pools, beside set_threads.
void set_training_threads(int count);

}  // namespace pianola
