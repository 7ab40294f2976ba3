// The data rate below which no quantizer can hold an unstable plant (docs/theory.md §11):
//
//   R ≥ Σ_i max(0, log₂|λ_i|) bits a step,   x' = A·x + B·u, λ the eigenvalues of A
//
// necessary for keeping the states that start in a set of positive volume bounded (Tatikonda, Mitter, IEEE TAC 49,
// 2004; Nair, Evans, SIAM J. Control Optim. 43, 2004). It says nothing of how much more a memoryless quantizer takes,
// and of a plant that is linear only about a point it speaks near that point.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pianola/audits/audit.hpp"
#include "pianola/data/dataset.hpp"

namespace pianola {

/// Where trajectories begin, by dimension of the observation: the least and the greatest seen.
struct StartSet {
  std::vector<double> low, high;
  std::size_t trajectories = 0;
};

/// Of the first observations of a dataset.
StartSet start_set(const Dataset& data);

struct DataRate {
  double bits = 0.0;             ///< necessary, a step
  std::vector<double> unstable;  ///< moduli of the eigenvalues outside the unit circle, largest first
  Basis basis = Basis::exact;    ///< exact: a linear plant; sampled: linearised
  std::string about;             ///< "" or where it was linearised
};

/// Of a linear plant, or of one that can be linearised about (x, u); nothing else.
std::optional<DataRate> data_rate(const System& system, std::span<const double> x, std::span<const double> u);

}  // namespace pianola
