// Mean and variance of a profile (a vector of fixed length), online: Welford's update in every entry at once.
//
//   m ← m + (x − m)/n,   s ← s + (x − m_before)(x − m)
//
// Profiles are added one by one in the order of their rollouts, so the bits depend on nothing else; entries are
// independent, so the loop vectorises.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pianola/base/statistics.hpp"

namespace pianola {

class ProfileMean {
 public:
  /// profile: the same length each time.
  void add(std::span<const double> profile);
  [[nodiscard]] std::size_t count() const { return n_; }
  /// Means with Student-t intervals, one an entry.
  [[nodiscard]] std::vector<Estimate> estimates(double confidence = 0.95) const;

 private:
  std::size_t n_ = 0;
  std::vector<double> mean_, m2_;
};

}  // namespace pianola
