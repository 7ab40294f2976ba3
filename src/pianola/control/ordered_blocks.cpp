// A parallel loop over workers, each of which takes the next block until none is left. Nobody ever waits for another
// block, so that a body may itself run parallel loops: a worker that would get too far ahead stops, which asks the
// others to stop after their block, and all start again.
#include "pianola/control/ordered_blocks.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace pianola {
namespace {

class Ordered {
 public:
  Ordered(std::size_t count, std::size_t block, std::size_t window)
      : count_(count), block_(block), blocks_((count + block - 1) / block), window_(window) {}

  [[nodiscard]] bool done() const { return finished_ == blocks_ || failure_; }
  [[nodiscard]] std::size_t left() const { return blocks_ - finished_; }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

  /// One worker's life.
  void work(const std::function<InOrder(const Block&)>& body) {
    while (const auto block = take()) {
      try {
        deliver(block->index, body(*block));
      } catch (...) {
        fail(block->index, std::current_exception());
      }
    }
  }

  void start() { crowded_ = false; }

 private:
  std::optional<Block> take() {
    const std::lock_guard lock(mutex_);
    if (crowded_ || failure_ || next_ == blocks_) return std::nullopt;
    if (next_ >= finished_ + window_) {
      crowded_ = true;
      return std::nullopt;
    }
    const std::size_t i = next_++;
    return Block{i, i * block_, std::min(count_, (i + 1) * block_)};
  }

  /// Puts the result of block `index` into line, then finishes what is due unless another worker is at it.
  void deliver(std::size_t index, InOrder result) {
    std::unique_lock lock(mutex_);
    waiting_.emplace(index, std::move(result));
    if (finishing_) return;
    finishing_ = true;
    while (!waiting_.empty() && waiting_.begin()->first == finished_ && finished_ < failed_) {
      const InOrder due = std::move(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      lock.unlock();
      std::exception_ptr thrown;
      try {
        if (due) due();
      } catch (...) {
        thrown = std::current_exception();
      }
      lock.lock();
      if (thrown) note(finished_, thrown);
      ++finished_;
    }
    finishing_ = false;
  }

  void fail(std::size_t index, const std::exception_ptr& thrown) {
    const std::lock_guard lock(mutex_);
    note(index, thrown);
  }

  void note(std::size_t index, const std::exception_ptr& thrown) {
    if (failure_ && failed_ <= index) return;
    failed_ = index;
    failure_ = thrown;
  }

  std::size_t count_, block_, blocks_, window_;
  std::mutex mutex_;
  std::size_t next_ = 0, finished_ = 0;  // blocks taken, blocks finished: both prefixes
  std::map<std::size_t, InOrder> waiting_;
  bool finishing_ = false, crowded_ = false;
  std::size_t failed_ = static_cast<std::size_t>(-1);
  std::exception_ptr failure_;
};

}  // namespace

void ordered_blocks(std::size_t count, std::size_t block, const std::function<InOrder(const Block&)>& body,
                    std::size_t window) {
  const auto workers = static_cast<std::size_t>(std::max(1, threads()));
  Ordered ordered(count, std::max<std::size_t>(block, 1), window > 0 ? window : 4 * workers);
  while (!ordered.done()) {
    ordered.start();
    parallel_blocks(std::min(workers, ordered.left()), 1, [&](const Block&) { ordered.work(body); });
  }
  ordered.rethrow();
}

}  // namespace pianola
