#include "pianola/quantizers/fsq.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/quantizers/uniform_bins.hpp"
#include "property.hpp"
#include "quantizers/conformance.hpp"
#include "quantizers/fitting.hpp"

namespace pianola::testing {

INSTANTIATE_TEST_SUITE_P(Fsq, QuantizerConformance,
                         ::testing::ValuesIn(conformance_cases({"fsq:levels=17,variant=openpi",
                                                                "fsq:levels=2,packed=true,quantile=0.02",
                                                                "fsq:levels=7,variant=openpi,encoder=pca,latent=2",
                                                                "fsq:levels=8x5,encoder=pca,packed=true",
                                                                "fsq:levels=8x5,encoder=mlp,hidden=5,depth=1"})),
                         case_name);

namespace {

using Json = nlohmann::ordered_json;

std::vector<float> decode(const Quantizer& quantizer, std::vector<Token> tokens) {
  const QuantizerInfo& info = quantizer.info();
  std::vector<std::uint32_t> lengths(tokens.size() / info.max_tokens, static_cast<std::uint32_t>(info.max_tokens));
  std::vector<float> out(lengths.size() * info.chunk * info.action_dim);
  quantizer.decode({tokens, lengths}, {}, out, {});
  return out;
}

TEST(Fsq, OpenpiLevelsOfActionsAreUniformBinsThatReachTheEnds) {
  const auto fsq = make_quantizer("fsq:levels=9,variant=openpi", unit_context(2));
  const auto bins = make_quantizer("uniform:bins=9,representatives=ends", unit_context(2));
  for (std::size_t k = 0; k < 9; ++k) EXPECT_FLOAT_EQ(fsq->levels(0)[k], bins->levels(0)[k]);
  EXPECT_NEAR(fsq->info().epsilon_sup, bins->info().epsilon_sup, 1e-15);
  EXPECT_TRUE(fsq->info().projection);
  EXPECT_TRUE(fsq->info().binning);
}

TEST(Fsq, CanonicalLevelsLieNearerToTheMiddle) {
  const auto fsq = make_quantizer("fsq:levels=8", unit_context(1));
  EXPECT_EQ(fsq->info().spec, "fsq:levels=8");
  EXPECT_FLOAT_EQ(fsq->levels(0)[0], static_cast<float>(-1.0 / 1.001));
  EXPECT_FLOAT_EQ(fsq->levels(0)[7], static_cast<float>(1.0 / 1.001));
  EXPECT_DOUBLE_EQ(fsq->info().epsilon_sup, 1.0 / 7.0 / 1.001);
}

TEST(Fsq, EpsilonSupIsTheSupremum) {
  for (const char* spec :
       {"fsq:levels=5", "fsq:levels=8", "fsq:levels=2", "fsq:levels=1000", "fsq:levels=6,variant=openpi"}) {
    const auto fsq = make_quantizer(spec, unit_context(1));
    double worst = 0.0;
    for (int i = 0; i <= 200000; ++i) {
      std::vector<double> u{-1.0 + i * 1e-5}, out(1);
      fsq->quantize(u, {}, out);
      worst = std::max(worst, std::abs(out[0] - u[0]));
    }
    EXPECT_LE(worst, fsq->info().epsilon_sup * (1.0 + 1e-12)) << spec;
    EXPECT_NEAR(worst, fsq->info().epsilon_sup, 1.1e-5) << spec;
  }
}

TEST(Fsq, DigitsOfActionsAreThoseOfTheClippedCode) {
  test::property("but for values half-way between two levels, within float32 rounding", [] {
    const auto variant = *rc::gen::element(std::string("canonical"), std::string("openpi"));
    const int levels = *rc::gen::inRange(2, 200);
    const auto fsq = make_quantizer("fsq:levels=" + std::to_string(levels) + ",variant=" + variant, unit_context(1));
    const FsqCode code(static_cast<std::uint32_t>(levels), fsq_variant(variant, "x"));
    const float u = static_cast<float>(*rc::gen::inRange(-1200000, 1200001)) * 1e-6F;
    const Token digit = encode(*fsq, {u})[0];
    if (digit == code.clipped_digit(static_cast<double>(u))) return;
    const double between = 0.5 * (code.position(digit) + code.position(code.clipped_digit(static_cast<double>(u))));
    RC_ASSERT(std::abs(between - static_cast<double>(u)) < 1e-6);
  });
}

TEST(Fsq, LevelsOfEachDimensionOrEachValue) {
  const auto by_dimension = make_quantizer("fsq:levels=3x5", unit_context(2, 2));
  EXPECT_EQ(by_dimension->info().vocabularies, (std::vector<std::uint32_t>{3, 5, 3, 5}));
  EXPECT_EQ(encode(*by_dimension, {9, 9, -9, -9}), (std::vector<Token>{2, 4, 0, 0}));
  const auto by_value = make_quantizer("fsq:levels='2,3,4,5'", unit_context(2, 2));
  EXPECT_EQ(by_value->info().vocabularies, (std::vector<std::uint32_t>{2, 3, 4, 5}));
  EXPECT_EQ(encode(*by_value, {9, 9, 9, 9}), (std::vector<Token>{1, 2, 3, 4}));
  EXPECT_GT(by_value->info().epsilon_sup, by_dimension->info().epsilon_sup);  // of its worst step
  EXPECT_EQ(decode(*by_value, {7, 7, 7, 7}), decode(*by_value, {1, 2, 3, 4}));
}

TEST(Fsq, PackedTokensHaveTheFirstDigitLeastSignificant) {
  const auto fsq = make_quantizer("fsq:levels=3x5,packed=true", unit_context(2, 2));
  EXPECT_EQ(fsq->info().vocabularies, (std::vector<std::uint32_t>{15, 15}));
  EXPECT_EQ(encode(*fsq, {1, -1, -1, 1}), (std::vector<Token>{2, 12}));
  const auto apart = make_quantizer("fsq:levels=3x5", unit_context(2, 2));
  EXPECT_EQ(decode(*fsq, {2, 12}), decode(*apart, {2, 0, 0, 4}));
  EXPECT_EQ(decode(*fsq, {99, 14}), decode(*apart, {2, 4, 2, 4}));
  EXPECT_TRUE(fsq->levels(0).empty());
  EXPECT_NE(failure("fsq:levels=256,packed=true", unit_context(4)).find("vocabulary beyond"), std::string::npos);
}

TEST(Fsq, ComponentsRunOverTheirRangeInTheData) {
  const Sample sample = make_sample("walk");
  const auto fsq = make_quantizer("fsq:levels=64,encoder=pca,latent=3,variant=openpi", context_of(sample, 1));
  EXPECT_EQ(fsq->info().max_tokens, 3U);
  EXPECT_TRUE(std::isinf(fsq->info().epsilon_sup));
  const auto& rows = sample.actions.trajectories()[0];
  const std::vector<float> chunks(rows.begin(), rows.end());
  const auto back = decode(*fsq, encode(*fsq, chunks));
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_NEAR(back[i], rows[i], 0.15);
  const auto flags = std::make_unique<bool[]>(rows.size());
  fsq->saturated(rows, {flags.get(), rows.size()});
  EXPECT_EQ(std::count(flags.get(), flags.get() + rows.size(), true), 0);
  const std::vector<double> far{100, 0, 0};
  fsq->saturated(far, {flags.get(), 3});
  EXPECT_EQ(std::count(flags.get(), flags.get() + 3, true), 3);
}

TEST(Fsq, LearnedLatentsAreThoseOfTheCode) {
  const Sample sample = make_sample("walk");
  const auto made = make_quantizer("fsq:encoder=mlp,hidden=16,packed=true", context_of(sample, 4));
  const auto& fsq = dynamic_cast<const Fsq&>(*made);
  EXPECT_EQ(fsq.info().vocabularies, (std::vector<std::uint32_t>{1000}));
  std::vector<float> chunks(12 * 300);
  for (std::size_t i = 0; i < chunks.size(); ++i) chunks[i] = static_cast<float>(normal(NoiseKey(1), i, 0));
  const auto tokens = encode(fsq, chunks);
  std::vector<float> latents(300 * 4), values(300 * 4), wanted(chunks.size());
  fsq.encoder().encode(chunks, latents);
  for (std::size_t i = 0; i < 300; ++i) {
    Token token = 0, place = 1;
    for (std::size_t j = 0; j < 4; ++j) {
      const std::uint32_t digit = fsq.codes()[j].digit(static_cast<double>(latents[i * 4 + j]));
      values[i * 4 + j] = static_cast<float>(fsq.codes()[j].value(digit));
      token += place * digit;
      place *= fsq.codes()[j].levels();
    }
    ASSERT_EQ(tokens[i], token);
  }
  fsq.encoder().decode(values, wanted);
  EXPECT_EQ(decode(fsq, tokens), wanted);
  const auto loaded = load_quantizer(Json::parse(fsq.save().dump()), "x");
  EXPECT_EQ(loaded->fingerprint(), fsq.fingerprint());
  EXPECT_EQ(decode(*loaded, tokens), wanted);
}

TEST(Fsq, ConstantCoordinatesHaveOneToken) {
  const Sample sample = make_sample("constant");
  const auto fsq = make_quantizer("fsq:levels=4", context_of(sample, 1));
  EXPECT_EQ(fsq->info().vocabularies, (std::vector<std::uint32_t>{4, 1, 1}));
  EXPECT_EQ(decode(*fsq, encode(*fsq, {0, 9, 9}))[1], 0.25F);
  const auto pca = make_quantizer("fsq:levels=4,encoder=pca,latent=3", context_of(sample, 1));
  EXPECT_EQ(pca->info().vocabularies[2], 1U);
}

TEST(Fsq, MissingTokensDecodeAsTheMiddle) {
  const auto fsq = make_quantizer("fsq:levels=5,variant=openpi", unit_context(2));
  std::vector<Token> tokens{4, 77, 9, 4};
  std::vector<std::uint32_t> lengths{1, 2};
  std::vector<float> out(4);
  std::vector<DecodeStatus> status(2);
  fsq->decode({tokens, lengths}, {}, out, status);
  EXPECT_EQ(out, (std::vector<float>{1, 0, 1, 1}));
  EXPECT_EQ(status, (std::vector<DecodeStatus>(2, DecodeStatus::repaired)));
}

TEST(Fsq, OptionsAreChecked) {
  const Sample sample = make_sample("walk");
  const FitContext context = context_of(sample, 4);
  for (const char* levels : {"1", "0", "x", "8x", "8xx5", "-3", "65537", "8y5", "''", "99999999999999999999"}) {
    EXPECT_NE(failure(std::string("fsq:levels=") + levels, context).find("option 'levels'"), std::string::npos)
        << levels;
  }
  EXPECT_NE(failure("fsq:levels=1001", context).find("1 … 1000"), std::string::npos);
  EXPECT_EQ(failure("fsq:levels=1001,variant=openpi", context), "");
  EXPECT_NE(failure("fsq:levels=8x5", context).find("one for each of 3 action dimensions"), std::string::npos);
  EXPECT_NE(failure("fsq:variant=openpy", context).find("did you mean 'openpi'?"), std::string::npos);
  EXPECT_NE(failure("fsq:encoder=pca,latent=6", context).find("multiple of the 4"), std::string::npos);
  EXPECT_NE(failure("fsq:encoder=pca,low=-1,high=1", context).find("are of actions"), std::string::npos);
  EXPECT_NE(failure("fsq:encoder=pca,quantile=0.7", context).find("[0, 0.5)"), std::string::npos);
  EXPECT_NE(failure("fsq:encoder=mlp,quantile=0.1", context).find("tanh"), std::string::npos);
  FitContext untrained = context;
  untrained.trainer = nullptr;
  EXPECT_NE(failure("fsq:encoder=mlp", untrained).find("LibTorch"), std::string::npos);
  untrained.data = nullptr;
  EXPECT_NE(failure("fsq:encoder=pca", untrained).find("fitted to data"), std::string::npos);
}

TEST(Fsq, HostileFilesOfLearnedEncodersAreRejected) {
  const Sample sample = make_sample("walk");
  const Json saved = make_quantizer("fsq:encoder=mlp,hidden=3", context_of(sample, 1))->save();
  for (const char* spec : {"fsq:levels=8x5x5x5,encoder=mlp,hidden=4096,latent=4096", "fsq:levels=8x5x5x5,encoder=pca",
                           "fsq:levels=8x5x5x5,encoder=mlp,hidden=4", "fsq:levels=8"}) {
    Json changed = saved;
    changed["spec"] = spec;
    EXPECT_THROW(load_quantizer(changed, "x"), DataError) << spec;
  }
}

}  // namespace
}  // namespace pianola::testing
