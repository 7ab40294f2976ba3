// An interval of doubles that holds a wanted order statistic, and what one pass over the numbers tells of it: how many
// lie in it, how many in each of 1,024 parts of it, or which they are (streamed_quantiles.hpp).
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pianola {

/// Order-preserving: a < b as doubles exactly if key(a) < key(b); −0 has the key of +0. Not for NaN.
inline std::uint64_t order_key(double x) {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  const auto bits = std::bit_cast<std::uint64_t>(x == 0.0 ? 0.0 : x);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

/// The doubles beside x in their order.
double next_double(double x);
double previous_double(double x);

/// A map of [low, high] to bins 0 … 1,023 that never falls: equal parts of the interval, or equal parts of the doubles
/// in it where `linear` is false or the interval is too short or too long for the former.
class OrderedBins {
 public:
  static constexpr int kBits = 10;
  static constexpr std::size_t kCount = std::size_t{1} << kBits;

  /// low ≤ high.
  OrderedBins(double low, double high, bool linear);
  /// x in [low, high].
  [[nodiscard]] std::size_t operator()(double x) const {
    if (!linear_) return static_cast<std::size_t>((order_key(x) - key_) >> shift_);
    return std::min(kCount - 1, static_cast<std::size_t>((x - low_) * scale_));
  }

 private:
  double low_, scale_;
  std::uint64_t key_;
  int shift_;
  bool linear_;
};

struct ValueBracket {
  double low = 0.0, high = 0.0;          ///< both included
  std::uint64_t count = 0;               ///< of the numbers in it: known, or at most about so many
  bool known = true;                     ///< whether `count` is
  int depth = 0;                         ///< how often it was narrowed; its bins are linear where this is even
  std::uint64_t inside = 0;              ///< numbers of this pass in it
  std::vector<std::uint64_t> bins = {};  ///< numbers in each, [OrderedBins::kCount], or empty: they are not counted
  std::vector<double> numbers = {};      ///< all of this pass in it, if `collects`
  bool collects = false;

  [[nodiscard]] OrderedBins map() const { return {low, high, depth % 2 == 0}; }
  /// Begins a pass that collects the numbers, if they are no more than `count`, or counts them.
  void begin(bool collect);
  /// A number in [low, high]; `map`: map().
  void take(double x, const OrderedBins& map) {
    ++inside;
    if (!bins.empty()) ++bins[map(x)];
    if (collects) collect(x);
  }
  /// Bin k as a bracket: its first and last double, and how many numbers lie in it.
  [[nodiscard]] ValueBracket part(std::size_t k) const;

 private:
  void collect(double x);
};

}  // namespace pianola
