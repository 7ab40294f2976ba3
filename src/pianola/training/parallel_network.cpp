// All positions at once, the ablation of `transformer`: after the observations as many places as there are positions,
// which hold position vectors only and see everything, so that tokens are independent given the observations.
#include <algorithm>
#include <utility>

#include "pianola/training/token_network_internal.hpp"
#include "pianola/training/transformer_trunk_internal.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "policy 'parallel'";

class ParallelNetwork final : public TokenNetwork {
 public:
  ParallelNetwork(const ParallelConfig& config, const NetworkShape& shape)
      : TokenNetwork(shape.vocabularies),
        history_(static_cast<std::int64_t>(shape.history)),
        vocabularies_(shape.vocabularies),
        size_(transformer_shape(config, kWho)) {
    require_fixed_length("parallel", shape);
    require_observations("parallel", shape);
    const auto width = static_cast<std::int64_t>(size_.width),
               largest = std::int64_t{*std::ranges::max_element(vocabularies_)};
    observation_ = parameters_.add_affine("observation", width, static_cast<std::int64_t>(shape.inputs) / history_);
    position_ = parameters_.add_vectors("position", history_ + static_cast<std::int64_t>(vocabularies_.size()), width);
    trunk_.emplace(size_, parameters_);
    head_ = parameters_.add_affine("head", largest, width);
    TransformerWeights kind;
    kind.parallel = true;
    description_ = describe_transformer(std::move(kind), size_, shape);
  }

  [[nodiscard]] const std::string& spec() const override { return description_.spec; }
  [[nodiscard]] const std::vector<ParameterSpec>& parameters() const override { return parameters_.specs(); }
  [[nodiscard]] std::map<std::string, std::string> metadata() const override { return description_.metadata; }

  [[nodiscard]] torch::Tensor outputs(const std::vector<torch::Tensor>& p, const TrainingBatch& batch) const override {
    const std::int64_t n = batch.inputs.size(0);
    const torch::Tensor seen =
        torch::linear(batch.inputs.view({n, history_, -1}), p[observation_], p[observation_ + 1]);
    const std::int64_t asked = p[position_].size(0) - history_;
    const torch::Tensor nothing = torch::zeros({1, 1, 1}).expand({n, asked, p[position_].size(1)});
    const torch::Tensor x = trunk_->blocks(p, torch::cat({seen, nothing}, 1) + p[position_], false);
    const torch::Tensor read = trunk_->norm(p, x.narrow(1, history_, asked));
    return join_positions(torch::linear(read, p[head_], p[head_ + 1]), vocabularies_);
  }

 private:
  std::int64_t history_;
  std::vector<std::uint32_t> vocabularies_;
  TransformerShape size_;
  TransformerParameters parameters_;
  std::optional<TransformerTrunk> trunk_;
  std::size_t observation_ = 0, position_ = 0, head_ = 0;
  TransformerDescription description_;
};

std::unique_ptr<Network> make(const Spec& spec, const NetworkShape& shape) {
  return std::make_unique<ParallelNetwork>(read_options<ParallelConfig>(spec, kWho), shape);
}

}  // namespace

NetworkEntry network_entry_parallel() { return {"parallel", &make}; }

}  // namespace pianola
