// What a policy has to see of a quantizer's memory for tokens to mean something to it: an interface beside Quantizer,
// for schemes whose tokens move a scale.
//
// A policy that plays such tokens observes the plant's columns and behind them these features of the memory that its
// decision starts from. In training each trajectory is encoded in order, from its start (training/memory_columns.hpp);
// deployed, the policy's own tokens move the memory (control/policy_decider.hpp).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

class ObservedMemory {
 public:
  virtual ~ObservedMemory() = default;
  /// What each feature is: "log scale of action 0". A run records the names, and is deployed only where they agree.
  [[nodiscard]] virtual std::vector<std::string> memory_features() const = 0;
  /// Of one lane. memory: [memory_size]; out: [memory_features], finite. Cost: no allocation.
  virtual void observe_memory(std::span<const double> memory, std::span<double> out) const = 0;
  /// Moves one lane's memory on by one action, [action_dim], as encode does with each action of a chunk in turn.
  virtual void follow(std::span<const float> action, std::span<double> memory) const = 0;
};

/// Null where the scheme has no memory, or none that a policy can see.
inline const ObservedMemory* observed_memory(const Quantizer& quantizer) {
  return dynamic_cast<const ObservedMemory*>(&quantizer);
}

inline std::vector<std::string> memory_features_of(const Quantizer& quantizer) {
  const ObservedMemory* const memory = observed_memory(quantizer);
  return memory == nullptr ? std::vector<std::string>() : memory->memory_features();
}

}  // namespace pianola
