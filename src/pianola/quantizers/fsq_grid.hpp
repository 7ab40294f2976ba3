// Finite scalar quantization of action coordinates as they are: the codes of fsq_code.hpp on ranges of actions.
//
//   z = (2u − low − high)/(high − low),  digit = round of the clipped code,  level = the coordinate at position(digit)
//
// that is cells of width w = ½(high − low)·spacing around levels first + k·w: digit = clamp(⌊(u − (first − w/2))/w⌋). A
// value half-way between two levels has the upper one's digit, a value outside the range the nearest end's.
// Float and double: as uniform_bins.hpp says. A coordinate whose range float32 cannot tell from a point has one level.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "pianola/quantizers/fsq_code.hpp"
#include "pianola/quantizers/uniform_kernels.hpp"

namespace pianola {

/// Ranges of numbers to quantize, low ≤ high.
struct LatentRange {
  std::vector<double> low, high;
};

class FsqGrid {
 public:
  /// range: [dim]; codes: [period], dim or a multiple of it, one level where the range is a point. who: for errors.
  /// @throws UsageError for more levels than UniformGrid holds.
  FsqGrid(const LatentRange& range, std::span<const FsqCode> codes, const std::string& who);

  [[nodiscard]] std::size_t period() const { return axes_.size(); }
  /// In float32: encode_uniform and decode_uniform on it.
  [[nodiscard]] const UniformGrid& kernel() const { return *kernel_; }
  /// actions, out: [n × period]. In double; no allocation.
  void quantize(std::span<const double> actions, std::span<double> out) const;

  /// Of coordinate p < period.
  [[nodiscard]] std::span<const float> levels(std::size_t p) const;
  /// Empty where there is one level.
  [[nodiscard]] std::vector<double> cell_widths(std::size_t p) const;
  /// Euclidean, of the worst of the steps of `dim` coordinates.
  [[nodiscard]] double largest_error(std::size_t dim) const;
  /// Every level has its own digit, in float32 and in double.
  [[nodiscard]] bool is_projection() const;

 private:
  struct Axis {
    double low, high, origin, scale, first, step;  // level k: first + k·step
    std::uint32_t last;
    [[nodiscard]] std::uint32_t digit(double u) const;
    [[nodiscard]] double level(std::uint32_t k) const { return first + k * step; }
  };
  std::vector<Axis> axes_;
  std::unique_ptr<const UniformGrid> kernel_;
};

/// float32 cannot tell low from high, or not so many cells between them.
bool is_point(double low, double high, std::uint32_t cells);

}  // namespace pianola
