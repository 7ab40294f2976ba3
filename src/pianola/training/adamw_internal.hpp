// AdamW with decoupled decay, clipping and an exponential moving average, over one flat buffer.
//
//   g ← g · min(1, clip/‖g‖);  m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²
//   θ ← θ − η·λ·θ − η · m̂ / (√v̂ + 10⁻⁸),  m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ);  θ̄ ← d·θ̄ + (1 − d)·θ
//
// Source: Loshchilov, Hutter, "Decoupled weight decay regularization", ICLR 2019; β₁ = 0.9, β₂ = 0.999 as PyTorch's.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace pianola {

struct AdamWOptions {
  double weight_decay = 0.0;
  double gradient_clip = 0.0;  ///< 0: off
  bool average = false;        ///< keep θ̄
};

/// What an update reads and writes besides the gradient; each [size] float32, `average` undefined if off.
struct AdamWState {
  torch::Tensor parameters, average, first_moment, second_moment;
  std::uint64_t steps = 0;
};

/// State before the first step.
AdamWState adamw_start(const torch::Tensor& parameters, const AdamWOptions& options);

/// One update in place; `gradient` is clipped in place. Returns its norm before. Nothing changes if that is not finite.
double adamw_update(AdamWState& state, torch::Tensor& gradient, const AdamWOptions& options, double learning_rate,
                    double ema_decay);

}  // namespace pianola
