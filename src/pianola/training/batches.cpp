#include "pianola/training/batches.hpp"

#include <cassert>
#include <utility>

namespace pianola {

Batches::Batches(std::vector<std::int64_t> rows, std::size_t batch, const NoiseKey& key)
    : rows_(std::move(rows)), current_(batch), key_(key) {
  assert(!rows_.empty() && batch > 0);
}

std::span<const std::int64_t> Batches::rows(std::uint64_t step) {
  std::uint64_t place = step * current_.size();
  for (std::int64_t& row : current_) {
    if (place / rows_.size() != epoch_) shuffle(place / rows_.size());
    row = permuted_[place++ % rows_.size()];
  }
  return current_;
}

/// Fisher and Yates, from the end; number i of the epoch's stream chooses the partner of place i.
void Batches::shuffle(std::uint64_t epoch) {
  permuted_ = rows_;
  const NoiseKey key = key_.child("epoch", epoch);
  for (std::size_t i = permuted_.size(); i-- > 1;) {
    const auto partner = static_cast<std::size_t>(uniform(key, i, 0) * static_cast<double>(i + 1));
    std::swap(permuted_[i], permuted_[partner]);
  }
  epoch_ = epoch;
}

}  // namespace pianola
