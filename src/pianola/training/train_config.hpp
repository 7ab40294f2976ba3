// Everything that decides a training, as one aggregate: TOML, --set, the run's config.toml and the comparison on
// --resume are all driven by its visit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pianola {

struct TrainConfig {
  std::string data, observation, action, subset, format, kinds, frame, state, quantizer = "auto", policy = "mlp",
                                                                              system, expert, assets, start_from;
  int step_limit = 0;  ///< of flat datasets without timeouts; 0: not given
  int chunk = 1;
  int history = 1;
  int context = 0;  ///< tokens of context, of sequences; 0: observations are the input
  int steps = 10000;
  int batch = 0;  ///< 0: see batch_size
  double learning_rate = 1e-3;
  double weight_decay = 1e-2;
  double warmup = 0.05;        ///< fraction of the steps with a linearly growing rate
  double final_rate = 0.0;     ///< rate at the end of the cosine, as a fraction of learning_rate
  double gradient_clip = 1.0;  ///< largest global norm; 0: off
  double ema = 0.999;          ///< decay of the averaged weights; 0: off
  double validation = 0.1;     ///< fraction of trajectories held out
  int checkpoint_every = 100;
  int candidates = 5;           ///< evenly spaced weights kept, of which rollouts choose the best
  int selection_rollouts = 20;  ///< fixed-seed rollouts per candidate, where a system is given
  std::string with_model;       ///< spec of a transition model that is fitted too; "": none
  std::uint64_t seed = 0;
  int threads = 0;
  template <class V>
  void visit(V&& v) {
    v("data", data, "dataset"), v("observation", observation, "its observation fields to concatenate: a,b");
    v("action", action, "its field that is the action"), v("subset", subset, "only these trajectories of it");
    v("from", format, "its format, where it fits several");
    v("step_limit", step_limit, "steps after which an episode ends, where no timeouts say so");
    v("kinds", kinds, "what action dimensions are: linear*6,binary; default: as recorded, else linear");
    v("frame", frame, "what actions are relative to: absolute, relative (to the state at the chunk's start), delta");
    v("state", state, "observation field or columns that are the state of the action's dimensions");
    v("quantizer", quantizer, "quantizer spec; auto: discrete for text and with context, else uniform"),
        v("policy", policy, "policy spec");
    v("system", system, "system on which checkpoints are compared"), v("expert", expert, "its expert");
    v("assets", assets, "where MJCF of gymnasium tasks lies");
    v("start_from", start_from, "run of the same policy whose weights, quantizer and normalisation are begun with");
    v("chunk", chunk, "actions a chunk"), v("history", history, "observations a decision sees");
    v("context", context, "tokens a decision sees, where the data are sequences of tokens; 0: none, of a text 64");
    v("steps", steps, "gradient steps"),
        v("batch", batch, "samples a step; 0: 256, of windows as many as hold 4,096 tokens");
    v("learning_rate", learning_rate, "peak rate of AdamW"), v("weight_decay", weight_decay, "decoupled decay");
    v("warmup", warmup, "fraction of steps of linear warm-up");
    v("final_rate", final_rate, "end of the cosine, of the peak");
    v("gradient_clip", gradient_clip, "largest global gradient norm; 0: off");
    v("ema", ema, "decay of the averaged weights; 0: off");
    v("validation", validation, "fraction of trajectories held out");
    v("checkpoint_every", checkpoint_every, "steps between checkpoints");
    v("candidates", candidates, "weights kept, of which rollouts choose");
    v("selection_rollouts", selection_rollouts, "fixed-seed rollouts per candidate");
    v("with_model", with_model, "transition model fitted beside the policy: mixture, linear, autoregressive");
    v("seed", seed, "of initial weights, batches and split"), v("threads", threads, "0: all cores");
  }
};

/// Samples a step: config.batch, or what 0 stands for: 256, and with a context as many windows as hold 4,096 tokens.
int batch_size(const TrainConfig& config);

/// Whether the policy's law is over actions, not tokens. @throws UsageError for a spec that cannot be read.
bool is_over_actions(const TrainConfig& config);

/// The quantizer that the policy takes: config.quantizer, or what auto stands for: discrete with a context, else
/// uniform; for `bet` k-means of whole chunks; "" where the law is over actions. @throws UsageError if one was named
/// for a policy that takes none.
std::string quantizer_spec(const TrainConfig& config);

/// @throws UsageError naming the first option out of range, its value and its range.
void check_config(const TrainConfig& config);

/// Names and values of a table of notes, in order.
using Notes = std::vector<std::pair<std::string, std::string>>;

/// config.toml: format_version, every option with its help, and the table [provenance] of notes.
std::string config_to_toml(TrainConfig config, const Notes& provenance);

/// Reads what config_to_toml wrote; options that are missing keep their defaults, tables are skipped.
/// @throws DataError (no TOML, another format_version), UsageError (an unknown option, a value of another type).
TrainConfig read_config(const std::filesystem::path& file);

/// The options that a resumed training must share with what it continues, as text: all but data, assets and start_from
/// (data and runs are compared by fingerprint), threads, checkpoint_every and with_model, which is fitted when the
/// policy is done.
std::map<std::string, std::string> resumable_options(TrainConfig config);

}  // namespace pianola
