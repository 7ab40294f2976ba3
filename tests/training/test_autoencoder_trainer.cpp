#include "pianola/training/autoencoder_trainer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/quantizers/fsq.hpp"
#include "pianola/quantizers/rvq.hpp"
#include "pianola/training/trainer.hpp"

namespace pianola {
namespace {

/// Smooth walks in three dimensions, the third the product of the others: two numbers a step, and not linearly.
class Walks final : public ActionSource {
 public:
  [[nodiscard]] std::size_t action_dim() const override { return 3; }
  void for_each(const std::function<void(std::span<const double>)>& visit) const override {
    for (std::uint64_t i = 0; i < 8; ++i) {
      std::vector<double> rows;
      double a = 0.0, b = 0.0;
      for (std::uint32_t h = 0; h < 200; ++h) {
        a = 0.95 * a + 0.3 * normal(NoiseKey(1), i, h, 0);
        b = 0.95 * b + 0.3 * normal(NoiseKey(1), i, h, 1);
        rows.insert(rows.end(), {a, b, a * b});
      }
      visit(rows);
    }
  }
};

std::unique_ptr<Quantizer> fit(const std::string& spec, std::uint64_t seed = 3) {
  static const Walks walks;
  static const AutoencoderByTorch trainer;
  FitContext context;
  context.chunk = 4;
  context.data = &walks;
  context.key = NoiseKey(seed);
  context.trainer = &trainer;
  return make_quantizer(spec, context);
}

double error_of(const Quantizer& quantizer) {
  double sum = 0.0;
  std::size_t n = 0;
  Walks().for_each([&](std::span<const double> actions) {
    std::vector<double> out(actions.size());
    quantizer.quantize(actions, {}, out);
    for (std::size_t i = 0; i < out.size(); ++i) sum += std::pow(out[i] - actions[i], 2);
    n += out.size();
  });
  return std::sqrt(sum / static_cast<double>(n));
}

AutoencoderRequest request_of(std::span<const float> samples) {
  AutoencoderRequest request;
  request.inputs = 2;
  request.latent = 1;
  request.hidden = 4;
  request.depth = 1;
  request.bottleneck = ResidualBottleneck{1, 2};
  request.samples = samples;
  request.steps = 3;
  request.batch = 4;
  return request;
}

TEST(AutoencoderByTorch, TrainedEncodersBeatUntrainedOnes) {
  const char* const trained[] = {"rvq:encoder=mlp,latent=8,hidden=32,steps=600,batch=128",
                                 "fsq:levels=8x5x5x5,encoder=mlp,hidden=32,steps=600,batch=128",
                                 "fsq:levels=8x5x5x5,encoder=mlp,hidden=32,steps=600,batch=128,variant=openpi"};
  const char* const untrained[] = {"rvq:encoder=mlp,latent=8,hidden=32,steps=1",
                                   "fsq:levels=8x5x5x5,encoder=mlp,hidden=32,steps=1",
                                   "fsq:levels=8x5x5x5,encoder=mlp,hidden=32,steps=1,variant=openpi"};
  for (std::size_t i = 0; i < 3; ++i) {
    const double error = error_of(*fit(trained[i]));
    EXPECT_LT(error, 0.6 * error_of(*fit(untrained[i]))) << trained[i];
    EXPECT_LT(error, 0.6) << trained[i];  // the actions' own is about 0.9
  }
}

TEST(AutoencoderByTorch, HardlyACodeIsDead) {
  const auto quantizer = fit("rvq:encoder=mlp,latent=8,hidden=32,steps=600,batch=128");
  for (const std::uint32_t dead : dynamic_cast<const Rvq&>(*quantizer).dead_codes()) EXPECT_LE(dead, 1U);
}

TEST(AutoencoderByTorch, SameSeedSameBitsWhateverTheThreads) {
  for (const char* const spec : {"rvq:encoder=mlp,latent=8,steps=30", "fsq:encoder=mlp,steps=30"}) {
    set_training_threads(1);
    set_threads(1);
    const std::string one = fit(spec)->fingerprint();
    set_training_threads(2);
    set_threads(2);
    EXPECT_EQ(fit(spec)->fingerprint(), one);
    EXPECT_EQ(training_threads(), 2);  // as it was
    set_training_threads(0);
    set_threads(0);
    EXPECT_NE(fit(spec, 4)->fingerprint(), one);
  }
}

TEST(AutoencoderByTorch, ConstantAndSingleSamplesTrain) {
  const std::vector<float> one{0.0F, 0.0F};
  const AutoencoderWeights weights = AutoencoderByTorch().train(request_of(one));
  EXPECT_EQ(weights.encoder.size(), 3U * 4U + 5U * 1U);
  EXPECT_EQ(weights.decoder.size(), 2U * 4U + 5U * 2U);
  EXPECT_EQ(weights.codebooks.size(), 2U);
  for (const float w : weights.encoder) EXPECT_TRUE(std::isfinite(w));
}

TEST(AutoencoderByTorch, ALossThatIsNotFiniteIsAnError) {
  const std::vector<float> huge(8, 3e38F);
  try {
    (void)AutoencoderByTorch().train(request_of(huge));
    FAIL();
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("not finite"), std::string::npos);
  }
}

TEST(AutoencoderByTorch, CanBeInterrupted) {
  const std::vector<float> some(8, 1.0F);
  request_interrupt();
  EXPECT_THROW((void)AutoencoderByTorch().train(request_of(some)), Interrupted);
  clear_interrupt();
}

}  // namespace
}  // namespace pianola
