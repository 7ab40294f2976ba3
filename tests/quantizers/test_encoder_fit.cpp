#include "pianola/quantizers/encoder_fit.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "quantizers/action_samples.hpp"
#include "quantizers/made_up_trainer.hpp"

namespace pianola::testing {
namespace {

EncoderOptions options_of(const std::string& encoder, int latent) {
  EncoderOptions options;
  options.encoder = encoder;
  options.latent = latent;
  return options;
}

TEST(EncoderFit, ShapesComeFromOptions) {
  EXPECT_EQ(encoder_shape(options_of("identity", 0), 3, 4, 7, "x").latent, 12U);
  EXPECT_EQ(encoder_shape(options_of("pca", 0), 3, 4, 7, "x").latent, 7U);
  EXPECT_EQ(encoder_shape(options_of("mlp", 9), 3, 4, 7, "x").latent, 9U);
  EXPECT_THROW(encoder_shape(options_of("pcaa", 0), 3, 4, 7, "x"), UsageError);
  EXPECT_THROW(encoder_shape(options_of("pca", -1), 3, 4, 7, "x"), UsageError);
  EXPECT_THROW(encoder_shape(options_of("pca", 13), 3, 4, 7, "x"), UsageError);
  for (const auto spoil : {+[](EncoderOptions& o) { o.steps = 0; }, +[](EncoderOptions& o) { o.batch = 0; },
                           +[](EncoderOptions& o) { o.learning_rate = 0.0; }, +[](EncoderOptions& o) { o.hidden = 0; },
                           +[](EncoderOptions& o) { o.depth = -1; }}) {
    EncoderOptions options = options_of("mlp", 0);
    spoil(options);
    EXPECT_THROW(encoder_shape(options, 3, 4, 7, "x"), UsageError);
  }
}

TEST(EncoderFit, AllComponentsReproduceTheChunk) {
  const Sample sample = make_sample("walk");
  const ChunkSample chunks = sample_chunks(sample.actions, 4, "x");
  const EncoderShape shape = encoder_shape(options_of("pca", 12), 3, 4, 0, "x");
  const auto fitted = fit_encoder(shape, options_of("pca", 12), ResidualBottleneck{}, chunks, {}, "x");
  const auto latents = encode_sample(fitted.encoder, chunks);
  std::vector<float> back(chunks.values.size());
  fitted.encoder.decode(latents, back);
  for (std::size_t i = 0; i < back.size(); ++i) ASSERT_NEAR(back[i], chunks.values[i], 1e-5);
}

TEST(EncoderFit, LeadingComponentsCarryMostOfASmoothChunk) {
  const Sample sample = make_sample("walk");
  const ChunkSample chunks = sample_chunks(sample.actions, 4, "x");
  const EncoderShape shape = encoder_shape(options_of("pca", 3), 3, 4, 0, "x");
  const auto fitted = fit_encoder(shape, options_of("pca", 3), ResidualBottleneck{}, chunks, {}, "x");
  std::vector<float> back(chunks.values.size());
  fitted.encoder.decode(encode_sample(fitted.encoder, chunks), back);
  double lost = 0.0, whole = 0.0;
  for (std::size_t i = 0; i < back.size(); ++i) {
    lost += std::pow(static_cast<double>(back[i] - chunks.values[i]), 2);
    whole += std::pow(static_cast<double>(chunks.values[i]), 2);
  }
  EXPECT_LT(lost, 0.15 * whole);
}

TEST(EncoderFit, MlpStandardisesAndNeedsATrainer) {
  const Sample sample = make_sample("constant");
  const ChunkSample chunks = sample_chunks(sample.actions, 4, "x");
  const EncoderOptions options = options_of("mlp", 5);
  const EncoderShape shape = encoder_shape(options, 3, 4, 0, "x");
  FitContext context;
  try {
    fit_encoder(shape, options, ResidualBottleneck{}, chunks, context, "quantizer 'rvq'");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("LibTorch"), std::string::npos) << error.what();
  }
  const MadeUpTrainer trainer;
  context.trainer = &trainer;
  const auto fitted = fit_encoder(shape, options, ResidualBottleneck{2, 4}, chunks, context, "x");
  EXPECT_EQ(fitted.codebooks.size(), 2U * 4U * 5U);
  EXPECT_EQ(fitted.encoder.weights().scale[1], 0.0F);  // constant
  EXPECT_EQ(fitted.encoder.weights().scale[2], 0.0F);  // constant to float32
  EXPECT_EQ(fitted.encoder.weights().offset[1], 0.25F);
  auto standardised = chunks.values;
  fitted.encoder.standardise(standardised);
  double mean = 0.0, square = 0.0;
  for (std::size_t i = 0; i < standardised.size(); i += 3) {
    mean += static_cast<double>(standardised[i]);
    square += std::pow(static_cast<double>(standardised[i]), 2);
    ASSERT_EQ(standardised[i + 1], 0.0F);
  }
  const double n = static_cast<double>(standardised.size() / 3);
  EXPECT_NEAR(mean / n, 0.0, 1e-5);
  EXPECT_NEAR(square / n, 1.0, 1e-5);
}

}  // namespace
}  // namespace pianola::testing
