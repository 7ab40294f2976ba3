// The mixture-density transition model (policies/mixture_law.hpp): the policy network `mixture`, whose inputs are a
// state and a token and whose "action" is the normalised increment.
#include <string>

#include "pianola/base/error.hpp"
#include "pianola/training/model_learner.hpp"

namespace pianola {
namespace {

class MixtureModel final : public ConfiguredModel<MixtureModelConfig> {
 public:
  using ConfiguredModel::ConfiguredModel;
  void check(std::size_t inputs, std::size_t dim) const override {
    if (config_.components < 1 || config_.components > 1024) {
      throw UsageError("transition model 'mixture': option 'components' must lie in 1 … 1024, not at " +
                       std::to_string(config_.components));
    }
    check_network(network_samples({inputs, dim, {}, {}}), network(), config_.steps);
  }
  [[nodiscard]] TensorFile fit(const IncrementSamples& samples, const MemberOptions& options) const override {
    return fit_network(network_samples(samples), network(), config_.steps, options);
  }

 private:
  [[nodiscard]] std::string network() const {
    return Spec{"mixture",
                {{"components", std::to_string(config_.components)},
                 {"hidden", config_.hidden},
                 {"activation", config_.activation}}}
        .text();
  }
};

std::unique_ptr<ModelLearner> make(const Spec& spec) { return std::make_unique<MixtureModel>(spec); }

}  // namespace

ModelLearnerEntry model_learner_entry_mixture() { return {"mixture", &make}; }

}  // namespace pianola
