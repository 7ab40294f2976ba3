// The autoregressive transition model over quantized increments (policies/autoregressive_law.hpp): the policy network
// `transformer`, whose one observation is a state and a token and whose tokens are cells of the increment.
#include <string>

#include "pianola/policies/autoregressive_law.hpp"
#include "pianola/training/model_learner.hpp"

namespace pianola {
namespace {

class AutoregressiveModel final : public ConfiguredModel<AutoregressiveModelConfig> {
 public:
  using ConfiguredModel::ConfiguredModel;
  void check(std::size_t inputs, std::size_t dim) const override {
    check_network(samples_of({inputs, dim, {}, {}}, increment_bins(config_.bins)), network(), config_.steps);
  }
  [[nodiscard]] TensorFile fit(const IncrementSamples& from, const MemberOptions& options) const override {
    const IncrementCells cells = fit_increment_cells(from.increments, from.dim, increment_bins(config_.bins));
    Samples samples = samples_of(from, cells.bins);
    samples.tokens.reserve(from.increments.size());
    for (std::size_t i = 0; i < from.increments.size(); ++i) {
      samples.tokens.push_back(cells.cell(i % from.dim, from.increments[i]));
    }
    TensorFile file = fit_network(samples, network(), config_.steps, options);
    put_cells(cells, file);
    return file;
  }

 private:
  /// Without the tokens.
  static Samples samples_of(const IncrementSamples& from, std::size_t bins) {
    Samples samples = network_samples(from);
    samples.positions = from.dim;
    samples.vocabularies.assign(from.dim, static_cast<std::uint32_t>(bins));
    return samples;
  }
  [[nodiscard]] std::string network() const {
    return Spec{"transformer",
                {{"width", std::to_string(config_.width)},
                 {"layers", std::to_string(config_.layers)},
                 {"heads", std::to_string(config_.heads)}}}
        .text();
  }
};

std::unique_ptr<ModelLearner> make(const Spec& spec) { return std::make_unique<AutoregressiveModel>(spec); }

}  // namespace

ModelLearnerEntry model_learner_entry_autoregressive() { return {"autoregressive", &make}; }

}  // namespace pianola
