// AdamW with decoupled decay, clipping and an exponential moving average.
//
//   g ← g · min(1, clip/‖g‖);  m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²
//   θ ← θ − η·λ·θ − η · m̂ / (√v̂ + 10⁻⁸),  m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ);  θ̄ ← d·θ̄ + (1 − d)·θ
//
// Source: Loshchilov, Hutter, "Decoupled weight decay regularization", ICLR 2019; β₁ = 0.9, β₂ = 0.999 as PyTorch's.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "pianola/training/flat_parameters_internal.hpp"

namespace pianola {

struct AdamWOptions {
  double weight_decay = 0.0;   ///< λ, of the parameters whose spec says that they decay
  double gradient_clip = 0.0;  ///< 0: off
  bool average = false;        ///< keep θ̄
};

/// What an update reads and writes besides the gradients; each [size] float32, `average` undefined if off.
struct AdamWState {
  torch::Tensor parameters, average, first_moment, second_moment;
  std::uint64_t steps = 0;
};

class AdamW {
 public:
  /// The state before the first step, from first values.
  AdamW(const FlatParameters& layout, const torch::Tensor& parameters, const AdamWOptions& options);
  AdamW(const FlatParameters& layout, AdamWState state, const AdamWOptions& options);

  [[nodiscard]] const AdamWState& state() const { return state_; }

  /// One update in place; `gradients` in the order of the layout, contiguous, left clipped. Returns their norm before.
  /// Nothing changes if that is not finite.
  double update(const std::vector<torch::Tensor>& gradients, double learning_rate, double ema_decay);

 private:
  AdamWOptions options_;
  AdamWState state_;
  void update_group(bool decays, const std::vector<torch::Tensor>& gradients, double learning_rate,
                    const std::optional<torch::Tensor>& divisor);
  std::vector<bool> decays_;
  std::vector<torch::Tensor> parameters_, averages_, first_moments_, second_moments_;  // views, one a parameter
};

}  // namespace pianola
