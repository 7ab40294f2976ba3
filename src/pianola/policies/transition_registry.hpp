// Kinds of learned transition models. Adding one: a source file that defines `TransitionEntry transition_entry_NAME()`,
// one line in registry (transition_registry.cpp), and a test file; how it is fitted is one file and one line in
// training/.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/safetensors.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/policies/increment_law.hpp"

namespace pianola {

/// Options of every learned model.
struct LearnedModelConfig {
  int members = 1;
  std::string input = "actions";
  std::vector<double> angles, circles;
  template <class V>
  void visit(V&& v) {
    v("members", members, "models of an ensemble, each on trajectories drawn with replacement; 1: one, on all");
    v("input", input, "what it sees of a token: actions (decoded) or tokens (one-hot, chunks of one action)");
    v("angles", angles, "columns of the observation that are angles modulo 2π, beside those that the system declares");
    v("circles", circles, "first of two columns each that are a point on the unit circle, as above");
  }
};

/// Options of those that are networks.
struct NetworkModelConfig : LearnedModelConfig {
  int steps = 0;
  template <class V>
  void visit_network(V&& v) {
    v("steps", steps, "gradient steps; 0: as many as the policy's");
  }
};

struct MixtureModelConfig : NetworkModelConfig {
  int components = 5;
  std::string hidden = "256x2", activation = "relu";
  template <class V>
  void visit(V&& v) {
    v("components", components, "Gaussians of a mixture, 1 … 1024");
    v("hidden", hidden, "widths of hidden layers: 256x2 (two of 256), 512-256, or none");
    v("activation", activation, "of hidden layers: relu, gelu or tanh");
    visit_network(v);
    LearnedModelConfig::visit(v);
  }
};

struct AutoregressiveModelConfig : NetworkModelConfig {
  int bins = 64, width = 64, layers = 2, heads = 4;
  template <class V>
  void visit(V&& v) {
    v("bins", bins, "cells of each dimension's increment, 2 … 65,536");
    v("width", width, "numbers a place, a multiple of heads");
    v("layers", layers, "blocks of attention and perceptron");
    v("heads", heads, "attention heads");
    visit_network(v);
    LearnedModelConfig::visit(v);
  }
};

struct TransitionEntry {
  std::string name, summary;
  std::vector<OptionHelp> options;
  /// The law of one member whose tensors `file` holds; `where` names it in errors. @throws DataError.
  std::shared_ptr<const IncrementLaw> (*load)(const TensorFile& file, const std::string& where);
};

/// All kinds, in the order in which help lists them.
std::span<const TransitionEntry> transition_models();

/// @throws UsageError for an unknown name (nearest suggested).
const TransitionEntry& find_transition_model(const std::string& name);

}  // namespace pianola
