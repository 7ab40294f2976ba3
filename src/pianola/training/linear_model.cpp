// The linear-Gaussian transition model, in closed form: policies/linear_law.hpp.
#include "pianola/policies/linear_law.hpp"
#include "pianola/training/model_learner.hpp"

namespace pianola {
namespace {

class LinearModel final : public ConfiguredModel<LearnedModelConfig> {
 public:
  using ConfiguredModel::ConfiguredModel;
  void check(std::size_t, std::size_t) const override {}
  [[nodiscard]] TensorFile fit(const IncrementSamples& samples, const MemberOptions&) const override {
    return to_tensors(fit_linear_law(samples.seen, samples.increments, samples.inputs, samples.dim));
  }
};

std::unique_ptr<ModelLearner> make(const Spec& spec) { return std::make_unique<LinearModel>(spec); }

}  // namespace

ModelLearnerEntry model_learner_entry_linear() { return {"linear", &make}; }

}  // namespace pianola
