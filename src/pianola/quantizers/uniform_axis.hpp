// The cells of one dimension of uniform bins: token = clamp(⌊(u − origin)·scale⌋, 0, bins − 1), one formula for all
// that uniform_bins.hpp offers.
//
//   centre, mean   cells of width w = (high − low)/K from `low` on
//   ends           levels low + k·s, s = (high − low)/(K − 1); cells of width s about them, the outer ones half as wide
//   atoms          a bound with an atom has a cell of its own, of width τ inside the range and of everything beyond it;
//                  the other cells share what is left. τ = 2⁻²⁰·max(|low|, |high|), eight float32 roundings: a bound
//                  that went through float32 is still the bound
//   one cell       K = 1, or a constant dimension: float32 cannot tell `low` from `high`, or they are too close to
//                  divide by
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pianola {

/// Which bounds of a range have a probability atom.
struct BoundAtoms {
  bool low = false, high = false;
};

struct UniformAxis {
  enum class Kind { centre, ends, mean };

  /// low ≤ high, within ±1e36. bins: 1 … 65,536, of which there are 3 at least where an atom is to have a cell; atoms
  /// are not for `ends`.
  UniformAxis(double low, double high, std::uint32_t bins, Kind kind, BoundAtoms atoms = {});

  double low, high;
  std::uint32_t bins;  ///< the vocabulary: 1 in a constant dimension
  bool constant;
  BoundAtoms atoms;  ///< as asked for, where cells are wider than 2τ; else none
  double origin = 0.0, scale = 0.0;

  [[nodiscard]] std::uint32_t token(double u) const;
  /// The lower end of cell k inside the range; k ≤ bins, edge(0) = low, edge(bins) = high.
  [[nodiscard]] double edge(std::uint32_t k) const;
  /// The centre, the level of `ends`, or the bound that is an atom.
  [[nodiscard]] double even_representative(std::uint32_t k) const;
  /// sup |u − representative| over the range. representatives: [bins], of `mean`; else not read.
  [[nodiscard]] double largest_error(std::span<const double> representatives) const;
  /// [bins]; empty where there is no density: in a constant dimension, or beside an atom.
  [[nodiscard]] std::vector<double> cell_widths() const;

  /// How far inside a bound an action still counts as being there.
  static double atom_tolerance(double low, double high);

 private:
  Kind kind_;
  std::uint32_t cells_;  // even ones
  double start_, stop_;  // what they cover
};

}  // namespace pianola
