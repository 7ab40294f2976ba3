// The laws over actions of policies/mixture_weights.hpp, to be trained:
//
//   mse                           Σ_d (u_d − m_d)², the mean over rows
//   gaussian, mixture, armixture  −log p(u | x), nats, of normalised actions
//   bet                           −log w_t + Σ_d (u_d − c_td − m_td)², t the code nearest to u
//
// BeT's two terms have equal weight; its score is that of the code alone.
#include <cmath>
#include <numbers>

#include "pianola/base/error.hpp"
#include "pianola/policies/mixture_weights.hpp"
#include "pianola/training/mlp_trunk_internal.hpp"

namespace pianola {
namespace {

/// A batch's laws: log w [n × r × k], m and σ [n × r × k × D'], for r rows of outputs a sample.
struct Laws {
  torch::Tensor log_weights, means, deviations;
};

class MixtureNetwork final : public Network {
 public:
  MixtureNetwork(const MlpConfig& config, const MixtureShape& mixture, const NetworkShape& shape)
      : mixture_(mixture), trunk_(config, shape.inputs + mixture.extra_inputs(), mixture.outputs()) {
    if (shape.context > 0) {
      throw UsageError("policy '" + mixture_names()[static_cast<std::size_t>(mixture.kind)] +
                       "' sees observations, not a context of tokens; use --policy transformer");
    }
    MlpWeights description = trunk_.description();
    description.history = shape.history;
    description.vocabularies = {static_cast<std::uint32_t>(mixture.outputs())};
    spec_ = mixture_spec(mixture, description);
    description.layers.clear();
    metadata_ = to_tensors(description).metadata;
    metadata_.merge(mixture_metadata(mixture, shape.chunk));
    const auto k = static_cast<std::int64_t>(mixture_.components), d = static_cast<std::int64_t>(mixture_.coordinates);
    if (mixture_.kind == MixtureKind::bet) codes_ = torch::tensor(shape.codes).view({k, d});
  }

  [[nodiscard]] const std::string& spec() const override { return spec_; }
  [[nodiscard]] const std::vector<ParameterSpec>& parameters() const override { return trunk_.parameters(); }
  [[nodiscard]] std::map<std::string, std::string> metadata() const override { return metadata_; }
  [[nodiscard]] bool continuous() const override { return true; }
  [[nodiscard]] Measure measure() const override {
    if (mixture_.density()) return Measure::density;
    return mixture_.kind == MixtureKind::bet ? Measure::tokens : Measure::none;
  }

  [[nodiscard]] torch::Tensor outputs(const std::vector<torch::Tensor>& p, const TrainingBatch& batch) const override {
    if (!mixture_.autoregressive()) return trunk_.run(p, batch.inputs);
    const std::int64_t n = batch.inputs.size(0), d = batch.actions.size(1);
    const torch::Tensor seen = batch.inputs.unsqueeze(1).expand({n, d, batch.inputs.size(1)});
    const torch::Tensor before = batch.actions.unsqueeze(1) * torch::ones({d, d}).tril(-1);
    const torch::Tensor which = torch::eye(d).unsqueeze(0).expand({n, d, d});
    return trunk_.run(p, torch::cat({seen, before, which}, 2)).reshape({n, -1});
  }

  [[nodiscard]] torch::Tensor loss(const torch::Tensor& outputs, const TrainingBatch& batch) const override {
    const Laws law = laws(outputs);
    if (mixture_.kind == MixtureKind::mse)
      return (batch.actions - law.means.view_as(batch.actions)).square().sum(1).mean();
    if (mixture_.kind != MixtureKind::bet) return log_density(law, batch.actions).mean().neg();
    const std::int64_t n = outputs.size(0), d = batch.actions.size(1);
    const torch::Tensor index = batch.tokens.view({n, 1, 1}).expand({n, 1, d});
    const torch::Tensor offsets = law.means.squeeze(1).gather(1, index).squeeze(1);
    const torch::Tensor rest = batch.actions - codes_.index_select(0, batch.tokens.view({n}));
    return code_loss(law, batch.tokens).mean() + (rest - offsets).square().sum(1).mean();
  }

  [[nodiscard]] NetworkScores score(const torch::Tensor& outputs, const TrainingBatch& batch) const override {
    if (mixture_.kind == MixtureKind::mse) return {};
    const Laws law = laws(outputs);
    if (mixture_.kind == MixtureKind::bet) return {code_loss(law, batch.tokens).unsqueeze(1), {}};
    return {log_density(law, batch.actions).neg().unsqueeze(1), {}};
  }

 private:
  [[nodiscard]] Laws laws(const torch::Tensor& outputs) const {
    const auto k = static_cast<std::int64_t>(mixture_.components), d = static_cast<std::int64_t>(mixture_.width());
    const torch::Tensor rows = outputs.view({outputs.size(0), -1, static_cast<std::int64_t>(mixture_.outputs())});
    std::int64_t at = static_cast<std::int64_t>(mixture_.weights());
    Laws law;
    law.log_weights = at > 0 ? torch::log_softmax(rows.narrow(2, 0, at), 2) : torch::zeros({1, 1, 1});
    const auto part = [&] {
      at += k * d;
      return rows.narrow(2, at - k * d, k * d).reshape({rows.size(0), rows.size(1), k, d});
    };
    law.means = part();
    if (mixture_.density()) law.deviations = torch::softplus(part()) + kSmallestDeviation;
    return law;
  }

  /// log p(u | x) of each sample, [n].
  [[nodiscard]] static torch::Tensor log_density(const Laws& law, const torch::Tensor& actions) {
    const std::int64_t rows = law.means.size(1), d = law.means.size(3);
    const torch::Tensor u = actions.view({actions.size(0), rows, 1, d});
    const torch::Tensor z = (u - law.means) / law.deviations;
    const torch::Tensor each = (z.square() * -0.5 - law.deviations.log()).sum(3) -
                               0.5 * static_cast<double>(d) * std::log(2.0 * std::numbers::pi);
    return torch::logsumexp(law.log_weights + each, {2}).sum(1);
  }

  [[nodiscard]] static torch::Tensor code_loss(const Laws& law, const torch::Tensor& tokens) {
    if (law.log_weights.size(0) == 1 && law.log_weights.size(2) == 1) return torch::zeros({tokens.size(0)});
    return law.log_weights.squeeze(1).gather(1, tokens).squeeze(1).neg();
  }

  MixtureShape mixture_;
  MlpTrunk trunk_;
  torch::Tensor codes_;  // [k × D]
  std::string spec_;
  std::map<std::string, std::string> metadata_;
};

std::size_t checked_components(const char* who, const char* option, int components) {
  if (components >= 1 && components <= 1024) return static_cast<std::size_t>(components);
  throw UsageError(std::string(who) + ": option '" + option + "' must lie in 1 … 1024, not at " +
                   std::to_string(components));
}

template <MixtureKind kind>
std::unique_ptr<Network> make_single(const Spec& spec, const NetworkShape& shape) {
  const auto config = read_options<MlpConfig>(spec, "policy '" + spec.name + "'");
  return std::make_unique<MixtureNetwork>(config, MixtureShape{kind, 1, shape.chunk_values}, shape);
}

template <MixtureKind kind>
std::unique_ptr<Network> make_mixture(const Spec& spec, const NetworkShape& shape) {
  const std::string who = "policy '" + spec.name + "'";
  const auto config = read_options<MixtureConfig>(spec, who);
  const std::size_t components = checked_components(who.c_str(), "components", config.components);
  return std::make_unique<MixtureNetwork>(config, MixtureShape{kind, components, shape.chunk_values}, shape);
}

std::unique_ptr<Network> make_bet(const Spec& spec, const NetworkShape& shape) {
  const auto config = read_options<BetConfig>(spec, "policy 'bet'");
  const std::size_t k = checked_components("policy 'bet'", "k", config.k);
  if (shape.codes.size() != k * shape.chunk_values) {
    throw UsageError("policy 'bet': k is " + std::to_string(k) + ", but there are " +
                     std::to_string(shape.codes.size() / std::max<std::size_t>(1, shape.chunk_values)) +
                     " codes of whole chunks; its quantizer is kmeans with the same k and joint=chunk");
  }
  return std::make_unique<MixtureNetwork>(config, MixtureShape{MixtureKind::bet, k, shape.chunk_values}, shape);
}

}  // namespace

NetworkEntry network_entry_mse() { return {"mse", &make_single<MixtureKind::mse>}; }
NetworkEntry network_entry_gaussian() { return {"gaussian", &make_single<MixtureKind::gaussian>}; }
NetworkEntry network_entry_mixture() { return {"mixture", &make_mixture<MixtureKind::mixture>}; }
NetworkEntry network_entry_armixture() { return {"armixture", &make_mixture<MixtureKind::armixture>}; }
NetworkEntry network_entry_bet() { return {"bet", &make_bet}; }

}  // namespace pianola
