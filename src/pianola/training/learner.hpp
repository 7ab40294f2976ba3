// A network, its optimiser and its samples: all of LibTorch that a training uses, behind plain numbers.
//
// Same bits at equal thread count; else equal to rounding. One learner is used by one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/safetensors.hpp"
#include "pianola/training/samples.hpp"

namespace pianola {

struct LearnerOptions {
  std::string policy = "mlp";  ///< spec
  double weight_decay = 0.0;
  double gradient_clip = 0.0;  ///< largest global norm; 0: off
  bool average = true;         ///< keep the exponential moving average (EMA) of the weights
  NoiseKey key;                ///< of the first weights
};

/// What a step saw; before its update.
struct StepReport {
  double loss = 0.0;           ///< nats per chunk (per token of windows), mean over the batch
  double gradient_norm = 0.0;  ///< before clipping
};

/// Everything a step changes. Flat arrays, see flat_parameters_internal.hpp; `average` is empty if off.
struct LearnerState {
  std::vector<float> parameters, average, first_moment, second_moment;
  std::uint64_t steps = 0;
};

/// raw: as the optimiser left them; average: their EMA (raw if off); chosen: what choose() was given.
enum class Weights { raw, average, chosen };

/// Of each row and token position, [rows × positions]; of continuous laws, of each row.
struct RowScores {
  std::vector<float> nll;                  ///< nats, 0 at places that do not count; empty: there is no density
  std::vector<std::uint32_t> most_likely;  ///< first most likely token, given the true ones before it
};

/// @throws UsageError for an unknown or ill-formed policy spec, as a learner of rows such as these would; there may be
/// none.
void check_policy(const Samples& samples, const std::string& policy);

class Learner {
 public:
  /// Keeps a reference to `samples`. @throws UsageError for an unknown or ill-formed policy spec.
  Learner(const Samples& samples, const LearnerOptions& options);
  ~Learner();

  /// Canonical spec of the policy.
  [[nodiscard]] const std::string& policy_spec() const;
  [[nodiscard]] std::size_t parameters() const;  ///< how many numbers are trained
  [[nodiscard]] bool autoregressive() const;     ///< whether later tokens depend on earlier ones
  [[nodiscard]] bool continuous() const;         ///< whether the law is over actions, not tokens
  [[nodiscard]] bool scored() const;             ///< whether score() has a log-loss
  [[nodiscard]] bool density() const;            ///< whether that is of a density of normalised actions

  /// One step of AdamW on these rows of the samples. If loss or gradient norm is not finite nothing changes.
  StepReport step(std::span<const std::int64_t> rows, double learning_rate, double ema_decay);

  [[nodiscard]] RowScores score(std::span<const std::int64_t> rows, Weights which) const;
  /// What the law of each row is made of: of token networks the logits of all positions, [rows × Σ vocabularies].
  [[nodiscard]] std::vector<float> outputs(std::span<const std::int64_t> rows, Weights which) const;

  /// Begins with the weights of `file` in place of drawn ones; averages, where kept, begin there too.
  /// @throws DataError naming `where` and a tensor that is missing or of another shape.
  void start_from(const TensorFile& file, const std::string& where);

  [[nodiscard]] LearnerState state() const;
  /// @throws DataError if the sizes are not this network's.
  void restore(const LearnerState& state);

  /// policy.safetensors without its stamp: parameters, normalisation, and what loading them needs.
  [[nodiscard]] TensorFile weights(Weights which) const;
  /// Makes the weights of `file` the chosen ones. @throws DataError naming `where`.
  void choose(const TensorFile& file, const std::string& where);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace pianola
