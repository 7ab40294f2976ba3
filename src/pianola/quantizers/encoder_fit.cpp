#include "pianola/quantizers/encoder_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/quantizers/principal_components.hpp"
#include "pianola/quantizers/residual_fit.hpp"

namespace pianola {
namespace {

constexpr int kMostSteps = 10'000'000, kLargestBatch = 1 << 20;

void require_in(const char* option, int value, int low, int high, const std::string& who) {
  if (value >= low && value <= high) return;
  throw UsageError(fmt::format("{}: option '{}' must lie in {} … {}, not at {}", who, option, low, high, value));
}

/// Mean and standard deviation of each action dimension; 0 where float32 cannot tell it from 0.
void standard_scale(const ChunkSample& sample, std::size_t dim, ChunkEncoder::Weights& weights) {
  const double rows = static_cast<double>(sample.values.size() / dim);
  std::vector<double> mean(dim), square(dim);
  for (std::size_t i = 0; i < sample.values.size(); ++i) mean[i % dim] += static_cast<double>(sample.values[i]);
  for (double& m : mean) m /= rows;
  for (std::size_t i = 0; i < sample.values.size(); ++i) {
    const double x = static_cast<double>(sample.values[i]) - mean[i % dim];
    square[i % dim] += x * x;
  }
  for (std::size_t d = 0; d < dim; ++d) {
    const double deviation = std::sqrt(square[d] / rows);
    const bool constant = deviation <= 1e-6 * std::abs(mean[d]) || deviation < 1e-30;
    weights.offset.push_back(static_cast<float>(mean[d]));
    weights.scale.push_back(constant ? 0.0F : static_cast<float>(deviation));
  }
}

ChunkEncoder fit_pca(const EncoderShape& shape, const ChunkSample& sample, const std::string& who) {
  const std::size_t width = shape.width();
  const auto rows = thinned_rows(sample.values, width, std::max<std::size_t>(8192, 16 * width));
  const PrincipalComponents found = principal_components(rows, width, shape.latent);
  ChunkEncoder::Weights weights;
  weights.offset.assign(found.mean.begin(), found.mean.end());
  weights.encoder.assign(found.components.begin(), found.components.end());
  return ChunkEncoder(shape, std::move(weights), who);
}

FittedEncoder fit_mlp(const EncoderShape& shape, const EncoderOptions& options, const Bottleneck& bottleneck,
                      const ChunkSample& sample, const FitContext& context, const std::string& who) {
  if (context.trainer == nullptr) {
    throw UsageError(fmt::format(
        "{}: encoder=mlp is trained with LibTorch, which this build lacks; configure with -DPIANOLA_WITH_TORCH=ON, or "
        "take encoder=pca",
        who));
  }
  ChunkEncoder::Weights weights;
  standard_scale(sample, shape.action_dim, weights);
  ChunkEncoder::Weights untrained = weights;  // only to standardise with
  const std::size_t latent = shape.latent, width = shape.width();
  untrained.encoder.resize(parameter_count(perceptron_layers(width, shape.hidden, shape.depth, latent)));
  untrained.decoder.resize(parameter_count(perceptron_layers(latent, shape.hidden, shape.depth, width)));
  std::vector<float> inputs = sample.values;
  ChunkEncoder(shape, std::move(untrained), who).standardise(inputs);
  if (const auto* const residual = std::get_if<ResidualBottleneck>(&bottleneck)) {
    require_distinct_chunks(inputs, width, residual->codes, who);
  }
  AutoencoderRequest request;
  request.inputs = width;
  request.latent = latent;
  request.hidden = shape.hidden;
  request.depth = shape.depth;
  request.bottleneck = bottleneck;
  request.samples = inputs;
  request.steps = static_cast<std::size_t>(options.steps);
  request.batch = static_cast<std::size_t>(options.batch);
  request.learning_rate = options.learning_rate;
  request.key = context.key.child("autoencoder");
  AutoencoderWeights trained = context.trainer->train(request);
  weights.encoder = std::move(trained.encoder);
  weights.decoder = std::move(trained.decoder);
  return {ChunkEncoder(shape, std::move(weights), who), std::move(trained.codebooks)};
}

}  // namespace

EncoderShape encoder_shape(const EncoderOptions& options, std::size_t action_dim, std::size_t chunk,
                           std::size_t own_latent, const std::string& who) {
  require_in("latent", options.latent, 0, 1 << 20, who);
  require_in("hidden", options.hidden, 1, 4096, who);
  require_in("depth", options.depth, 0, 8, who);
  require_in("steps", options.steps, 1, kMostSteps, who);
  require_in("batch", options.batch, 1, kLargestBatch, who);
  if (!(options.learning_rate > 0.0 && options.learning_rate <= 1.0)) {
    throw UsageError(
        fmt::format("{}: option 'learning_rate' must lie in (0, 1], not at {}", who, options.learning_rate));
  }
  EncoderShape shape;
  shape.kind = encoder_kind(options.encoder, who);
  shape.action_dim = action_dim;
  shape.chunk = chunk;
  shape.hidden = static_cast<std::size_t>(options.hidden);
  shape.depth = static_cast<std::size_t>(options.depth);
  const std::size_t own = shape.kind == EncoderKind::identity ? shape.width() : own_latent;
  shape.latent = options.latent != 0 ? static_cast<std::size_t>(options.latent) : own;
  ChunkEncoder::check(shape, who);
  return shape;
}

FittedEncoder fit_encoder(const EncoderShape& shape, const EncoderOptions& options, const Bottleneck& bottleneck,
                          const ChunkSample& sample, const FitContext& context, const std::string& who) {
  if (shape.kind == EncoderKind::mlp) return fit_mlp(shape, options, bottleneck, sample, context, who);
  if (shape.kind == EncoderKind::pca) return {fit_pca(shape, sample, who), {}};
  return {ChunkEncoder(shape, {}, who), {}};
}

std::vector<float> encode_sample(const ChunkEncoder& encoder, const ChunkSample& sample) {
  const std::size_t latent = encoder.shape().latent, n = sample.size();
  if (encoder.shape().kind == EncoderKind::identity) return sample.values;
  std::vector<float> latents(n * latent);
  parallel_blocks(n, 1024, [&](const Block& block) {
    throw_if_interrupted();
    const std::size_t rows = block.end - block.begin;
    encoder.encode(std::span(sample.values).subspan(block.begin * sample.width, rows * sample.width),
                   std::span(latents).subspan(block.begin * latent, rows * latent));
  });
  return latents;
}

}  // namespace pianola
