// Finite Markov decision processes that need no file.
//
//   coin      x' is a fair coin, whatever is played; two states, two actions; r = 1 − |a − x|, expert a = x: the
//             counterexample of docs/theory.md §7 (augmentation under process noise costs H/2)
//   contexts  x_1 uniform on S contexts, for ever; two actions; r = 1{a = x mod 2}, the expert plays the better action
//             with probability ½ + gap: the instance of log|Π| (docs/theory.md §11)
//   chain     action 1 goes from x to x + 1, action 0 back to 0; r = 1 in the last state, else 0: one wrong action
//             costs the whole way
//   absorbing state 0 until action 0 is played there, then state 1 for ever; r = 1 in state 0, expert a = 1: a learner
//             that errs with probability p a step pays ≈ p H²/2 while p ≪ 1/H (docs/theory.md §11)
//   random    transitions and rewards drawn once from `seed`: rows of independent exponential numbers made to sum to 1
//             (uniform on the simplex), rewards uniform on (0, 1)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pianola/systems/mdp_tables.hpp"

namespace pianola {

struct MdpFamilyOptions {
  int states = 4;
  int actions = 2;
  int horizon = 100;
  double gap = 0.25;
  std::uint64_t seed = 0;
};

/// The names above, in order.
const std::vector<std::string>& mdp_families();

/// @throws UsageError for an unknown family (nearest suggested), or an option out of range.
MdpTables make_mdp_family(const std::string& family, const MdpFamilyOptions& options);

}  // namespace pianola
