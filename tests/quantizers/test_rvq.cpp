#include "pianola/quantizers/rvq.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/parallel.hpp"
#include "quantizers/conformance.hpp"
#include "quantizers/fitting.hpp"

namespace pianola::testing {

INSTANTIATE_TEST_SUITE_P(Rvq, QuantizerConformance,
                         ::testing::ValuesIn(conformance_cases({"rvq:layers=3,codes=5,encoder=pca,latent=2",
                                                                "rvq:layers=1,codes=7,fit=ema,steps=40",
                                                                "rvq:codes=6,encoder=mlp,latent=3,hidden=5,depth=1"})),
                         case_name);

namespace {

using Json = nlohmann::ordered_json;

double error_of(const Quantizer& quantizer, const Sample& sample) {
  double sum = 0.0;
  std::size_t n = 0;
  const std::size_t width = quantizer.info().chunk * quantizer.info().action_dim;
  for (const auto& trajectory : sample.actions.trajectories()) {
    const std::size_t whole = trajectory.size() / width * width;
    std::vector<double> out(whole);
    quantizer.quantize(std::span(trajectory).first(whole), {}, out);
    for (std::size_t i = 0; i < whole; ++i) sum += std::pow(out[i] - trajectory[i], 2);
    n += whole;
  }
  return sum / static_cast<double>(n);
}

TEST(Rvq, DefaultsAreTwoLayersOfSixteenCodes) {
  const Sample sample = make_sample("walk");
  const auto rvq = make_quantizer("rvq", context_of(sample, 4));
  EXPECT_EQ(rvq->info().spec, "rvq:layers=2,codes=16");
  EXPECT_EQ(rvq->info().max_tokens, 2U);
  EXPECT_EQ(rvq->info().vocabularies, (std::vector<std::uint32_t>{16, 16}));
  EXPECT_FALSE(rvq->info().projection);
  EXPECT_FALSE(rvq->info().binning);
}

TEST(Rvq, EpsilonSupIsOfTheBoxOfTheData) {
  const Sample sample = make_sample("walk");
  const auto rvq = make_quantizer("rvq", context_of(sample, 1));
  ASSERT_TRUE(std::isfinite(rvq->info().epsilon_sup));
  EXPECT_EQ(load_quantizer(rvq->save(), "q.json")->info().epsilon_sup, rvq->info().epsilon_sup);
  for (const char* spec : {"rvq:encoder=pca,latent=2", "rvq:encoder=mlp,latent=2"}) {
    EXPECT_TRUE(std::isinf(make_quantizer(spec, context_of(sample, 1))->info().epsilon_sup)) << spec;
  }
}

TEST(Rvq, MoreLayersLoseLess) {
  const Sample sample = make_sample("walk");
  double before = HUGE_VAL;
  for (const char* spec : {"rvq:layers=1", "rvq:layers=2", "rvq:layers=4"}) {
    const double error = error_of(*make_quantizer(spec, context_of(sample, 1)), sample);
    EXPECT_LT(error, before) << spec;
    before = error;
  }
  EXPECT_LT(before, 0.01);
}

TEST(Rvq, TokensAreOfTheWholeChunk) {
  const Rvq rvq({}, ChunkEncoder({EncoderKind::identity, 1, 2, 2}, {}, "x"), std::vector<float>(2 * 16 * 2, 9.0F),
                {0, 0});
  EXPECT_EQ(rvq.info().chunk, 2U);
  std::vector<Token> tokens(2);
  std::vector<std::uint32_t> lengths(1);
  rvq.encode(std::vector<float>{1, 2}, {}, {tokens, lengths});
  EXPECT_EQ(tokens, (std::vector<Token>{0, 0}));  // equal codes: the first
}

TEST(Rvq, MissingLayersDecodeCoarser) {
  RvqConfig config;
  config.codes = 2;
  const Rvq rvq(config, ChunkEncoder({EncoderKind::identity, 1, 1, 1}, {}, "x"), {-1, 1, -0.25F, 0.25F}, {0, 0});
  std::vector<Token> tokens{1, 0, 1, 77, 1, 1, 1, 0};
  std::vector<std::uint32_t> lengths{2, 2, 1, 0};
  std::vector<float> out(4);
  std::vector<DecodeStatus> status(4);
  rvq.decode({tokens, lengths}, {}, out, status);
  EXPECT_EQ(out, (std::vector<float>{0.75F, 1.25F, 1.0F, 0.0F}));
  EXPECT_EQ(status[0], DecodeStatus::exact);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(status[i], DecodeStatus::repaired);
}

TEST(Rvq, FitIsTheSameForAnyNumberOfThreads) {
  const Sample sample = make_sample("wide");
  for (const char* spec : {"rvq", "rvq:encoder=pca,latent=8", "rvq:fit=ema,steps=20", "rvq:encoder=mlp,latent=3"}) {
    set_threads(1);
    const std::string one = make_quantizer(spec, context_of(sample, 2))->fingerprint();
    set_threads(3);
    EXPECT_EQ(make_quantizer(spec, context_of(sample, 2))->fingerprint(), one) << spec;
    set_threads(0);
  }
}

TEST(Rvq, LearnedEncodersAreSavedAndRestored) {
  const Sample sample = make_sample("walk");
  const auto rvq = make_quantizer("rvq:codes=8,encoder=mlp,latent=6,hidden=20,depth=1", context_of(sample, 4));
  const Json saved = rvq->save();
  EXPECT_EQ(saved.at("encoder").size(), 13U * 20U + 21U * 6U);
  const auto loaded = load_quantizer(Json::parse(saved.dump()), "q.json");
  EXPECT_EQ(loaded->fingerprint(), rvq->fingerprint());
  std::vector<float> chunks(12 * 100);
  for (std::size_t i = 0; i < chunks.size(); ++i) chunks[i] = static_cast<float>(normal(NoiseKey(1), i, 0));
  std::vector<Token> tokens(200), again(200);
  std::vector<std::uint32_t> lengths(100);
  rvq->encode(chunks, {}, {tokens, lengths});
  loaded->encode(chunks, {}, {again, lengths});
  EXPECT_EQ(tokens, again);
  std::vector<float> out(1200), other(1200);
  rvq->decode({tokens, lengths}, {}, out, {});
  loaded->decode({tokens, lengths}, {}, other, {});
  EXPECT_EQ(out, other);
}

TEST(Rvq, DeadCodesAreReportedAndSaved) {
  const MemoryActions data(1, {{0, 1, 0, 1, 1}});
  FitContext context;
  context.data = &data;
  const auto rvq = make_quantizer("rvq:codes=2", context);
  EXPECT_EQ(dynamic_cast<const Rvq&>(*rvq).dead_codes(), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(rvq->save().at("dead_codes"), Json({0, 1}));
}

TEST(Rvq, BadDataAndOptionsAreNamed) {
  const Sample sample = make_sample("walk");
  const FitContext context = context_of(sample, 1);
  EXPECT_NE(failure("rvq:layers=0", context).find("'layers' must lie in 1 … 64"), std::string::npos);
  EXPECT_NE(failure("rvq:codes=1", context).find("'codes' must lie in 2 … 65536"), std::string::npos);
  EXPECT_NE(failure("rvq:fit=loyd", context).find("did you mean 'lloyd'?"), std::string::npos);
  EXPECT_NE(failure("rvq:encoder=pac", context).find("did you mean 'pca'?"), std::string::npos);
  EXPECT_NE(failure("rvq:encoder=mlp,fit=lloyd", context), "");
  EXPECT_NE(failure("rvq:decay=1", context).find("[0, 1)"), std::string::npos);
  EXPECT_NE(failure("rvq:epsilon=0", context).find("(0, 1]"), std::string::npos);
  EXPECT_THROW(Rvq({}, ChunkEncoder({EncoderKind::identity, 1, 1, 1}, {}, "x"), std::vector<float>(32), {0, 0},
                   {{0, 0}, {1, 1}}),
               UsageError);
  EXPECT_NE(failure("rvq:latent=2", context).find("encoder=identity"), std::string::npos);
  EXPECT_NE(failure("rvq:codes=1000", context).find("distinct chunks"), std::string::npos);
  FitContext bare;
  bare.action_dim = 1;
  EXPECT_NE(failure("rvq", bare).find("fitted to data"), std::string::npos);
  FitContext untrained = context;
  untrained.trainer = nullptr;
  EXPECT_NE(failure("rvq:encoder=mlp", untrained).find("LibTorch"), std::string::npos);
  const MemoryActions one(1, {{0.5}});
  bare.data = &one;
  EXPECT_NE(failure("rvq", bare).find("the data have 1 (of 1 chunks)"), std::string::npos) << failure("rvq", bare);
  const MemoryActions broken(1, {{0.0, std::nan("")}});
  bare.data = &broken;
  EXPECT_NE(failure("rvq", bare).find("trajectory 0, row 1, dimension 0"), std::string::npos);
  bare.data = &one;
  bare.chunk = 2;
  EXPECT_NE(failure("rvq", bare).find("the longest trajectory 1"), std::string::npos);
}

TEST(Rvq, LearnedEncodersNeedAsManyDistinctChunksAsCodesToo) {
  for (const std::vector<double>& rows :
       {std::vector<double>{0.5}, std::vector<double>(40, 0.25), std::vector<double>{1, 2, 3, 4, 5, 1, 2, 3, 4, 5}}) {
    const MemoryActions data(1, {rows});
    EXPECT_NE(failure("rvq:encoder=mlp,latent=2,hidden=4", context_of(data)).find("as many distinct chunks"),
              std::string::npos);
  }
}

TEST(Rvq, MoreStartsAreNoWorseAndTheFirstIsThatOfOne) {
  const Sample sample = make_sample("wide");
  const double one = error_of(*make_quantizer("rvq:layers=1,restarts=1", context_of(sample, 2)), sample);
  const double eight = error_of(*make_quantizer("rvq:layers=1,restarts=8", context_of(sample, 2)), sample);
  EXPECT_LE(eight, one * 1.0001) << "of windows at every step, not only of the chunks that are measured";
  EXPECT_NE(failure("rvq:restarts=0", context_of(sample, 2)).find("'restarts' must lie in 1 … 1000"),
            std::string::npos);
}

TEST(Rvq, HostileFilesOfLearnedEncodersAreRejected) {
  const Sample sample = make_sample("walk");
  const Json saved = make_quantizer("rvq:codes=4,encoder=mlp,latent=2,hidden=3", context_of(sample, 1))->save();
  for (const char* spec : {"rvq:layers=64,codes=65536,encoder=mlp,latent=4096,hidden=4096",
                           "rvq:layers=2,codes=4,encoder=mlp,latent=3,hidden=3", "rvq:layers=2,codes=4"}) {
    Json changed = saved;
    changed["spec"] = spec;
    EXPECT_THROW(load_quantizer(changed, "x"), DataError) << spec;
  }
  for (const char* key : {"mean", "scale", "encoder", "decoder", "codes", "dead_codes"}) {
    for (const Json& hostile : {Json(1e300), Json(nullptr), Json("1"), Json(-1e16)}) {
      Json changed = saved;
      changed[key].back() = hostile;
      EXPECT_THROW(load_quantizer(changed, "x"), DataError) << key << " " << hostile;
    }
  }
}

}  // namespace
}  // namespace pianola::testing
