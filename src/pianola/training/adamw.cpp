#include "pianola/training/adamw_internal.hpp"

#include <cmath>
#include <optional>
#include <utility>

namespace pianola {
namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;

AdamWState first_state(const torch::Tensor& parameters, const AdamWOptions& options) {
  AdamWState state;
  state.parameters = parameters;
  if (options.average) state.average = parameters.clone();
  state.first_moment = torch::zeros_like(parameters);
  state.second_moment = torch::zeros_like(parameters);
  return state;
}

torch::Tensor scalar(double value) { return torch::full({}, value, torch::kFloat); }

}  // namespace

AdamW::AdamW(const FlatParameters& layout, const torch::Tensor& parameters, const AdamWOptions& options)
    : AdamW(layout, first_state(parameters, options), options) {}

AdamW::AdamW(const FlatParameters& layout, AdamWState state, const AdamWOptions& options)
    : options_(options),
      state_(std::move(state)),
      parameters_(layout.views(state_.parameters)),
      first_moments_(layout.views(state_.first_moment)),
      second_moments_(layout.views(state_.second_moment)) {
  if (options.average) averages_ = layout.views(state_.average);
}

double AdamW::update(const std::vector<torch::Tensor>& gradients, double learning_rate, double ema_decay) {
  const torch::NoGradGuard no_grad;
  const double norm = torch::stack(at::_foreach_norm(gradients)).norm().item<double>();
  if (!std::isfinite(norm)) return norm;
  std::optional<torch::Tensor> divisor;
  if (options_.gradient_clip > 0.0 && norm > options_.gradient_clip) divisor = scalar(norm / options_.gradient_clip);
  ++state_.steps;
  const std::vector<torch::Tensor> steps(gradients.size(), scalar(static_cast<double>(state_.steps)));
  at::_fused_adamw_(parameters_, gradients, first_moments_, second_moments_, {}, steps, learning_rate, kBeta1, kBeta2,
                    options_.weight_decay, kEpsilon, /*amsgrad=*/false, /*maximize=*/false, divisor);
  if (options_.average) at::_foreach_lerp_(averages_, parameters_, 1.0 - ema_decay);
  return norm;
}

}  // namespace pianola
