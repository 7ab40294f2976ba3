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
#include <vector>

namespace pianola {
namespace {

std::mutex control_mutex;
std::unique_ptr<tbb::global_control> control;

#ifdef __SANITIZE_THREAD__

thread_local bool in_a_loop = false;

/// The thread sanitizer cannot see what TBB's tasks wait for, since that library is not built with it, and would report
/// every loop. It sees these threads; a loop inside a loop is done by the one that asked.
void for_each_index(std::size_t count, const std::function<void(std::size_t)>& body) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) body(i);
  };
  if (in_a_loop) return work();
  const auto share = [&] {
    in_a_loop = true;
    work();
    in_a_loop = false;
  };
  std::vector<std::jthread> others(
      std::min<std::size_t>(static_cast<std::size_t>(threads()), std::max<std::size_t>(count, 1)) - 1);
  for (std::jthread& other : others) other = std::jthread(share);
  share();
}

#else

/// Isolated: a thread that waits inside a body takes no other index of this loop meanwhile.
void for_each_index(std::size_t count, const std::function<void(std::size_t)>& body) {
  tbb::parallel_for(
      std::size_t{0}, count, [&](std::size_t i) { tbb::this_task_arena::isolate([&] { body(i); }); },
      tbb::simple_partitioner());
}

#endif

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
  for_each_index(blocks, [&](std::size_t i) {
    if (i > first_failure.load(std::memory_order_relaxed)) return;
    try {
      throw_if_interrupted();
      const std::size_t begin = i * block;
      body(Block{i, begin, begin + std::min(block, count - begin)});
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (i < first_failure.load(std::memory_order_relaxed)) {
        first_failure.store(i, std::memory_order_relaxed);
        failure = std::current_exception();
      }
    }
  });
  if (failure) std::rethrow_exception(failure);
}

}  // namespace pianola
