// The raw expert in closed loop: u = π*(x). The reference of every regret.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "pianola/control/controller.hpp"
#include "pianola/control/requirements.hpp"

namespace pianola {
namespace {

struct ExpertConfig {
  template <class V>
  void visit(V&&) {}
};

class ExpertController final : public Controller {
 public:
  explicit ExpertController(std::shared_ptr<const Expert> expert) : expert_(std::move(expert)) {}

  [[nodiscard]] std::unique_ptr<Controller> clone() const override { return std::make_unique<ExpertController>(*this); }
  void reset(const NoiseKey& key, Ids) override { key_ = key; }
  void act(const Situation& situation, std::span<double> actions, ControlTrace* trace) override {
    expert_->act(key_, situation, actions);
    if (trace != nullptr) std::ranges::fill(trace->age, 0U);
  }

 private:
  std::shared_ptr<const Expert> expert_;
  NoiseKey key_;
};

class ExpertRecipe final : public ControllerRecipe {
 public:
  explicit ExpertRecipe(std::shared_ptr<const Expert> expert) : expert_(std::move(expert)) {}
  [[nodiscard]] const std::string& spec() const override { return spec_; }
  [[nodiscard]] std::unique_ptr<Controller> make(std::size_t) const override {
    return std::make_unique<ExpertController>(expert_);
  }

 private:
  std::shared_ptr<const Expert> expert_;
  std::string spec_ = "expert";
};

std::shared_ptr<const ControllerRecipe> make(const Spec& spec, const Deployment& deployment) {
  const std::string who = "controller 'expert'";
  read_options<ExpertConfig>(spec, who);
  require_expert(who, deployment);
  return std::make_shared<ExpertRecipe>(deployment.expert);
}

}  // namespace

ControllerEntry controller_entry_expert() {
  return {"expert", "the raw expert, not quantized", describe_options<ExpertConfig>(), make};
}

}  // namespace pianola
