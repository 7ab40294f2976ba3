// Model-based augmentation (docs/theory.md §7, Algorithm 1 and Theorem 7): the policy never sees the real state again,
// but an auxiliary one that a transition model keeps in the expert's distribution.
//
//   x̃ ← x_1;   each step:  ũ ~ π̂(· | x̃),  execute ũ,  x̃ ~ M̂(· | x̃, ũ);   every m steps (resync_every): x̃ ← x
//
// m = ∞ is Algorithm 1, m = 1 is plain feedback. Inside, x̃ takes the place of the observation of the controller
// `feedback` (a trained policy) or `quantized` (q#π*), whose options it has; a chunk that is being played when x̃ is set
// is played to its end. A lane whose auxiliary trajectory ends (falls) stays there until it is set again.
//
// It needs deterministic dynamics to keep its promise, and stable ones: without resync_every nothing corrects the real
// state, and on an unstable plant it must fail.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/control/inner_options.hpp"
#include "pianola/control/requirements.hpp"
#include "pianola/policies/exact_model.hpp"
#include "pianola/policies/transition_model.hpp"

namespace pianola {

ControllerEntry controller_entry_feedback();
ControllerEntry controller_entry_quantized();

namespace {

struct AugmentedConfig {
  std::optional<std::uint64_t> resync_every;
  std::uint64_t tries = 64;
  template <class V>
  void visit(V&& v) {
    v("resync_every", resync_every, "steps after which the auxiliary state is set to the real one; auto: never");
    v("tries", tries, "draws of a stochastic expert by which the exact model looks for an action of the token");
  }
};

struct Parts {
  std::shared_ptr<const ControllerRecipe> inner;
  std::shared_ptr<const TransitionModel> model;
  std::uint64_t resync_every = 0;  ///< 0: never
};

class AugmentedController final : public Controller {
 public:
  AugmentedController(std::shared_ptr<const Parts> parts, std::size_t lanes)
      : AugmentedController(parts, parts->inner->make(lanes), parts->model->session(lanes), lanes) {}

  [[nodiscard]] std::unique_ptr<Controller> clone() const override {
    auto copy = std::make_unique<AugmentedController>(parts_, inner_->clone(), session_->clone(), lanes_);
    copy->key_ = key_;
    copy->played_ = played_;
    return copy;
  }

  AugmentedController(std::shared_ptr<const Parts> parts, std::unique_ptr<Controller> inner,
                      std::unique_ptr<TransitionSession> session, std::size_t lanes)
      : parts_(std::move(parts)),
        lanes_(lanes),
        inner_(std::move(inner)),
        session_(std::move(session)),
        auxiliary_(lanes * parts_->model->info().observation_dim),
        tokens_(parts_->model->info().reads_tokens ? lanes * parts_->inner->trace_shape().tokens : 0) {}

  void reset(const NoiseKey& key, Ids ids) override {
    key_ = key;
    played_ = 0;
    inner_->reset(key, ids);
  }

  void act(const Situation& situation, std::span<double> actions, ControlTrace* trace) override {
    if (is_start()) session_->start(key_, situation);
    ++played_;
    session_->observe(auxiliary_);
    const Situation imagined{situation.ids, situation.h, auxiliary_, session_->outcomes(), session_->plant()};
    ControlTrace inside = trace != nullptr ? *trace : ControlTrace{};
    if (inside.tokens.empty()) inside.tokens = tokens_;
    const bool traced = trace != nullptr || !tokens_.empty();
    inner_->act(imagined, actions, traced ? &inside : nullptr);
    if (trace != nullptr && !trace->auxiliary.empty()) std::ranges::copy(auxiliary_, trace->auxiliary.begin());
    session_->step({situation.ids, situation.h, inside.tokens, actions});
  }

 private:
  [[nodiscard]] bool is_start() const {
    return played_ == 0 || (parts_->resync_every != 0 && played_ % parts_->resync_every == 0);
  }

  std::shared_ptr<const Parts> parts_;
  std::size_t lanes_;
  std::unique_ptr<Controller> inner_;
  std::unique_ptr<TransitionSession> session_;
  NoiseKey key_;
  std::uint64_t played_ = 0;  // steps since reset
  std::vector<double> auxiliary_;
  std::vector<Token> tokens_;  // where the model asks for them and nobody else does
};

class AugmentedRecipe final : public ControllerRecipe {
 public:
  AugmentedRecipe(Parts parts, std::string spec)
      : parts_(std::make_shared<const Parts>(std::move(parts))), spec_(std::move(spec)) {}
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

 private:
  std::shared_ptr<const Parts> parts_;
  std::string spec_;
};

std::shared_ptr<const TransitionModel> model_of(const std::string& who, const AugmentedConfig& config,
                                                const Deployment& deployment) {
  if (deployment.model) return deployment.model;
  require_expert(who, deployment);
  if (!deployment.system) {
    throw UsageError(who +
                     ": needs a transition model; deploy a run that was trained with one (--with-model), or name "
                     "the system and its expert, which are the exact one");
  }
  if (config.tries < 1 || config.tries > 1'000'000) {
    throw UsageError(fmt::format("{}: tries must be from 1 to 1000000, but is {}", who, config.tries));
  }
  return make_exact_model(
      {deployment.system, deployment.expert, deployment.quantizer, static_cast<std::uint32_t>(config.tries)});
}

std::shared_ptr<const ControllerRecipe> make(const Spec& spec, const Deployment& deployment) {
  const std::string who = "controller 'augmented'";
  const ControllerEntry inner = deployment.policy ? controller_entry_feedback() : controller_entry_quantized();
  const auto [own, rest] = split_options<AugmentedConfig>(spec, who, inner);
  if (rest.find("delay") != nullptr) {
    throw UsageError(who + ": has no delay: between resyncs it needs no observation, so it can decide ahead of time");
  }
  if (own.resync_every && *own.resync_every == 0) {
    throw UsageError(who + ": resync_every must be at least 1; leave it out for never");
  }
  require_quantizer(who, deployment);
  Parts parts{inner.make(rest, deployment), model_of(who, own, deployment), own.resync_every.value_or(0)};
  const std::string name = join_options("augmented", own, parts.inner->spec());
  return std::make_shared<AugmentedRecipe>(std::move(parts), name);
}

}  // namespace

ControllerEntry controller_entry_augmented() {
  return {"augmented",
          "Algorithm 1: acts on a state that a transition model (without a trained one: the exact one) keeps for it",
          joined_help<AugmentedConfig>(controller_entry_feedback().options), make};
}

}  // namespace pianola
