#include "pianola/control/rollout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/control/block_runner.hpp"
#include "pianola/control/ordered_blocks.hpp"

namespace pianola {
namespace {

/// Runners that blocks hand on to later blocks: making plants may cost more than stepping them.
class RunnerPool {
 public:
  explicit RunnerPool(const RolloutPlan& plan) : plan_(plan) {}

  std::unique_ptr<BlockRunner> take(std::size_t lanes) {
    {
      const std::lock_guard lock(mutex_);
      if (lanes == plan_.lanes && !idle_.empty()) {
        auto runner = std::move(idle_.back());
        idle_.pop_back();
        return runner;
      }
    }
    return std::make_unique<BlockRunner>(plan_, lanes);
  }

  void give_back(std::unique_ptr<BlockRunner> runner) {
    if (runner->lanes() != plan_.lanes) return;
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(runner));
  }

 private:
  const RolloutPlan& plan_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<BlockRunner>> idle_;
};

class ProgressScope {
 public:
  explicit ProgressScope(const RolloutPlan& plan)
      : progress_(plan.progress != nullptr ? *plan.progress : no_progress()) {
    progress_.begin(plan.activity, std::uint64_t{plan.rollouts} * plan.horizon, "steps");
  }
  ~ProgressScope() { progress_.end(); }
  ProgressScope(const ProgressScope&) = delete;
  ProgressScope& operator=(const ProgressScope&) = delete;

 private:
  Progress& progress_;
};

RolloutPlan checked(RolloutPlan plan) {
  if (!plan.system) throw UsageError("rollout: there is no system to roll out on; give one (--system SPEC)");
  const auto absent = [](const auto& recipe) { return recipe == nullptr; };
  if (plan.controllers.empty() || std::ranges::any_of(plan.controllers, absent)) {
    throw UsageError("rollout: there is no controller to act; give at least one (--controller SPEC)");
  }
  if (plan.horizon == 0) plan.horizon = plan.system->info().horizon;
  if (plan.horizon == 0) {
    throw UsageError(fmt::format("rollout: the system '{}' has no horizon of its own; give one (--horizon H)",
                                 plan.system->info().spec));
  }
  plan.lanes = std::max<std::size_t>(plan.lanes, 1);
  return plan;
}

}  // namespace

void rollout(const RolloutPlan& asked, const std::function<std::unique_ptr<Recorder>(const Block&)>& make,
             const std::function<void(Recorder&)>& merge) {
  const RolloutPlan plan = checked(asked);
  RunnerPool pool(plan);
  const ProgressScope scope(plan);
  ordered_blocks(plan.rollouts, plan.lanes, [&](const Block& block) -> InOrder {
    std::shared_ptr<Recorder> recorder = make(block);
    auto runner = pool.take(block.end - block.begin);
    runner->run(block.begin, *recorder);
    pool.give_back(std::move(runner));
    return [recorder = std::move(recorder), &merge] { merge(*recorder); };
  });
}

std::size_t balanced_lanes(const System& system, std::size_t rollouts) {
  // Closed forms run through lanes as vectors; a simulator has one world a lane, and only the networks gain.
  const std::size_t most = system.info().simulator.empty() ? 64 : 16;
  const std::size_t blocks = 4 * static_cast<std::size_t>(std::max(1, threads()));
  return std::clamp<std::size_t>((rollouts + blocks - 1) / blocks, 1, most);
}

}  // namespace pianola
