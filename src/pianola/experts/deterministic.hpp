// Experts that play a function of the observation (and the step): u = π*(x). Their law is a point mass.
#pragma once

#include "pianola/experts/expert.hpp"

namespace pianola {

class DeterministicExpert : public Expert {
 public:
  /// The action; the key is not read.
  virtual void act(const Situation& situation, std::span<double> actions) const = 0;

  void act(const NoiseKey& key, const Situation& situation, std::span<double> actions) const final;
  /// One atom of weight 1 in each lane. Always true.
  bool law(const Situation& situation, std::span<ActionLaw> laws) const final;
};

}  // namespace pianola
