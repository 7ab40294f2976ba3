#include "pianola/base/parallel.hpp"

#include "pianola/base/interrupt.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

namespace pianola {
namespace {

std::mutex control_mutex;
std::unique_ptr<tbb::global_control> control;

}  // namespace

void set_threads(int count) {
  const std::size_t wanted =
      count > 0 ? static_cast<std::size_t>(count) : std::max(1U, std::thread::hardware_concurrency());
  const std::lock_guard lock(control_mutex);
  control.reset();
  control = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism, wanted);
}

int threads() {
  return static_cast<int>(
      std::min<std::size_t>(tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism),
                            static_cast<std::size_t>(tbb::this_task_arena::max_concurrency())));
}

void parallel_blocks(std::size_t count, std::size_t block, const std::function<void(const Block&)>& body) {
  block = std::max<std::size_t>(block, 1);
  const std::size_t blocks = count / block + (count % block != 0);
  std::atomic<std::size_t> first_failure{blocks};
  std::mutex mutex;
  std::exception_ptr failure;
  tbb::parallel_for(
      std::size_t{0}, blocks,
      [&](std::size_t i) {
        if (i > first_failure.load(std::memory_order_relaxed)) return;
        try {
          throw_if_interrupted();
          const std::size_t begin = i * block;
          // Isolated: a thread that waits inside a body takes no other block of this loop meanwhile.
          tbb::this_task_arena::isolate([&] { body(Block{i, begin, begin + std::min(block, count - begin)}); });
        } catch (...) {
          const std::lock_guard lock(mutex);
          if (i < first_failure.load(std::memory_order_relaxed)) {
            first_failure.store(i, std::memory_order_relaxed);
            failure = std::current_exception();
          }
        }
      },
      tbb::simple_partitioner());
  if (failure) std::rethrow_exception(failure);
}

}  // namespace pianola
