#include "pianola/control/chunk_memory.hpp"

#include <algorithm>
#include <cassert>

namespace pianola {

ChunkMemory::ChunkMemory(std::size_t lanes, std::size_t action_dim, const ChunkSchedule& schedule)
    : schedule_(schedule),
      action_dim_(action_dim),
      width_(lanes * action_dim),
      age_(schedule.execute),
      queue_((schedule.delay + schedule.execute) * width_) {
  assert(schedule.execute >= 1 && schedule.first + schedule.execute <= schedule.chunk);
}

void ChunkMemory::reset() {
  age_ = schedule_.execute;
  decisions_ = 0;
}

void ChunkMemory::start(std::span<const double> actions) {
  for (std::size_t k = 0; k < schedule_.delay; ++k) std::ranges::copy(actions, row(schedule_.execute + k).begin());
}

void ChunkMemory::committed(std::span<double> out) const {
  assert(due() && out.size() == schedule_.delay * width_);
  for (std::size_t k = 0; k < schedule_.delay; ++k) {
    const double* from = &queue_[(schedule_.execute + k) * width_];
    for (std::size_t at = k * action_dim_; at < out.size(); at += schedule_.delay * action_dim_) {
      std::copy_n(from, action_dim_, &out[at]);
      from += action_dim_;
    }
  }
}

void ChunkMemory::take(std::span<const double> decided) {
  const auto pending = queue_.begin() + static_cast<std::ptrdiff_t>(schedule_.execute * width_);
  std::copy(pending, queue_.end(), queue_.begin());
  age_ = 0;
  ++decisions_;
  if (schedule_.chunk == 1) {  // nothing to turn round
    std::ranges::copy(decided, row(schedule_.delay).begin());
    return;
  }
  for (std::size_t k = 0; k < schedule_.execute; ++k) {
    const double* from = decided.data() + (schedule_.first + k) * action_dim_;
    const auto to = row(schedule_.delay + k);
    for (std::size_t at = 0; at < width_; at += action_dim_, from += schedule_.chunk * action_dim_) {
      std::copy_n(from, action_dim_, &to[at]);
    }
  }
}

std::uint32_t ChunkMemory::age() const {
  const auto [chunk, execute, delay, first] = schedule_;
  const std::size_t chunks_ago = age_ >= delay ? 0 : (delay - age_ + execute - 1) / execute;
  return chunks_ago < decisions_ ? static_cast<std::uint32_t>(age_ + chunks_ago * execute) : kUndecided;
}

void ChunkMemory::play(std::span<double> actions, std::span<std::uint32_t> ages) {
  assert(!due() && actions.size() == width_);
  if (!ages.empty()) std::ranges::fill(ages, age());
  std::ranges::copy(row(age_), actions.begin());
  ++age_;
}

}  // namespace pianola
