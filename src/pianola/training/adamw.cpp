#include <cmath>

#include "pianola/training/adamw_internal.hpp"

namespace pianola {
namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;

}  // namespace

AdamWState adamw_start(const torch::Tensor& parameters, const AdamWOptions& options) {
  AdamWState state;
  state.parameters = parameters;
  if (options.average) state.average = parameters.clone();
  state.first_moment = torch::zeros_like(parameters);
  state.second_moment = torch::zeros_like(parameters);
  return state;
}

double adamw_update(AdamWState& state, torch::Tensor& gradient, const AdamWOptions& options, double learning_rate,
                    double ema_decay) {
  const torch::NoGradGuard no_grad;
  const double norm = gradient.norm().item<double>();
  if (!std::isfinite(norm)) return norm;
  if (options.gradient_clip > 0.0 && norm > options.gradient_clip) gradient.mul_(options.gradient_clip / norm);
  ++state.steps;
  const torch::Tensor step = torch::full({}, static_cast<double>(state.steps), torch::kFloat);
  at::_fused_adamw_({state.parameters}, {gradient}, {state.first_moment}, {state.second_moment}, {}, {step},
                    learning_rate, kBeta1, kBeta2, options.weight_decay, kEpsilon, /*amsgrad=*/false,
                    /*maximize=*/false);
  if (options.average) state.average.lerp_(state.parameters, 1.0 - ema_decay);
  return norm;
}

}  // namespace pianola
