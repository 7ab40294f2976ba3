// Observations that are kept, as queries of a law: pairs that were found, points between them, witnesses.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pianola/audits/deployed_law.hpp"

namespace pianola {

/// A decision's observations, and whose decision it was.
struct LawPoint {
  std::uint64_t id = 0;
  std::uint32_t h = 0;
  std::vector<double> rows;  ///< [history × observation_dim], the newest last
};

/// A query of as many lanes as points.
class LawPoints {
 public:
  LawPoints(std::span<const LawPoint> points, std::size_t observation_dim);
  /// Valid as long as this is.
  [[nodiscard]] LawQuery query(const NoiseKey& key) const {
    return {key, {ids_, h_, observations_, outcomes_, nullptr}, histories_};
  }

 private:
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint32_t> h_;
  std::vector<double> observations_;
  std::vector<Outcome> outcomes_;
  std::vector<float> histories_;
};

/// The largest distance of two rows of the same age: what docs/theory.md calls ‖x − x'‖, of a policy with memory.
double distance(const LawPoint& a, const LawPoint& b, std::size_t observation_dim);

}  // namespace pianola
