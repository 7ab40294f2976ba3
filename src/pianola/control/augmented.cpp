// Model-based augmentation (docs/theory.md §7, Algorithm 1 and Theorem 7): the policy does not see the real state, but
// an auxiliary one that a transition model keeps in the expert's distribution.
//
//   x̃ ← x_1;   each step:  ũ ~ π̂(· | x̃),  execute ũ,  x̃ ~ M̂(· | x̃, ũ);   re-anchoring: x̃ ← x
//
// It is re-anchored every m steps (resync_every: m = ∞ is Algorithm 1, m = 1 plain feedback), where the real state has
// left the tube of radius r around x̃ (resync_above: ‖x − x̃‖ > r in observation units, angles the short way), or where
// the members of an ensemble disagreed about the step that led here (resync_disagreement). Inside, x̃ takes the place of
// the observation of the controller `feedback` (a trained policy) or `quantized` (q#π*), whose options it has; a chunk
// that is being played when x̃ is set is played to its end. A lane whose auxiliary trajectory ends (falls) stays there
// until it is set again.
//
// It needs deterministic dynamics to keep its promise, and stable ones: without re-anchoring nothing corrects the real
// state, and on an unstable plant it must fail. On a deterministic plant a learned law's width is an error of its own:
// next=mode steps to the law's mode instead of drawing.
#include "pianola/control/augmented.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/control/auxiliary_model.hpp"
#include "pianola/control/auxiliary_report.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/control/inner_options.hpp"
#include "pianola/control/requirements.hpp"
#include "pianola/policies/transition_model.hpp"

namespace pianola {

ControllerEntry controller_entry_feedback();
ControllerEntry controller_entry_quantized();

namespace {

struct AugmentedConfig {
  std::optional<std::uint64_t> resync_every;
  std::optional<double> resync_above, resync_disagreement;
  AuxiliaryModelConfig model;
  template <class V>
  void visit(V&& v) {
    v("resync_every", resync_every, "steps after which the auxiliary state is set to the real one; auto: never");
    v("resync_above", resync_above, "distance of the two beyond which it is, observation units; auto: never");
    v("resync_disagreement", resync_disagreement,
      "spread of an ensemble's next states beyond which it is, in widths of the training range; auto: never");
    model.visit(v);
  }
};

struct Parts {
  std::shared_ptr<const ControllerRecipe> inner;
  std::shared_ptr<const TransitionModel> model;
  std::uint64_t resync_every = 0;  ///< 0: never
  double resync_above = HUGE_VAL, resync_disagreement = HUGE_VAL;
  std::shared_ptr<AuxiliaryCounter> counter = std::make_shared<AuxiliaryCounter>();
};

class AugmentedController final : public Controller {
 public:
  AugmentedController(std::shared_ptr<const Parts> parts, std::size_t lanes)
      : AugmentedController(parts, parts->inner->make(lanes), parts->model->session(lanes), lanes) {}

  [[nodiscard]] std::unique_ptr<Controller> clone() const override {
    auto copy = std::make_unique<AugmentedController>(parts_, inner_->clone(), session_->clone(), lanes_);
    copy->key_ = key_;
    copy->played_ = played_;
    copy->left_ = left_;
    return copy;
  }

  AugmentedController(std::shared_ptr<const Parts> parts, std::unique_ptr<Controller> inner,
                      std::unique_ptr<TransitionSession> session, std::size_t lanes)
      : parts_(std::move(parts)),
        lanes_(lanes),
        inner_(std::move(inner)),
        session_(std::move(session)),
        auxiliary_(lanes * parts_->model->info().observation_dim),
        tokens_(parts_->model->info().reads_tokens ? lanes * parts_->inner->trace_shape().tokens : 0),
        left_(lanes),
        set_(lanes) {}

  void reset(const NoiseKey& key, Ids ids) override {
    key_ = key;
    played_ = 0;
    std::ranges::fill(left_, std::uint8_t{0});
    inner_->reset(key, ids);
  }

  void act(const Situation& situation, std::span<double> actions, ControlTrace* trace) override {
    anchor(situation);
    ++played_;
    session_->observe(auxiliary_);
    const Situation imagined{situation.ids, situation.h, auxiliary_, session_->outcomes(), session_->plant()};
    ControlTrace inside = trace != nullptr ? *trace : ControlTrace{};
    if (inside.tokens.empty()) inside.tokens = tokens_;
    const bool traced = trace != nullptr || !tokens_.empty();
    inner_->act(imagined, actions, traced ? &inside : nullptr);
    if (trace != nullptr && !trace->auxiliary.empty()) std::ranges::copy(auxiliary_, trace->auxiliary.begin());
    session_->step({situation.ids, situation.h, inside.tokens, actions});
    count(situation);
  }

 private:
  /// Sets the auxiliary state to the real one where that is due; set_ says in which lanes.
  void anchor(const Situation& situation) {
    const bool first = played_ == 0;
    if (first || (parts_->resync_every != 0 && played_ % parts_->resync_every == 0)) {
      session_->start(key_, situation);
      std::ranges::fill(set_, first ? std::uint8_t{0} : std::uint8_t{1});
      return;
    }
    std::ranges::fill(set_, std::uint8_t{0});
    if (std::isfinite(parts_->resync_above)) mark_far(situation);
    if (std::isfinite(parts_->resync_disagreement)) mark_apart();
    if (std::ranges::find(set_, std::uint8_t{1}) != set_.end()) session_->restart(situation, set_);
  }

  void mark_far(const Situation& situation) {
    session_->observe(auxiliary_);
    const std::size_t dim = auxiliary_.size() / std::max<std::size_t>(lanes_, 1);
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      const double away =
          observation_distance(parts_->model->info().geometry, std::span(auxiliary_).subspan(lane * dim, dim),
                               situation.observations.subspan(lane * dim, dim));
      if (!(away <= parts_->resync_above)) set_[lane] = 1;
    }
  }

  void mark_apart() {
    const auto apart = session_->disagreement();
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      if (!(apart[lane] <= parts_->resync_disagreement)) set_[lane] = 1;
    }
  }

  void count(const Situation& situation) {
    std::uint64_t steps = 0, resyncs = 0;
    const auto left = session_->left_range();
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      if (situation.outcomes[lane] != Outcome::running) continue;
      ++steps;
      resyncs += set_[lane];
      if (left.empty() || left[lane] == kNever || left_[lane] != 0) continue;
      left_[lane] = 1;
      parts_->counter->leave(left[lane]);
    }
    parts_->counter->count(steps, resyncs);
  }

  std::shared_ptr<const Parts> parts_;
  std::size_t lanes_;
  std::unique_ptr<Controller> inner_;
  std::unique_ptr<TransitionSession> session_;
  NoiseKey key_;
  std::uint64_t played_ = 0;  // steps since reset
  std::vector<double> auxiliary_;
  std::vector<Token> tokens_;       // where the model asks for them and nobody else does
  std::vector<std::uint8_t> left_;  // [lanes], the training range, since reset
  std::vector<std::uint8_t> set_;   // [lanes], at this step
};

class AugmentedRecipe final : public ControllerRecipe, public ReportsAuxiliary {
 public:
  AugmentedRecipe(Parts parts, std::string spec)
      : parts_(std::make_shared<const Parts>(std::move(parts))),
        has_range_(!parts_->model->session(1)->left_range().empty()),
        spec_(std::move(spec)) {}
  [[nodiscard]] const std::string& spec() const override { return spec_; }
  [[nodiscard]] std::string quantizer() const override { return parts_->inner->quantizer(); }
  [[nodiscard]] TraceShape trace_shape() const override {
    TraceShape shape = parts_->inner->trace_shape();
    shape.auxiliary = parts_->model->info().observation_dim;
    return shape;
  }
  [[nodiscard]] std::unique_ptr<Controller> make(std::size_t lanes) const override {
    return std::make_unique<AugmentedController>(parts_, lanes);
  }
  [[nodiscard]] AuxiliaryReport auxiliary_report() const override { return parts_->counter->report(has_range_); }

 private:
  std::shared_ptr<const Parts> parts_;
  bool has_range_;
  std::string spec_;
};

void check_resyncs(const std::string& who, const AugmentedConfig& config) {
  if (config.resync_every && *config.resync_every == 0) {
    throw UsageError(who + ": resync_every must be at least 1; leave it out for never");
  }
  for (const auto& [name, radius] :
       {std::pair{"resync_above", config.resync_above}, std::pair{"resync_disagreement", config.resync_disagreement}}) {
    if (!radius || (*radius >= 0.0 && std::isfinite(*radius))) continue;
    throw UsageError(
        fmt::format("{}: {} must be a finite number from 0 on, but is {}; leave it out for never", who, name, *radius));
  }
}

void require_ensemble(const std::string& who, const AugmentedConfig& config, const TransitionModel& model) {
  if (!config.resync_disagreement || model.info().members > 1) return;
  throw UsageError(
      fmt::format("{}: resync_disagreement needs an ensemble, but the transition model '{}' is one; train "
                  "it with members=5 (--with-model mixture:members=5)",
                  who, model.info().spec));
}

constexpr const char* kWho = "controller 'augmented'";

ControllerEntry inner_entry(const Deployment& deployment) {
  return deployment.policy ? controller_entry_feedback() : controller_entry_quantized();
}

std::shared_ptr<const ControllerRecipe> make(const Spec& spec, const Deployment& deployment) {
  const std::string who = kWho;
  const ControllerEntry inner = inner_entry(deployment);
  const auto [own, rest] = split_options<AugmentedConfig>(spec, who, inner);
  if (rest.find("delay") != nullptr) {
    throw UsageError(who + ": has no delay: between resyncs it needs no observation, so it can decide ahead of time");
  }
  check_resyncs(who, own);
  require_quantizer(who, deployment);
  Parts parts{inner.make(rest, deployment), auxiliary_model(who, own.model, deployment), own.resync_every.value_or(0),
              own.resync_above.value_or(HUGE_VAL), own.resync_disagreement.value_or(HUGE_VAL)};
  require_ensemble(who, own, *parts.model);
  const std::string name = join_options("augmented", own, parts.inner->spec());
  return std::make_shared<AugmentedRecipe>(std::move(parts), name);
}

}  // namespace

std::shared_ptr<const TransitionModel> augmented_model(const std::string& spec, const Deployment& deployment) {
  const Spec parsed = parse_spec(spec);
  if (parsed.name != "augmented") {
    throw UsageError(fmt::format("{}: '{}' keeps no auxiliary state; name augmented", kWho, spec));
  }
  require_quantizer(kWho, deployment);
  return auxiliary_model(kWho, split_options<AugmentedConfig>(parsed, kWho, inner_entry(deployment)).own.model,
                         deployment);
}

ControllerEntry controller_entry_augmented() {
  return {"augmented", "Algorithm 1: acts on a state that a transition model keeps for it, re-anchored or never",
          joined_help<AugmentedConfig>(controller_entry_feedback().options), make};
}

}  // namespace pianola
