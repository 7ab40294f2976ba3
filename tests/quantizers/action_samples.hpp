// Made-up action data that tests of quantizers share, and a source over them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/data/dataset.hpp"

namespace pianola::testing {

/// Trajectories in memory, each [T, dim].
class MemoryActions final : public ActionSource {
 public:
  MemoryActions(std::size_t dim, std::vector<std::vector<double>> trajectories)
      : dim_(dim), trajectories_(std::move(trajectories)) {}
  [[nodiscard]] std::size_t action_dim() const override { return dim_; }
  void for_each(const std::function<void(std::span<const double>)>& visit) const override {
    for (const auto& trajectory : trajectories_) visit(trajectory);
  }
  [[nodiscard]] const std::vector<std::vector<double>>& trajectories() const { return trajectories_; }
  /// All rows one after the other.
  [[nodiscard]] std::vector<double> rows() const {
    std::vector<double> out;
    for (const auto& trajectory : trajectories_) out.insert(out.end(), trajectory.begin(), trajectory.end());
    return out;
  }

 private:
  std::size_t dim_;
  std::vector<std::vector<double>> trajectories_;
};

/// One made-up dataset by name:
///
///   walk      D = 3, smooth, 44 % beyond ±1 in places; the range [−1, 1] is known, as of a system that saturates
///
///   tokens    D = 2, whole numbers 0 … 6
///
///   constant  D = 3, dimension 1 is always 0.25, dimension 2 varies by less than float32 resolves; no range is known
///
///   wide      D = 17, ranges of very different size and place; no range is known
struct Sample {
  MemoryActions actions;
  ActionRange range;
};

inline Sample make_sample(const std::string& name) {
  const NoiseKey key = NoiseKey(20).child(name);
  const std::size_t dim = name == "tokens" ? 2 : name == "wide" ? 17 : 3;
  std::vector<std::vector<double>> trajectories;
  for (std::uint64_t i = 0; i < 6; ++i) {
    const std::size_t steps = 37 + 4 * i;
    std::vector<double> rows(steps * dim);
    for (std::size_t j = 0; j < rows.size(); ++j) {
      const auto h = static_cast<std::uint32_t>(j / dim), d = static_cast<std::uint32_t>(j % dim);
      const double z = normal(key, i, h, d), before = j < dim ? 0.0 : rows[j - dim];
      if (name == "walk") rows[j] = 0.9 * before + 0.4 * z;
      if (name == "tokens") rows[j] = std::floor(7.0 * uniform(key, i, h, d));
      if (name == "constant") rows[j] = d == 0 ? z : d == 1 ? 0.25 : 8.0 + 1e-12 * z;
      if (name == "wide") rows[j] = std::ldexp(z + 3.0 * d, static_cast<int>(d) - 8);
    }
    trajectories.push_back(std::move(rows));
  }
  ActionRange range;
  if (name == "walk") range = {std::vector<double>(dim, -1.0), std::vector<double>(dim, 1.0)};
  return {MemoryActions(dim, std::move(trajectories)), range};
}

}  // namespace pianola::testing
