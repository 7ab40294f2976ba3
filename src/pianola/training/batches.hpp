// Which samples each step sees: the epochs' permutations one after the other, cut into batches.
//
// The permutation of epoch e is a function of (key, e) and a batch one of (key, step): a resumed training sees exactly
// what an unbroken one would have, with no generator state to save. A batch may span two epochs, so every sample is
// seen equally often and a batch may be larger than the dataset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pianola/base/random.hpp"

namespace pianola {

class Batches {
 public:
  /// rows: the samples to draw from, at least one. batch: samples a step, at least one.
  Batches(std::vector<std::int64_t> rows, std::size_t batch, const NoiseKey& key);

  /// The rows of this step, [batch]; valid until the next call. Cost: a permutation of all rows where an epoch begins.
  std::span<const std::int64_t> rows(std::uint64_t step);

 private:
  void shuffle(std::uint64_t epoch);
  std::vector<std::int64_t> rows_, permuted_, current_;
  NoiseKey key_;
  std::uint64_t epoch_ = UINT64_MAX;
};

}  // namespace pianola
