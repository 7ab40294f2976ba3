// From what a pass over a dataset saw to the list of problems: thresholds and words, no I/O.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "pianola/data/inspect.hpp"
#include "pianola/data/propose_kinds.hpp"

namespace pianola {

/// What inspect() saw besides the numbers of Inspection.
struct InspectionFacts {
  std::vector<Problem> unreadable;          ///< one a trajectory that cannot be used
  std::vector<std::size_t> at_min, at_max;  ///< [action_dim] actions exactly at the extremes
  std::vector<std::vector<std::size_t>> equal_actions, equal_observations;  ///< dimensions equal in every row
  std::vector<std::pair<std::string, std::string>> equal_trajectories;
  std::vector<std::string> missing;      ///< names that the numbering of trajectories leaves out
  std::vector<std::string> early_dones;  ///< trajectories with a done before their last step
  std::string shortest, longest;         ///< names of trajectories
  std::vector<KindProposal> kinds;       ///< that the numbers of action dimensions suggest
  /// Optional fields that only some readable trajectories have, and how many.
  std::vector<std::pair<std::string, std::size_t>> partial_fields;
};

/// A trajectory that cannot be used, from the message of its error: file and trajectory, which stand in `where` and in
/// front of the list, are taken out of it, and what follows the last semicolon is the remedy.
Problem unreadable_trajectory(const std::string& path, const std::string& name, const std::string& message);

/// Problems of `inspection` (its own list is not read), errors first. One row a kind of problem, whatever the number of
/// dimensions that have it; unreadable trajectories have one for each
/// trouble, a few of them.
std::vector<Problem> find_problems(const Inspection& inspection, const InspectionFacts& facts);

/// Adds what was found elsewhere (stored statistics) to the list, errors first.
void add_problems(Inspection& inspection, std::vector<Problem> problems);

}  // namespace pianola
