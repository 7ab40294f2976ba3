// Encoders and decoders of quantizers, trained (quantizers/autoencoder.hpp): AdamW with PyTorch's first values of
// linear layers, weight decay 10⁻⁴, on the mean L1 error of a standardised chunk; the gradient passes the bottleneck
// straight through.
//
// Residual codebooks learn by moving averages (quantizers/moving_codebooks.hpp) from seeds among the first latents;
// what is added to the loss is β times the commitment, Σ_l mean |z − (the codes of layers up to l)|², whose gradient
// reaches the encoder only. Scalar codes are rounded.
//
// One thread whatever --threads says, so that the bits of a quantizer, hence its fingerprint, do not depend on it.
// Source: Lee et al., "Behavior generation with latent actions" (VQ-BeT), ICML 2024, §4.1 and its published code (L1
// plus 5 times the commitment, AdamW 10⁻³, decay 10⁻⁴); Mentzer et al., 2024, §3 (straight-through rounding).
#pragma once

#include "pianola/quantizers/autoencoder.hpp"

namespace pianola {

class AutoencoderByTorch final : public AutoencoderTrainer {
 public:
  /// Cost: 12 · batch · parameters flops a step (2,000 steps of 256 chunks of 780 values: about 10 s of a core).
  /// @throws DataError if the loss is no longer finite; ResourceError if LibTorch fails; Interrupted.
  [[nodiscard]] AutoencoderWeights train(const AutoencoderRequest& request) const override;
};

}  // namespace pianola
