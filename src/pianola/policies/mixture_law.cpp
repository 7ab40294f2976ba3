#include "pianola/policies/mixture_law.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/base/normal_law.hpp"
#include "pianola/policies/mixture_row.hpp"
#include "pianola/policies/mlp_policy.hpp"
#include "pianola/policies/transition_registry.hpp"

namespace pianola {
namespace {

class MixtureLaw final : public IncrementLaw {
 public:
  explicit MixtureLaw(MixtureWeights weights) : weights_(std::move(weights)), trunk_(weights_.trunk) {}
  [[nodiscard]] std::size_t inputs() const override { return weights_.trunk.normalisation.mean.size(); }
  [[nodiscard]] std::size_t dim() const override { return weights_.shape.coordinates; }
  [[nodiscard]] std::unique_ptr<IncrementSession> session(std::size_t lanes) const override {
    return std::make_unique<Session>(*this, lanes);
  }

 private:
  class Session final : public IncrementSession {
   public:
    Session(const MixtureLaw& law, std::size_t lanes)
        : law_(law),
          lanes_(lanes),
          dim_(law.dim()),
          scratch_(law.trunk_.scratch(lanes)),
          seen_(lanes * law.inputs()),
          outputs_(lanes * law.weights_.shape.outputs()),
          weights_(law.weights_.shape.components),
          terms_(weights_.size()),
          z_(dim_) {}

    void begin(std::span<const double> inputs) override {
      std::ranges::transform(inputs, seen_.begin(), [](double x) { return static_cast<float>(x); });
      law_.trunk_.logits(seen_, scratch_, outputs_);
    }

    void draw(const NoiseKey& stream, Ids ids, std::span<const std::uint32_t> h, std::span<double> out) override {
      const NoiseKey component = stream.child("component");
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        const MixtureRow row = row_of(lane);
        const auto to = out.subspan(lane * dim_, dim_);
        if (!weigh(row, to)) continue;
        const std::size_t j = component_at(weights_, uniform(component, ids[lane], h[lane]));
        normals(stream, ids[lane], h[lane], z_);
        for (std::size_t d = 0; d < dim_; ++d) to[d] = increment(row.mean(j, d) + row.deviation(j, d) * z_[d], d);
      }
    }

    void mode(std::span<double> out) override {
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        const MixtureRow row = row_of(lane);
        const auto to = out.subspan(lane * dim_, dim_);
        if (!weigh(row, to)) continue;
        const std::size_t best = row.densest(weights_);
        for (std::size_t d = 0; d < dim_; ++d) to[d] = increment(row.mean(best, d), d);
      }
    }

    void log_density(std::span<const double> increments, std::span<double> out) override {
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        const MixtureRow row = row_of(lane);
        if (!weigh(row, out.subspan(lane, 1))) continue;
        normalise(increments, lane);
        out[lane] = 0.0;
        for (std::size_t d = 0; d < dim_; ++d) {
          add_terms(row, d);
          out[lane] += std::log(scale(d));
        }
        out[lane] += log_sum();
      }
    }

    void integral_transform(std::span<const double> increments, std::span<double> out) override {
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        const MixtureRow row = row_of(lane);
        const auto to = out.subspan(lane * dim_, dim_);
        if (!weigh(row, to)) continue;
        normalise(increments, lane);
        for (std::size_t d = 0; d < dim_; ++d) {  // weights given the dimensions before
          const double total = log_sum();
          double below = 0.0;
          for (std::size_t j = 0; j < weights_.size(); ++j) {
            below += std::exp(terms_[j] - total) * normal_probability((z_[d] - row.mean(j, d)) / row.deviation(j, d));
          }
          to[d] = below;
          add_terms(row, d);
        }
      }
    }

   private:
    [[nodiscard]] MixtureRow row_of(std::size_t lane) const {
      const std::size_t width = law_.weights_.shape.outputs();
      return {law_.weights_, std::span(outputs_).subspan(lane * width, width)};
    }
    [[nodiscard]] double scale(std::size_t d) const {
      return static_cast<double>(law_.weights_.actions.inverse_std[d]);
    }
    [[nodiscard]] double increment(double z, std::size_t d) const {
      return z / scale(d) + static_cast<double>(law_.weights_.actions.mean[d]);
    }
    void normalise(std::span<const double> increments, std::size_t lane) {
      for (std::size_t d = 0; d < dim_; ++d) {
        z_[d] = (increments[lane * dim_ + d] - static_cast<double>(law_.weights_.actions.mean[d])) * scale(d);
      }
    }
    /// Weights and their logarithms, where the terms begin. False, and `out` NaN, of a row that is no law.
    bool weigh(const MixtureRow& row, std::span<double> out) {
      if (!row.finite()) {
        std::ranges::fill(out, std::numeric_limits<double>::quiet_NaN());
        return false;
      }
      row.weigh(1.0, weights_);
      std::ranges::transform(weights_, terms_.begin(), [](double w) { return std::log(w); });
      return true;
    }
    /// Adds log N(z_d; m_jd, σ_jd²) to the terms.
    void add_terms(const MixtureRow& row, std::size_t d) {
      for (std::size_t j = 0; j < weights_.size(); ++j) {
        const double sigma = row.deviation(j, d), off = (z_[d] - row.mean(j, d)) / sigma;
        terms_[j] -= 0.5 * off * off + std::log(sigma) + 0.5 * std::log(2.0 * std::numbers::pi);
      }
    }
    [[nodiscard]] double log_sum() const {
      const double largest = *std::ranges::max_element(terms_);
      if (!std::isfinite(largest)) return largest;
      double sum = 0.0;
      for (const double term : terms_) sum += std::exp(term - largest);
      return largest + std::log(sum);
    }

    const MixtureLaw& law_;
    std::size_t lanes_, dim_;
    MlpPolicy::Scratch scratch_;
    std::vector<float> seen_, outputs_;
    std::vector<double> weights_, terms_, z_;
  };

  MixtureWeights weights_;
  MlpPolicy trunk_;
};

std::shared_ptr<const IncrementLaw> load(const TensorFile& file, const std::string& where) {
  MixtureWeights weights = mixture_weights_from_tensors(file, where);
  try {
    return make_mixture_law(std::move(weights));
  } catch (const UsageError& error) {
    throw DataError(where + ": " + error.what());
  }
}

}  // namespace

std::shared_ptr<const IncrementLaw> make_mixture_law(MixtureWeights weights) {
  const bool gaussian = weights.shape.kind == MixtureKind::gaussian || weights.shape.kind == MixtureKind::mixture;
  if (gaussian && weights.chunk == 1 && weights.history == 1) {
    return std::make_shared<MixtureLaw>(std::move(weights));
  }
  throw UsageError(
      "transition model 'mixture': takes the law 'gaussian' or 'mixture' of one increment given one input; train it "
      "again");
}

TransitionEntry transition_entry_mixture() {
  return {"mixture", "a network's mixture of Gaussians of the increment", describe_options<MixtureModelConfig>(),
          &load};
}

}  // namespace pianola
