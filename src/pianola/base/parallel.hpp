// Deterministic parallel loops: work is cut into fixed blocks, whose results a caller merges in block order,
// so that a result does not depend on the number of threads.
#pragma once

#include <cstddef>
#include <functional>

namespace pianola {

/// Sets the number of threads of all parallel loops of the process (0: all cores). LibTorch is told separately.
void set_threads(int count);

/// The number of threads that loops use now, at least 1.
int threads();

/// One block of a parallel loop: items [begin, end), number `index` of `ceil(count / block)`.
struct Block {
  std::size_t index, begin, end;
};

/// Calls `body` once for each block of at most `block` items, in parallel and in any order.
/// The first exception (by block index) is rethrown after all running blocks have ended; no new ones start.
void parallel_blocks(std::size_t count, std::size_t block, const std::function<void(const Block&)>& body);

}  // namespace pianola
