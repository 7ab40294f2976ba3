// Networks as functions of their parameters: one description serves raw, averaged and chosen weights alike.
//
// Adding one: a source file that defines `NetworkEntry network_entry_NAME()`, one line in registry.cpp, a test file;
// its torch-free inference is one file and one line in policies/.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/base/safetensors.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/data/normalisation.hpp"

namespace pianola {

/// First values of a parameter: uniform in ±scale, normal of standard deviation scale, or all equal to scale.
struct FirstValues {
  enum class Law { uniform, normal, constant };
  Law law = Law::uniform;
  double scale = 0.0;
};

/// One parameter: its tensor's name in policy.safetensors, shape, first values, and whether weight decay is for it.
struct ParameterSpec {
  std::string name;
  std::vector<std::int64_t> shape;
  FirstValues first;
  bool decays = true;
};

/// What a network reads and predicts.
struct NetworkShape {
  std::size_t inputs = 0, history = 1;
  std::size_t context = 0;                  ///< tokens that are the input, each place a target; 0: observations are
  std::vector<std::uint32_t> vocabularies;  ///< of each token position; of the one that follows a context
  bool fixed_length = true;                 ///< every sequence has all positions
  std::size_t chunk = 1, chunk_values = 0;  ///< actions, and chunk · action_dim: what continuous laws are over
  std::vector<float> codes;                 ///< [k × chunk_values], normalised: what tokens of whole chunks stand for
};

/// What a step or a score looks at, n rows. Undefined tensors: not there. Where sequences vary in length, tokens and
/// counted may end with the longest of them: networks that take such sequences have outputs of those positions alone.
struct TrainingBatch {
  torch::Tensor inputs;   ///< [n × inputs] float, normalised; or [n × context] int64
  torch::Tensor tokens;   ///< [n × positions] int64
  torch::Tensor counted;  ///< [n × positions] float, 1 where a position counts, else 0; undefined: all count
  torch::Tensor targets;  ///< [n × Σ vocabularies] soft targets; undefined: the tokens are
  torch::Tensor actions;  ///< [n × chunk_values] float, normalised; for continuous laws
};

/// Of each row and scored position. No gradients.
struct NetworkScores {
  torch::Tensor nll;  ///< [n × positions] nats; 0 where a position does not count. Undefined: there is no density
  torch::Tensor most_likely;  ///< [n × positions] int64, first most likely token given the true ones before; undefined
                              ///< for continuous laws
};

/// What a score is the log-loss of.
enum class Measure { tokens, density, none };

class Network {
 public:
  virtual ~Network() = default;
  [[nodiscard]] virtual const std::string& spec() const = 0;  ///< canonical
  [[nodiscard]] virtual const std::vector<ParameterSpec>& parameters() const = 0;
  /// Metadata that policy.safetensors needs besides the parameters and the normalisation.
  [[nodiscard]] virtual std::map<std::string, std::string> metadata() const = 0;
  /// Whether later tokens depend on earlier ones.
  [[nodiscard]] virtual bool autoregressive() const { return false; }
  /// Whether the law is over actions, not tokens.
  [[nodiscard]] virtual bool continuous() const { return false; }

  [[nodiscard]] virtual Measure measure() const { return Measure::tokens; }

  /// What the law is made of, a row each: of token networks the logits of all positions of `tokens`, one after the
  /// other, [n × Σ vocabularies]. p: in the order of parameters(). Position i uses tokens (actions) before i only.
  [[nodiscard]] virtual torch::Tensor outputs(const std::vector<torch::Tensor>& p,
                                              const TrainingBatch& batch) const = 0;
  /// What a step lowers, differentiable once: the mean over rows of the sum over counted positions, nats.
  [[nodiscard]] virtual torch::Tensor loss(const torch::Tensor& outputs, const TrainingBatch& batch) const = 0;
  [[nodiscard]] virtual NetworkScores score(const torch::Tensor& outputs, const TrainingBatch& batch) const = 0;
};

struct NetworkEntry {
  std::string name;
  std::unique_ptr<Network> (*make)(const Spec&, const NetworkShape&);
};

/// @throws UsageError for an unknown name (nearest suggested) or a bad option.
std::unique_ptr<Network> make_network(const std::string& spec, const NetworkShape& shape);

}  // namespace pianola
