// Laws of actions on a fixed grid of the line, pushed through a quantizer: what data processing says can then be
// checked exactly, for every scheme (docs/theory.md §4, Proposition 5).
//
// The expert's law is discretised once: atom i of the grid has the mass of its cell under the law. All total variations
// below are then sums over atoms or tokens, not estimates.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola {

/// Middles of `cells` equal cells of [low, high].
class ActionGrid {
 public:
  ActionGrid(double low, double high, std::size_t cells);
  [[nodiscard]] std::span<const double> atoms() const { return atoms_; }
  [[nodiscard]] double width() const { return width_; }
  /// Mass of each cell under N(mean, deviation²); the outer cells take the tails.
  [[nodiscard]] std::vector<double> normal_law(double mean, double deviation) const;
  /// Uniform on the `atoms` grid points from `first` on.
  [[nodiscard]] std::vector<double> uniform_law(std::size_t first, std::size_t atoms) const;

 private:
  double low_, width_;
  std::vector<double> atoms_;
};

/// Which token sequence and which decoded action each atom of a grid gets.
struct GridTokens {
  std::vector<std::size_t> symbol;      ///< [atoms], numbers of distinct token sequences, in order of appearance
  std::vector<double> representatives;  ///< [symbols], the decoded action
};

/// quantizer: of one action dimension, chunk 1, without noise and memory. Its quantize() decides representatives.
GridTokens tokens_on_grid(const Quantizer& quantizer, const ActionGrid& grid);

/// Law of the symbols. law: [atoms].
std::vector<double> pushed_forward(const GridTokens& tokens, std::span<const double> law);

/// A quantizer of one dimension, fitted to standard normal actions with the range ±4.
std::unique_ptr<Quantizer> fitted_to_normal(const QuantizerMaker& quantizers, const std::string& spec,
                                            const NoiseKey& key);

}  // namespace pianola
