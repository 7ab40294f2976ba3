// Policies and transition models of finite systems, as tables of probabilities: what tabular learners (count ratios,
// conditional_counts.hpp) and members of a finite class (finite_class.hpp) are when they act.
//
//   π̂_h(k | x)        [stages × S × K]            one token a decision
//   M̂_h(x' | x, k)    [stages × S × K × S]
//
// Stage i holds at step i, the last one for ever: one stage is a stationary law. States are observed as StateCode says;
// in an observation that shows none of them a policy is uniform and a model refuses, since it has no law for it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pianola/policies/policy.hpp"
#include "pianola/policies/transition_model.hpp"
#include "pianola/systems/state_code.hpp"

namespace pianola {

struct TableLaw {
  StateCode code;
  std::size_t tokens = 0;    ///< K
  std::vector<double> laws;  ///< [stages × S × K] of a policy, [stages × S × K × S] of a model
  std::string spec = "tabular";
};

/// @throws UsageError unless the laws are whole stages whose rows are probabilities that sum to 1 (to 1e-9).
std::shared_ptr<const Policy> make_table_policy(TableLaw law);

/// Samples by inverse distribution function in the order of the states, one uniform a lane and step of stream "plan";
/// reads the first token of each sequence. log_density: of a probability, always known.
/// @throws UsageError as above; start() throws it where an observation shows no state.
std::shared_ptr<const TransitionModel> make_table_model(TableLaw law);

}  // namespace pianola
