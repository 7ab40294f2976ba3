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
  for (const ParameterSpec& spec : layout.specs()) decays_.push_back(spec.decays);
}

/// The parameters that decay, or those that do not: one fused call.
void AdamW::update_group(bool decays, const std::vector<torch::Tensor>& gradients, double learning_rate,
                         const std::optional<torch::Tensor>& divisor) {
  std::vector<torch::Tensor> parameters, taken, first, second;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (decays_[i] != decays) continue;
    parameters.push_back(parameters_[i]);
    taken.push_back(gradients[i]);
    first.push_back(first_moments_[i]);
    second.push_back(second_moments_[i]);
  }
  if (parameters.empty()) return;
  const std::vector<torch::Tensor> steps(taken.size(), scalar(static_cast<double>(state_.steps)));
  at::_fused_adamw_(parameters, taken, first, second, {}, steps, learning_rate, kBeta1, kBeta2,
                    decays ? options_.weight_decay : 0.0, kEpsilon, /*amsgrad=*/false, /*maximize=*/false, divisor);
}

double AdamW::update(const std::vector<torch::Tensor>& gradients, double learning_rate, double ema_decay) {
  const torch::NoGradGuard no_grad;
  const double norm = torch::stack(at::_foreach_norm(gradients)).norm().item<double>();
  if (!std::isfinite(norm)) return norm;
  std::optional<torch::Tensor> divisor;
  if (options_.gradient_clip > 0.0 && norm > options_.gradient_clip) divisor = scalar(norm / options_.gradient_clip);
  ++state_.steps;
  for (const bool decays : {true, false}) update_group(decays, gradients, learning_rate, divisor);
  if (options_.average) at::_foreach_lerp_(averages_, parameters_, 1.0 - ema_decay);
  return norm;
}

}  // namespace pianola
