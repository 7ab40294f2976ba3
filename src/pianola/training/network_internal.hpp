// Networks as functions of their parameters: one description serves raw, averaged and chosen weights alike.
//
// Adding one: a source file that defines `NetworkEntry network_entry_NAME()`, one line in registry.cpp, a test file;
// its torch-free inference is one file and one line in policies/.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/base/safetensors.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/data/normalisation.hpp"

namespace pianola {

/// One parameter: its tensor's name in policy.safetensors, shape, and first values uniform in ±bound.
struct ParameterSpec {
  std::string name;
  std::vector<std::int64_t> shape;
  double bound = 0.0;
};

/// What a network reads and predicts.
struct NetworkShape {
  std::size_t inputs = 0, history = 1;
  std::vector<std::uint32_t> vocabularies;  ///< of each token position
};

class Network {
 public:
  virtual ~Network() = default;
  [[nodiscard]] virtual const std::string& spec() const = 0;  ///< canonical
  [[nodiscard]] virtual const std::vector<ParameterSpec>& parameters() const = 0;
  /// Logits of all positions, one after the other: [n × Σ vocabularies]. p: in the order of parameters(); inputs:
  /// [n × inputs], normalised; tokens: [n × positions], of which position i may use those before i.
  [[nodiscard]] virtual torch::Tensor logits(const std::vector<torch::Tensor>& p, const torch::Tensor& inputs,
                                             const torch::Tensor& tokens) const = 0;
  /// Metadata that policy.safetensors needs besides the parameters and the normalisation.
  [[nodiscard]] virtual std::map<std::string, std::string> metadata() const = 0;
};

struct NetworkEntry {
  std::string name;
  std::unique_ptr<Network> (*make)(const Spec&, const NetworkShape&);
};

/// @throws UsageError for an unknown name (nearest suggested) or a bad option.
std::unique_ptr<Network> make_network(const std::string& spec, const NetworkShape& shape);

}  // namespace pianola
