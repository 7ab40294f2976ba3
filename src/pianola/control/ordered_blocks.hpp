// Work in parallel, results in order: blocks start in order, what each leaves behind is finished in order, as early as
// possible, and at most a few finished blocks a thread wait, however many blocks there are.
#pragma once

#include <cstddef>
#include <functional>

#include "pianola/base/parallel.hpp"

namespace pianola {

/// What a block leaves to be done in block order, one at a time.
using InOrder = std::function<void()>;

/// Calls `body` once for each block of at most `block` of `count` items, in parallel, and the functions that it returns
/// in block order, possibly on other threads. At most `window` blocks (0: four a thread) are begun and not finished.
/// @throws what the lowest block that failed threw; later blocks may have run, but were not finished.
void ordered_blocks(std::size_t count, std::size_t block, const std::function<InOrder(const Block&)>& body,
                    std::size_t window = 0);

}  // namespace pianola
