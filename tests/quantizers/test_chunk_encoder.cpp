#include "pianola/quantizers/chunk_encoder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/base/dense.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/random.hpp"

namespace pianola::testing {
namespace {

using Json = nlohmann::ordered_json;

std::vector<float> numbers(std::uint64_t seed, std::size_t n, double scale = 1.0) {
  std::vector<float> out(n);
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<float>(scale * normal(NoiseKey(seed), i, 0));
  return out;
}

EncoderShape shape_of(EncoderKind kind, std::size_t latent) {
  EncoderShape shape;
  shape.kind = kind;
  shape.action_dim = 3;
  shape.chunk = 4;
  shape.latent = latent;
  shape.hidden = 10;
  shape.depth = 2;
  return shape;
}

ChunkEncoder make_mlp() {
  const EncoderShape shape = shape_of(EncoderKind::mlp, 5);
  ChunkEncoder::Weights weights;
  weights.offset = {1, 2, 3};
  weights.scale = {0.5F, 0.0F, 2.0F};
  weights.encoder = numbers(1, parameter_count(perceptron_layers(12, 10, 2, 5)), 0.4);
  weights.decoder = numbers(2, parameter_count(perceptron_layers(5, 10, 2, 12)), 0.4);
  return ChunkEncoder(shape, weights, "x");
}

/// The perceptron on flat parameters, one layer after the other, by the slow kernel.
std::vector<float> slow_perceptron(const std::vector<DenseShape>& layers, std::span<const float> p,
                                   std::vector<float> x) {
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const auto [in, out] = layers[l];
    std::vector<float> y(out);
    dense_reference(p.first(in * out), p.subspan(in * out, out), in, out,
                    l + 1 == layers.size() ? Activation::none : Activation::relu, x.data(), 1, y.data());
    p = p.subspan((in + 1) * out);
    x = y;
  }
  return x;
}

TEST(ChunkEncoder, IdentityCopies) {
  const ChunkEncoder encoder(shape_of(EncoderKind::identity, 12), {}, "x");
  const auto chunks = numbers(3, 24);
  std::vector<float> latents(24), back(24);
  encoder.encode(chunks, latents);
  encoder.decode(latents, back);
  EXPECT_EQ(latents, chunks);
  EXPECT_EQ(back, chunks);
}

TEST(ChunkEncoder, ComponentsProjectAndReturn) {
  ChunkEncoder::Weights weights;
  weights.offset.assign(12, 7.0F);
  weights.encoder.assign(24, 0.0F);
  weights.encoder[0 * 12 + 2] = 1.0F;  // the first latent is value 2, the second value 11
  weights.encoder[1 * 12 + 11] = 1.0F;
  const ChunkEncoder encoder(shape_of(EncoderKind::pca, 2), weights, "x");
  std::vector<float> chunk(12);
  for (std::size_t i = 0; i < 12; ++i) chunk[i] = static_cast<float>(i);
  std::vector<float> latent(2), back(12);
  encoder.encode(chunk, latent);
  EXPECT_EQ(latent, (std::vector<float>{-5, 4}));
  encoder.decode(latent, back);
  EXPECT_EQ(back, (std::vector<float>{7, 7, 2, 7, 7, 7, 7, 7, 7, 7, 7, 11}));
}

TEST(ChunkEncoder, MlpIsThePerceptronOfItsFlatParameters) {
  const ChunkEncoder encoder = make_mlp();
  const auto chunks = numbers(4, 200 * 12, 3.0);  // more than a block
  std::vector<float> latents(200 * 5), back(chunks.size());
  encoder.encode(chunks, latents);
  encoder.decode(latents, back);
  for (std::size_t i = 0; i < 200; ++i) {
    std::vector<float> x(chunks.begin() + static_cast<std::ptrdiff_t>(i * 12),
                         chunks.begin() + static_cast<std::ptrdiff_t>(i * 12 + 12));
    for (std::size_t j = 0; j < 12; ++j) {
      x[j] = j % 3 == 0 ? (x[j] - 1.0F) / 0.5F : j % 3 == 1 ? 0.0F : (x[j] - 3.0F) / 2.0F;
    }
    const auto z = slow_perceptron(perceptron_layers(12, 10, 2, 5), encoder.weights().encoder, x);
    for (std::size_t j = 0; j < 5; ++j) ASSERT_NEAR(latents[i * 5 + j], z[j], 1e-4);
    const auto y = slow_perceptron(perceptron_layers(5, 10, 2, 12), encoder.weights().decoder, z);
    for (std::size_t j = 0; j < 12; ++j) {
      const float scale[] = {0.5F, 0.0F, 2.0F};
      ASSERT_NEAR(back[i * 12 + j], static_cast<float>(j % 3 + 1) + scale[j % 3] * y[j], 1e-3);
    }
  }
}

TEST(ChunkEncoder, BatchesChangeNoBit) {
  const ChunkEncoder encoder = make_mlp();
  const auto chunks = numbers(5, 150 * 12);
  std::vector<float> together(150 * 5), alone(5);
  encoder.encode(chunks, together);
  for (std::size_t i = 0; i < 150; ++i) {
    encoder.encode(std::span(chunks).subspan(i * 12, 12), alone);
    for (std::size_t j = 0; j < 5; ++j) ASSERT_EQ(alone[j], together[i * 5 + j]);
  }
}

TEST(ChunkEncoder, HugeLatentsDecodeToFiniteChunks) {
  const ChunkEncoder encoder = make_mlp();
  std::vector<float> back(12);
  encoder.decode(std::vector<float>(5, 3e38F), back);
  for (const float u : back) EXPECT_TRUE(std::isfinite(u));
}

TEST(ChunkEncoder, SaveAndLoadRestoreEveryBit) {
  const ChunkEncoder encoder = make_mlp();
  Json saved = Json::object();
  encoder.save(saved);
  const Json read = Json::parse(saved.dump());
  const ChunkEncoder loaded = ChunkEncoder::load(encoder.shape(), SavedFields(read), "x");
  EXPECT_EQ(loaded.weights().encoder, encoder.weights().encoder);
  EXPECT_EQ(loaded.weights().decoder, encoder.weights().decoder);
  EXPECT_EQ(loaded.weights().offset, encoder.weights().offset);
  EXPECT_EQ(loaded.weights().scale, encoder.weights().scale);
}

TEST(ChunkEncoder, HostileNumbersAndSizesAreRefused) {
  const ChunkEncoder encoder = make_mlp();
  Json saved = Json::object();
  encoder.save(saved);
  for (const char* key : {"mean", "scale", "encoder", "decoder"}) {
    for (const double bad : {1e300, -1e16}) {
      Json changed = saved;
      changed[key][0] = bad;
      try {
        ChunkEncoder::load(encoder.shape(), SavedFields(changed), "x");
        ADD_FAILURE() << key;
      } catch (const DataError& error) {
        EXPECT_NE(std::string(error.what()).find(key), std::string::npos) << error.what();
      }
    }
    Json changed = saved;
    changed[key].push_back(1.0);
    EXPECT_THROW(ChunkEncoder::load(encoder.shape(), SavedFields(changed), "x"), DataError);
  }
}

TEST(ChunkEncoder, ShapesAreChecked) {
  const auto refused = [](EncoderShape shape) { EXPECT_THROW(ChunkEncoder::check(shape, "x"), UsageError); };
  refused(shape_of(EncoderKind::identity, 5));
  refused(shape_of(EncoderKind::pca, 13));
  refused(shape_of(EncoderKind::pca, 0));
  refused(shape_of(EncoderKind::mlp, 0));
  EncoderShape shape = shape_of(EncoderKind::pca, 4);
  shape.chunk = 1000;  // 3,000 columns
  refused(shape);
  shape = shape_of(EncoderKind::mlp, 4);
  shape.hidden = 4096;
  shape.chunk = 100000;
  refused(shape);
  shape.action_dim = shape.chunk = std::size_t{1} << 40;
  refused(shape);
  EXPECT_THROW(ChunkEncoder(shape_of(EncoderKind::mlp, 4), {}, "x"), UsageError);
  EXPECT_THROW(encoder_kind("pac", "x"), UsageError);
}

}  // namespace
}  // namespace pianola::testing
