// How many bits each action dimension gets, of a budget for the whole action.
//
//   minimise Σ_d w_d · 4^(−b_d)   over whole b_d in 0 … most  with Σ_d b_d ≤ total,   w_d = s_d · σ_d²
//
// σ_d² is the variance of the data in dimension d, s_d the price of a squared error there (`sensitivity`, default 1:
// for an error that the closed loop multiplies by g_d, s_d = g_d²). With real b_d this is reverse water-filling for a
// Gaussian source (Cover, Thomas, Elements of Information Theory, theorem 10.3.3): b_d = max(0, ½·log2(w_d/θ)). With
// whole ones, giving bit after bit to the dimension with the largest w_d · 4^(−b_d) is optimal, since each bit saves
// three quarters of what its dimension has left, less and less; ties go to the first dimension.
//
// What it does not do: a weight of 0 (a constant dimension) gets no bits, and bits that nobody can use stay unspent.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pianola/quantizers/registry.hpp"

namespace pianola {

/// Options of schemes whose dimensions may have different numbers of bins, 2^b_d.
struct BitOptions {
  std::string bits = "";  ///< "": all dimensions alike; "auto"; or one whole number for each dimension
  int total_bits = 0;     ///< of an action, for `auto`; 0: as many as all dimensions alike would take, rounded down
  std::vector<double> sensitivity = {};  ///< [action_dim], ≥ 0; empty: 1

  template <class V>
  void visit(V&& v) {
    v("bits", bits, "auto (by variance), or bits of each dimension, 4;6;8; overrides bins");
    v("total_bits", total_bits, "bits of an action for bits=auto; 0: what bins= would take in all");
    v("sensitivity", sensitivity, "price of a squared error in each dimension, for bits=auto; default 1");
  }
};

/// weights: [dim], finite, ≥ 0. Result: [dim], each in 0 … most, Σ ≤ total. Cost: O(total · log dim).
std::vector<int> allocate_bits(std::span<const double> weights, int total, int most);

/// Bins of each dimension, [action_dim]: `bins`, or powers of two as `options` say, 2^most at most.
/// who: the scheme, for errors. @throws UsageError for options that do not fit or `auto` without data;
/// DataError for data with a number that is not finite.
std::vector<std::uint32_t> bins_per_dimension(const BitOptions& options, int bins, int most, const FitContext& context,
                                              std::string_view who);

}  // namespace pianola
