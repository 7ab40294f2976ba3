// Action chunks ↔ integers: what FAST does before and after its byte-pair codes.
//
//   x[h][d] = clip((u[h][d] − m_d)/r_d, −1, 1),   m_d = (low_d + high_d)/2,  r_d = (high_d − low_d)/2
//   q[k][d] = round half to even(scale · DCT-II(x)[k][d]);      back: u[h][d] = m_d + r_d · DCT-III(q / scale)[h][d]
//
// A dimension whose bounds float32 cannot tell apart is constant: x = 0, and it comes back as m_d.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pianola/data/action_space.hpp"
#include "pianola/quantizers/dct.hpp"

namespace pianola {

class FastTransform {
 public:
  /// range: [action_dim], low ≤ high, finite; chunk in 1 … kMaxDctLength; scale > 0, scale · √chunk < 2³⁰.
  FastTransform(const ActionRange& range, std::size_t chunk, double scale);

  [[nodiscard]] std::size_t chunk() const { return dct_.rows(); }
  [[nodiscard]] std::size_t dim() const { return middle_.size(); }
  [[nodiscard]] std::size_t width() const { return chunk() * dim(); }  ///< values of a chunk

  /// Scratch of the calls below: belongs to one thread at a time.
  struct Workspace {
    explicit Workspace(const FastTransform& transform);
    std::vector<double> steps, coefficients;
  };

  /// chunk: [chunk × action_dim], action units; q: the same, lowest frequency first. Cost: about 4 ns a value.
  void forward(std::span<const float> chunk, Workspace& workspace, std::span<std::int32_t> q) const noexcept;
  /// Total: results beyond float32 become its largest number. Cost: about 2 ns a value.
  void inverse(std::span<const std::int32_t> q, Workspace& workspace, std::span<float> chunk) const noexcept;

  /// The tables of inverse(): its matrix as step_product::multiply reads it, m and r of each dimension.
  [[nodiscard]] std::span<const double> inverse_matrix() const { return inverse_dct_.packed(); }
  [[nodiscard]] const std::vector<double>& middle() const { return middle_; }
  [[nodiscard]] const std::vector<double>& radius() const { return radius_; }

  /// The largest |q| of frequency k that a chunk can have.
  [[nodiscard]] std::int64_t largest(std::size_t k) const;
  /// A bound of |u − inverse(q')| in dimension d at any step, for a q' whose frequency k is off by at most errors[k]
  /// from scale·c (errors: [chunk]). Float32 rounding included.
  [[nodiscard]] double step_error(std::span<const double> errors, std::size_t d) const;

 private:
  StepMatrix dct_, inverse_dct_;
  double scale_;
  std::vector<double> middle_, radius_, inverse_;  // [action_dim]; 0 and 0 along constant dimensions
  std::vector<double> bound_;                      // [action_dim], the larger of |low| and |high|
};

}  // namespace pianola
