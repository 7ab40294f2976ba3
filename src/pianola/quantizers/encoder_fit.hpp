// Fitting the encoder of rvq and fsq: what its options are, and how each kind comes from data.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "pianola/quantizers/autoencoder.hpp"
#include "pianola/quantizers/chunk_encoder.hpp"
#include "pianola/quantizers/chunk_sample.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {

struct EncoderOptions {
  std::string encoder = "identity";  ///< identity, pca or mlp
  int latent = 0;                    ///< numbers of the latent vector; 0: the scheme's own choice
  int hidden = 128, depth = 2;       ///< mlp: hidden layers on either side
  int steps = 2000, batch = 256;     ///< of training by batches
  double learning_rate = 1e-3;

  template <class V>
  void visit(V&& v) {
    v("encoder", encoder, "identity, pca (leading principal components) or mlp (learned; needs LibTorch to fit)");
    v("latent", latent, "numbers that a chunk is encoded to; 0: by the scheme");
    v("hidden", hidden, "mlp: width of hidden layers");
    v("depth", depth, "mlp: hidden layers on either side");
    v("steps", steps, "batches of a training (mlp, fit=ema)");
    v("batch", batch, "chunks a batch");
    v("learning_rate", learning_rate, "mlp: of AdamW");
  }
};

/// own_latent: what latent=0 means for pca and mlp. @throws UsageError for options out of range, naming `who`.
EncoderShape encoder_shape(const EncoderOptions& options, std::size_t action_dim, std::size_t chunk,
                           std::size_t own_latent, const std::string& who);

using Bottleneck = std::variant<ResidualBottleneck, ScalarBottleneck>;

struct FittedEncoder {
  ChunkEncoder encoder;
  std::vector<float> codebooks;  ///< mlp with a residual bottleneck: as AutoencoderWeights; else empty
};

/// pca: from at most max(8,192, 16·width) chunks of the sample. mlp: standardised, trained by context.trainer.
/// A dimension whose standard deviation float32 cannot tell from 0 is constant: the mlp does not see it, and it decodes
/// as its mean. @throws UsageError for mlp without a trainer; DataError for an mlp that sees fewer distinct chunks than
/// a residual bottleneck has codes; as AutoencoderTrainer::train.
FittedEncoder fit_encoder(const EncoderShape& shape, const EncoderOptions& options, const Bottleneck& bottleneck,
                          const ChunkSample& sample, const FitContext& context, const std::string& who);

/// The latents of all chunks of a sample, [size() × latent].
std::vector<float> encode_sample(const ChunkEncoder& encoder, const ChunkSample& sample);

}  // namespace pianola
