#include "pianola/control/chunk_memory.hpp"

#include <algorithm>
#include <cassert>

namespace pianola {

ChunkMemory::ChunkMemory(std::size_t lanes, std::size_t chunk, std::size_t execute, std::size_t action_dim)
    : chunk_(chunk),
      action_dim_(action_dim),
      execute_(static_cast<std::uint32_t>(execute)),
      age_(execute_),
      chunks_(lanes * chunk * action_dim) {
  assert(execute >= 1 && execute <= chunk);
}

void ChunkMemory::take(std::span<const double> decided) {
  std::ranges::copy(decided, chunks_.begin());
  age_ = 0;
}

void ChunkMemory::play(std::span<double> actions, std::span<std::uint32_t> age) {
  assert(!due());
  std::ranges::fill(age, age_);
  const double* from = chunks_.data() + age_ * action_dim_;
  for (auto to = actions.begin(); to != actions.end(); from += chunk_ * action_dim_) {
    to = std::copy_n(from, action_dim_, to);
  }
  ++age_;
}

}  // namespace pianola
