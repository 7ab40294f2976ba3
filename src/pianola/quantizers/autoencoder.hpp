// An encoder and a decoder learned together with what stands between them: what `encoder=mlp` asks for.
//
//   z = E(x),  ẑ = bottleneck(z),  x̂ = D(ẑ)         loss: mean |x̂ − x|, and for residual codebooks β · Σ_l |z_l − c_l|²
//
// E and D are perceptrons with ReLU after each hidden layer. The gradient passes the bottleneck unchanged (straight
// through). Residual codebooks follow their codes' means (EMA), not the gradient.
//
// Quantizers know this interface only; training/autoencoder_trainer.hpp fulfils it with LibTorch. Inference is
// chunk_encoder.hpp's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/quantizers/fsq_code.hpp"

namespace pianola {

/// Residual vector quantization with codebooks by exponential moving average (residual_codebooks.hpp).
struct ResidualBottleneck {
  std::size_t layers = 2, codes = 16;
  double decay = 0.8, epsilon = 1e-5;
  double commitment = 5.0;  ///< β
};

/// Finite scalar quantization (fsq_code.hpp), one code a latent dimension.
struct ScalarBottleneck {
  std::vector<FsqCode> codes;
};

struct AutoencoderRequest {
  std::size_t inputs = 0, latent = 0;
  std::size_t hidden = 128, depth = 2;  ///< width and number of hidden layers, of the encoder and of the decoder
  std::variant<ResidualBottleneck, ScalarBottleneck> bottleneck;
  std::span<const float> samples;  ///< [n × inputs], standardised; n ≥ 1
  std::size_t steps = 2000, batch = 256;
  double learning_rate = 1e-3;
  NoiseKey key;  ///< of first weights, batches and replaced codes
};

/// Layers one after the other, each its weights [out × in] row-major and then its bias [out].
struct AutoencoderWeights {
  std::vector<float> encoder, decoder;
  std::vector<float> codebooks;  ///< [layers × codes × latent]; empty for scalar bottlenecks
};

class AutoencoderTrainer {
 public:
  virtual ~AutoencoderTrainer() = default;
  /// Same request, same bits, whatever the number of threads. @throws ResourceError, Interrupted.
  [[nodiscard]] virtual AutoencoderWeights train(const AutoencoderRequest& request) const = 0;
};

}  // namespace pianola
