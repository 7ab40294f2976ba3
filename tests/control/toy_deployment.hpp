// Deployments of the toys, and a recorder that keeps everything.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pianola/control/rollout.hpp"
#include "policies/toys.hpp"

namespace pianola::toys {

struct ToyDeployment : Deployment {
  explicit ToyDeployment(ToyOptions options, std::uint32_t bins = 0, std::size_t chunk = 1, double jitter = 0.0,
                         double blind = std::numeric_limits<double>::infinity()) {
    toy_system = std::make_shared<ToySystem>(options);
    system = toy_system;
    expert = std::make_shared<ToyExpert>(options.gain, jitter, blind);
    if (bins > 0) quantizer = std::make_shared<ToyQuantizer>(bins, chunk);
  }
  std::shared_ptr<ToySystem> toy_system;
};

/// All steps of all trajectories of one controller.
struct Recording {
  std::vector<double> x, u, executed, reward, next;
  std::vector<Outcome> before, after;
  std::vector<Token> tokens;
  std::vector<std::uint32_t> age;
  bool operator==(const Recording&) const = default;
};

class KeepingRecorder final : public Recorder {
 public:
  explicit KeepingRecorder(std::size_t controllers, bool traces = false) : controllers_(controllers), traces_(traces) {}
  [[nodiscard]] bool wants_next_observations() const override { return true; }
  [[nodiscard]] bool wants_traces() const override { return traces_; }
  void begin(Ids ids) override { lanes.assign(ids.size(), std::vector<Recording>(controllers_)); }
  void step(const StepView& view) override {
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
      for (std::size_t c = 0; c < controllers_; ++c) add(lanes[lane][c], view, lane, c);
    }
  }
  void end() override { ended = true; }

  std::vector<std::vector<Recording>> lanes;  // [lane][controller]
  bool ended = false;

 private:
  void add(Recording& to, const StepView& view, std::size_t lane, std::size_t c) const {
    to.x.push_back(view.observations[c][lane]);
    to.u.push_back(view.actions[c][lane]);
    to.executed.push_back(view.executed[c][lane]);
    to.reward.push_back(view.rewards[c][lane]);
    to.next.push_back(view.next_observations[c][lane]);
    to.before.push_back(view.before[c][lane]);
    to.after.push_back(view.after[c][lane]);
    if (!traces_) return;
    to.age.push_back(view.traces[c].age[lane]);
    const std::size_t width = view.traces[c].tokens.size() / lanes.size();
    for (std::size_t p = 0; p < width; ++p) to.tokens.push_back(view.traces[c].tokens[lane * width + p]);
  }

  std::size_t controllers_;
  bool traces_;
};

/// [trajectory][controller] of a plan.
inline std::vector<std::vector<Recording>> keep(const RolloutPlan& plan, bool traces = false) {
  std::vector<std::vector<Recording>> out;
  rollout(
      plan, [&](const Block&) { return std::make_unique<KeepingRecorder>(plan.controllers.size(), traces); },
      [&](Recorder& recorder) {
        for (auto& lane : static_cast<KeepingRecorder&>(recorder).lanes) out.push_back(lane);
      });
  return out;
}

inline RolloutPlan toy_plan(const Deployment& deployment, const std::vector<std::string>& controllers,
                            std::size_t rollouts = 1) {
  RolloutPlan plan;
  plan.system = deployment.system;
  for (const auto& spec : controllers) plan.controllers.push_back(make_controller(spec, deployment));
  plan.key = NoiseKey(11);
  plan.rollouts = rollouts;
  return plan;
}

class Threads {
 public:
  explicit Threads(int count) { set_threads(count); }
  ~Threads() { set_threads(0); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
};

/// The message of the UsageError that `run` throws, or why there is none.
template <class Run>
std::string usage_error(Run run) {
  try {
    run();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace pianola::toys
