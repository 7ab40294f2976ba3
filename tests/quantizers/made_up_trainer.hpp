// An AutoencoderTrainer that trains nothing: weights and codebooks drawn from the request's key, so that quantizers
// with encoder=mlp can be tested where there is no LibTorch.
#pragma once

#include <cmath>

#include "pianola/quantizers/autoencoder.hpp"
#include "pianola/quantizers/chunk_encoder.hpp"

namespace pianola::testing {

class MadeUpTrainer final : public AutoencoderTrainer {
 public:
  [[nodiscard]] AutoencoderWeights train(const AutoencoderRequest& request) const override {
    AutoencoderWeights weights;
    const auto in = perceptron_layers(request.inputs, request.hidden, request.depth, request.latent);
    const auto out = perceptron_layers(request.latent, request.hidden, request.depth, request.inputs);
    weights.encoder = draw(request.key.child("encoder"), parameter_count(in), 0.3);
    weights.decoder = draw(request.key.child("decoder"), parameter_count(out), 0.3);
    if (const auto* residual = std::get_if<ResidualBottleneck>(&request.bottleneck)) {
      weights.codebooks = draw(request.key.child("codes"), residual->layers * residual->codes * request.latent, 0.5);
    }
    return weights;
  }

 private:
  static std::vector<float> draw(const NoiseKey& key, std::size_t n, double scale) {
    std::vector<float> out(n);
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<float>(scale * normal(key, i, 0));
    return out;
  }
};

}  // namespace pianola::testing
