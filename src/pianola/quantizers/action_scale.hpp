// Scales that make action dimensions of different units comparable, for schemes that measure distances between actions.
//
//   scale=none    w_d = 1
//   scale=std     w_d = 1 / standard deviation of dimension d in the data
//   scale=range   w_d = 1 / (largest − smallest)
//   weights=…     w_d as given: one number for each dimension, e.g. metres of a corner's way per radian of heading
//
// A constant dimension (float32 cannot tell its smallest from its largest number) has w_d = 0 under std and range: it
// takes no part in distances, and its codes all hold the same number.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pianola {

struct ActionScaleOptions {
  std::string scale = "none";  ///< none, std or range
  std::vector<double> weights = {};

  template <class V>
  void visit(V&& v) {
    v("scale", scale, "distances between actions: none, std (over standard deviations) or range (over ranges)");
    v("weights", weights, "or weights of the dimensions, one each");
  }
};

/// who: the scheme, for errors. @throws UsageError for an unknown scale, weights together with one, or weights that are
/// not `dim` finite numbers ≥ 0, one of them > 0.
void check_action_scale(const ActionScaleOptions& options, std::size_t dim, std::string_view who);

/// rows: [n × dim], finite, n ≥ 1: what statistics are taken of. Returns w: [dim].
std::vector<double> action_scale(const ActionScaleOptions& options, std::span<const float> rows, std::size_t dim,
                                 std::string_view who);

}  // namespace pianola
