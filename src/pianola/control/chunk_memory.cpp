#include "pianola/control/chunk_memory.hpp"

#include <algorithm>
#include <cassert>

namespace pianola {

ChunkMemory::ChunkMemory(std::size_t lanes, std::size_t chunk, std::size_t execute, std::size_t action_dim)
    : chunk_(chunk),
      action_dim_(action_dim),
      execute_(static_cast<std::uint32_t>(execute)),
      age_(lanes, execute_),
      chunks_(lanes * chunk * action_dim) {
  assert(execute >= 1 && execute <= chunk);
}

void ChunkMemory::reset() { std::ranges::fill(age_, execute_); }

bool ChunkMemory::any_due() const {
  return std::ranges::any_of(age_, [this](std::uint32_t age) { return age >= execute_; });
}

void ChunkMemory::take(std::span<const double> decided) {
  copy_due<double>(*this, age_.size(), decided, chunks_);
  std::ranges::replace(age_, execute_, 0U);
}

void ChunkMemory::play(std::span<double> actions, std::span<std::uint32_t> age) {
  if (!age.empty()) std::ranges::copy(age_, age.begin());
  for (std::size_t lane = 0; lane < age_.size(); ++lane) {
    assert(!due(lane));
    std::copy_n(&chunks_[(lane * chunk_ + age_[lane]) * action_dim_], action_dim_, &actions[lane * action_dim_]);
    ++age_[lane];
  }
}

}  // namespace pianola
