// The transition model that keeps an auxiliary state: the run's learned one, or the exact one that system and expert
// are. Controllers that act on such a state and augmentations that relabel it choose it by the same words.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "pianola/control/controller.hpp"
#include "pianola/policies/transition_model.hpp"

namespace pianola {

struct AuxiliaryModelConfig {
  std::string model = "auto", next = "sample";
  std::uint64_t tries = 64;
  template <class V>
  void visit(V&& v) {
    v("model", model, "learned (the run's), exact (system and expert), or auto: learned where there is one");
    v("next", next, "of a learned model: sample draws the next state, mode takes the law's mode");
    v("tries", tries, "draws of a stochastic expert by which the exact model looks for an action of the token");
  }
};

/// `who` begins errors: "controller 'augmented'".
/// @throws UsageError for a value that is none, or where the deployment lacks what the model is made of.
std::shared_ptr<const TransitionModel> auxiliary_model(const std::string& who, const AuxiliaryModelConfig& config,
                                                       const Deployment& deployment);

}  // namespace pianola
