#include "pianola/policies/mixture_policy.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "pianola/policies/mixture_row.hpp"
#include "pianola/policies/registry.hpp"

namespace pianola {
namespace {

class MixtureSession final : public ActionSession {
 public:
  MixtureSession(const MixturePolicy& policy, std::size_t lanes)
      : policy_(policy),
        shape_(policy.weights().shape),
        lanes_(lanes),
        inputs_(policy.info().history * policy.info().observation_dim + shape_.extra_inputs()),
        scratch_(policy.trunk().scratch(lanes)),
        rows_(lanes * inputs_),
        outputs_(lanes * shape_.outputs()),
        weights_(shape_.components),
        normalised_(shape_.coordinates) {}

  void decide(const NoiseKey& key, const Situation& situation, std::span<const float> histories,
              const DecodeOptions& options, std::span<double> actions) override {
    assert(actions.size() == lanes_ * shape_.coordinates);
    const NoiseKey stream = key.child("controller");
    place_histories(histories);
    const std::size_t passes = shape_.autoregressive() ? shape_.coordinates : 1;
    for (std::size_t pass = 0; pass < passes; ++pass) {
      if (shape_.autoregressive()) mark(pass);
      policy_.trunk().logits(rows_, scratch_, outputs_);
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        const MixtureRow row(policy_.weights(), std::span(outputs_).subspan(lane * shape_.outputs(), shape_.outputs()));
        take(row, {stream, situation.ids[lane], situation.h[lane]}, pass, options);
        place(lane, pass, actions);
      }
    }
  }

 private:
  /// Where a lane's numbers come from.
  struct Draw {
    const NoiseKey& stream;
    std::uint64_t id;
    std::uint32_t h;
  };

  void place_histories(std::span<const float> histories) {
    const std::size_t seen = inputs_ - shape_.extra_inputs();
    std::ranges::fill(rows_, 0.0F);
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      std::ranges::copy(histories.subspan(lane * seen, seen), &rows_[lane * inputs_]);
    }
  }

  /// Says which coordinate is asked for.
  void mark(std::size_t coordinate) {
    const std::size_t one_hot = inputs_ - shape_.coordinates;
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      float* const row = &rows_[lane * inputs_];
      if (coordinate > 0) row[one_hot + coordinate - 1] = 0.0F;
      row[one_hot + coordinate] = 1.0F;
    }
  }

  /// Into normalised_: the coordinates that this pass decides.
  void take(const MixtureRow& row, const Draw& draw, std::size_t pass, const DecodeOptions& options) {
    const auto out = std::span(normalised_).first(shape_.width());
    if (!row.finite()) {
      std::ranges::fill(out, std::numeric_limits<double>::quiet_NaN());
      return;
    }
    row.weigh(options.temperature, weights_);
    if (options.mode == DecodeMode::mean) return take_mean(row, out);
    const std::size_t j = options.mode == DecodeMode::argmax ? row.densest(weights_) : drawn(draw, pass);
    const bool sampled = options.mode == DecodeMode::sample && shape_.density();
    const double widen = std::sqrt(options.temperature);
    for (std::size_t d = 0; d < out.size(); ++d) {
      out[d] = row.mean(j, d);
      if (!sampled) continue;
      const std::size_t number = shape_.autoregressive() ? pass : d;
      out[d] += widen * row.deviation(j, d) *
                normal(draw.stream, draw.id, draw.h, static_cast<std::uint32_t>(shape_.coordinates + number));
    }
  }

  void take_mean(const MixtureRow& row, std::span<double> out) const {
    std::ranges::fill(out, 0.0);
    for (std::size_t j = 0; j < weights_.size(); ++j) {
      for (std::size_t d = 0; d < out.size(); ++d) out[d] += weights_[j] * row.mean(j, d);
    }
  }

  [[nodiscard]] std::size_t drawn(const Draw& draw, std::size_t pass) const {
    return component_at(weights_, uniform(draw.stream, draw.id, draw.h, static_cast<std::uint32_t>(pass)));
  }

  /// What take() decided: as an action, and as what later coordinates see.
  void place(std::size_t lane, std::size_t pass, std::span<double> actions) {
    const Normalisation& scale = policy_.weights().actions;
    const std::size_t first = shape_.autoregressive() ? pass : 0;
    for (std::size_t d = 0; d < shape_.width(); ++d) {
      const std::size_t c = first + d;
      actions[lane * shape_.coordinates + c] =
          normalised_[d] / static_cast<double>(scale.inverse_std[c]) + static_cast<double>(scale.mean[c]);
    }
    if (!shape_.autoregressive()) return;
    rows_[lane * inputs_ + inputs_ - 2 * shape_.coordinates + pass] = static_cast<float>(normalised_[0]);
  }

  const MixturePolicy& policy_;
  MixtureShape shape_;
  std::size_t lanes_, inputs_;
  MlpPolicy::Scratch scratch_;
  std::vector<float> rows_, outputs_;
  std::vector<double> weights_, normalised_;
};

std::shared_ptr<const ActionPolicy> load(const TensorFile& file, const std::string& where) {
  return std::make_shared<MixturePolicy>(mixture_weights_from_tensors(file, where));
}

PolicyEntry entry(const char* name, const char* summary, std::vector<OptionHelp> options) {
  return {.name = name, .summary = summary, .options = std::move(options), .load = nullptr, .load_actions = &load};
}

}  // namespace

MixturePolicy::MixturePolicy(MixtureWeights weights) : weights_(std::move(weights)), trunk_(weights_.trunk) {
  const std::size_t inputs = weights_.trunk.normalisation.mean.size() - weights_.shape.extra_inputs();
  info_.spec = mixture_spec(weights_.shape, weights_.trunk);
  info_.history = weights_.history;
  info_.observation_dim = inputs / weights_.history;
  info_.chunk = weights_.chunk;
  info_.action_dim = weights_.shape.coordinates / weights_.chunk;
  info_.density = weights_.shape.density();
}

std::unique_ptr<ActionSession> MixturePolicy::session(std::size_t lanes) const {
  return std::make_unique<MixtureSession>(*this, lanes);
}

PolicyEntry policy_entry_mse() {
  return entry("mse", "no tokens: the mean action, by squared error", describe_options<MlpConfig>());
}

PolicyEntry policy_entry_gaussian() {
  return entry("gaussian", "no tokens: a Gaussian with diagonal covariance", describe_options<MlpConfig>());
}

PolicyEntry policy_entry_mixture() {
  return entry("mixture", "no tokens: a mixture of Gaussians", describe_options<MixtureConfig>());
}

PolicyEntry policy_entry_bet() {
  return entry("bet", "codes of k-means and a predicted offset from each (Behavior Transformers)",
               describe_options<BetConfig>());
}

PolicyEntry policy_entry_armixture() {
  return entry("armixture", "no tokens: each coordinate a mixture of Gaussians given those before it",
               describe_options<MixtureConfig>());
}

}  // namespace pianola
