// How kinds of transition models (policies/transition_registry.hpp) are fitted, by log-loss of the increment:
//
//   argmax Σ_i Σ_h log p(Δ(x_h^i, x_{h+1}^i) | φ(x_h^i), ψ(ũ_h^i))
//
// Adding one: a source file that defines `ModelLearnerEntry model_learner_entry_NAME()`, one line in
// model_registry.cpp, a test file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pianola/base/progress.hpp"
#include "pianola/base/safetensors.hpp"
#include "pianola/policies/transition_registry.hpp"
#include "pianola/training/samples.hpp"
#include "pianola/training/train_config.hpp"

namespace pianola {

/// What one member learns from.
struct IncrementSamples {
  std::size_t inputs = 0, dim = 0;
  std::vector<double> seen;        ///< [n × inputs]
  std::vector<double> increments;  ///< [n × dim]
  [[nodiscard]] std::size_t size() const { return dim == 0 ? 0 : increments.size() / dim; }
};

/// How long and with what a member is fitted; recipe: the policy's, whose batch and rates networks share.
struct MemberOptions {
  const TrainConfig& recipe;
  NoiseKey key;
  Progress& progress;
};

class ModelLearner {
 public:
  virtual ~ModelLearner() = default;
  [[nodiscard]] virtual const std::string& spec() const = 0;  ///< canonical
  [[nodiscard]] virtual const LearnedModelConfig& config() const = 0;
  /// @throws UsageError for options that cannot be, where so many numbers are seen and so many predicted.
  virtual void check(std::size_t inputs, std::size_t dim) const = 0;
  /// Tensors of one member, as the registry's load reads them. @throws UsageError as check; DataError if training
  /// diverges; Interrupted.
  [[nodiscard]] virtual TensorFile fit(const IncrementSamples& samples, const MemberOptions& options) const = 0;
};

/// What the three kinds share: options read and written.
template <class Config>
class ConfiguredModel : public ModelLearner {
 public:
  explicit ConfiguredModel(const Spec& spec)
      : config_(read_options<Config>(spec, "transition model '" + spec.name + "'")),
        spec_(write_spec(spec.name, config_).text()) {}
  [[nodiscard]] const std::string& spec() const override { return spec_; }
  [[nodiscard]] const LearnedModelConfig& config() const override { return config_; }

 protected:
  Config config_;

 private:
  std::string spec_;
};

struct ModelLearnerEntry {
  std::string name;
  std::unique_ptr<ModelLearner> (*make)(const Spec&);
};

/// @throws UsageError for an unknown name (nearest suggested) or a bad option.
std::unique_ptr<ModelLearner> make_model_learner(const std::string& spec);

/// Inputs of `samples`, normalised, as a learner's.
Samples network_samples(const IncrementSamples& samples);

/// What fit_network would refuse; the samples may be without rows. @throws UsageError for a network that cannot be, or
/// steps below 0.
void check_network(const Samples& samples, const std::string& network, int steps);

/// Trains a policy network on rows of `samples` and returns its averaged weights. steps: 0 for the recipe's.
TensorFile fit_network(const Samples& samples, const std::string& network, int steps, const MemberOptions& options);

}  // namespace pianola
