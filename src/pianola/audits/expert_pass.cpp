#include "pianola/audits/expert_pass.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "pianola/audits/audit.hpp"
#include "pianola/control/rollout.hpp"

namespace pianola {
namespace {

/// Plays the expert, and lets another controller see the same situations; what that one decides is the trace's
/// "auxiliary" of as many numbers as an action has.
class Shadowed final : public Controller {
 public:
  Shadowed(std::unique_ptr<Controller> expert, std::unique_ptr<Controller> shadow)
      : expert_(std::move(expert)), shadow_(std::move(shadow)) {}
  [[nodiscard]] std::unique_ptr<Controller> clone() const override {
    return std::make_unique<Shadowed>(expert_->clone(), shadow_->clone());
  }
  void reset(const NoiseKey& key, Ids ids) override {
    expert_->reset(key, ids);
    shadow_->reset(key, ids);
  }
  void act(const Situation& situation, std::span<double> actions, ControlTrace* trace) override {
    if (trace != nullptr) shadow_->act(situation, trace->auxiliary);
    expert_->act(situation, actions);
  }

 private:
  std::unique_ptr<Controller> expert_, shadow_;
};

class ShadowedRecipe final : public ControllerRecipe {
 public:
  ShadowedRecipe(std::shared_ptr<const ControllerRecipe> expert, std::shared_ptr<const ControllerRecipe> shadow,
                 std::size_t action_dim)
      : expert_(std::move(expert)), shadow_(std::move(shadow)), action_dim_(action_dim) {}
  [[nodiscard]] const std::string& spec() const override { return expert_->spec(); }
  [[nodiscard]] TraceShape trace_shape() const override { return {0, 0, action_dim_}; }
  [[nodiscard]] std::unique_ptr<Controller> make(std::size_t lanes) const override {
    return std::make_unique<Shadowed>(expert_->make(lanes), shadow_->make(lanes));
  }

 private:
  std::shared_ptr<const ControllerRecipe> expert_, shadow_;
  std::size_t action_dim_;
};

/// Chunk after chunk, so that a scheme with a moving scale sees them in order. observations: [T × n]; actions: [T × m];
/// out: [⌊T / c⌋·c × m]. The noise of a dither is that of the stream "dither", as in deployment.
void quantize_trajectory(const ExpertPassPlan& plan, std::uint64_t id, std::span<const double> observations,
                         std::span<const double> actions, std::span<double> out) {
  const SystemInfo& info = plan.system->info();
  const std::size_t n = info.observation_dim, m = info.action_dim, chunk = plan.quantizer->info().chunk;
  const NoiseKey dither = plan.key.child("dither");
  std::vector<double> memory(plan.quantizer->info().memory_size);
  for (std::size_t row = 0; row * m < out.size(); row += chunk) {
    const auto h = static_cast<std::uint32_t>(row);
    const CodecContext context{&dither, {&id, 1}, {&h, 1}, memory, observations.subspan(row * n, n)};
    plan.quantizer->quantize(actions.subspan(row * m, chunk * m), context, out.subspan(row * m, chunk * m));
  }
}

class PassRecorder final : public Recorder {
 public:
  explicit PassRecorder(const ExpertPassPlan& plan)
      : plan_(plan), n_(plan.system->info().observation_dim), m_(plan.system->info().action_dim) {}
  [[nodiscard]] bool wants_traces() const override { return plan_.shadow != nullptr; }

  void begin(Ids ids) override {
    ids_.assign(ids.begin(), ids.end());
    const std::size_t rows = ids.size() * plan_.horizon;
    observations_.resize(rows * n_);
    actions_.resize(rows * m_);
    if (wants_traces()) shadow_.resize(rows * m_);
    rewards_.resize(rows);
    steps_.assign(ids.size(), 0);
    outcomes_.assign(ids.size(), Outcome::running);
  }

  void step(const StepView& view) override {
    for (std::size_t lane = 0; lane < ids_.size(); ++lane) {
      outcomes_[lane] = view.after[0][lane];
      // A step whose action is no number was not taken: the trajectory diverged there.
      if (view.before[0][lane] != Outcome::running || outcomes_[lane] == Outcome::diverged) continue;
      const std::size_t row = lane * plan_.horizon + view.h;
      std::copy_n(&view.observations[0][lane * n_], n_, &observations_[row * n_]);
      std::copy_n(&view.actions[0][lane * m_], m_, &actions_[row * m_]);
      if (wants_traces()) std::copy_n(&view.traces[0].auxiliary[lane * m_], m_, &shadow_[row * m_]);
      rewards_[row] = view.rewards[0][lane];
      steps_[lane] = view.h + 1;
    }
  }

  void end() override {
    if (plan_.quantizer == nullptr) return;
    quantized_.resize(actions_.size());
    for (std::size_t lane = 0; lane < ids_.size(); ++lane) quantize(lane);
  }

  void visit(const std::function<void(const ExpertTrajectory&)>& visit) const {
    for (std::size_t lane = 0; lane < ids_.size(); ++lane) visit(trajectory(lane));
  }

 private:
  [[nodiscard]] std::size_t whole_chunks(std::size_t lane) const {
    return steps_[lane] / plan_.quantizer->info().chunk;
  }

  void quantize(std::size_t lane) {
    const std::size_t row = lane * plan_.horizon, quantized = whole_chunks(lane) * plan_.quantizer->info().chunk * m_;
    quantize_trajectory(plan_, ids_[lane], std::span(observations_).subspan(row * n_, steps_[lane] * n_),
                        std::span(actions_).subspan(row * m_, steps_[lane] * m_),
                        std::span(quantized_).subspan(row * m_, quantized));
  }

  [[nodiscard]] ExpertTrajectory trajectory(std::size_t lane) const {
    const std::size_t row = lane * plan_.horizon, steps = steps_[lane];
    ExpertTrajectory out;
    out.id = ids_[lane];
    out.steps = steps;
    out.observations = {&observations_[row * n_], steps * n_};
    out.actions = {&actions_[row * m_], steps * m_};
    if (plan_.quantizer != nullptr) {
      out.quantized = {&quantized_[row * m_], whole_chunks(lane) * plan_.quantizer->info().chunk * m_};
    }
    if (wants_traces()) out.shadow = {&shadow_[row * m_], steps * m_};
    out.rewards = {&rewards_[row], steps};
    out.outcome = outcomes_[lane];
    return out;
  }

  const ExpertPassPlan& plan_;
  std::size_t n_, m_;
  std::vector<std::uint64_t> ids_;
  std::vector<std::size_t> steps_;
  std::vector<Outcome> outcomes_;
  std::vector<double> observations_, actions_, quantized_, shadow_, rewards_;  // [lanes × H × …]
};

}  // namespace

ExpertPassPlan expert_pass_of(const AuditPlan& plan, std::string activity) {
  ExpertPassPlan pass;
  pass.system = plan.deployment.system;
  pass.expert = plan.deployment.expert;
  pass.quantizer = plan.deployment.quantizer;
  static_cast<RolloutSet&>(pass) = plan.rollout_set(std::move(activity));
  pass.recorded = plan.recorded;
  return pass;
}

void RecordedExpert::add(const ExpertTrajectory& t) {
  kept_.push_back({t.id,
                   t.steps,
                   {t.observations.begin(), t.observations.end()},
                   {t.actions.begin(), t.actions.end()},
                   {t.rewards.begin(), t.rewards.end()},
                   t.outcome});
}

void RecordedExpert::visit(const ExpertPassPlan& plan,
                           const std::function<void(const ExpertTrajectory&)>& visit) const {
  std::vector<double> quantized;
  for (const Kept& kept : kept_) {
    ExpertTrajectory t;
    t.id = kept.id, t.steps = kept.steps, t.outcome = kept.outcome;
    t.observations = kept.observations, t.actions = kept.actions, t.rewards = kept.rewards;
    if (plan.quantizer != nullptr) {
      const std::size_t chunk = plan.quantizer->info().chunk;
      quantized.resize(t.steps / chunk * chunk * plan.system->info().action_dim);
      quantize_trajectory(plan, t.id, t.observations, t.actions, quantized);
      t.quantized = quantized;
    }
    visit(t);
  }
}

void expert_pass(const ExpertPassPlan& plan, const std::function<void(const ExpertTrajectory&)>& visit) {
  if (plan.recorded != nullptr && plan.shadow == nullptr && plan.player == nullptr) {
    plan.recorded->visit(plan, visit);
    return;
  }
  RolloutPlan rollouts;
  rollouts.system = plan.system;
  Deployment deployment;
  deployment.system = plan.system;
  deployment.expert = plan.expert;
  std::shared_ptr<const ControllerRecipe> recipe = plan.player ? plan.player : make_controller("expert", deployment);
  if (plan.shadow != nullptr) {
    recipe = std::make_shared<ShadowedRecipe>(recipe, plan.shadow, plan.system->info().action_dim);
  }
  rollouts.controllers = {std::move(recipe)};
  static_cast<RolloutSet&>(rollouts) = plan;
  rollouts.lanes = balanced_lanes(*plan.system, plan.rollouts);
  rollout(
      rollouts, [&](const Block&) { return std::make_unique<PassRecorder>(plan); },
      [&](Recorder& recorder) { static_cast<PassRecorder&>(recorder).visit(visit); });
}

}  // namespace pianola
