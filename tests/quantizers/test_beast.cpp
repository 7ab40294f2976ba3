#include "pianola/quantizers/beast.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "property.hpp"
#include "quantizers/conformance.hpp"
#include "quantizers/fast_golden.hpp"

namespace pianola::testing {

INSTANTIATE_TEST_SUITE_P(Beast, QuantizerConformance,
                         ::testing::ValuesIn(conformance_cases({"beast:bases=3,degree=2,bins=64,range=data",
                                                                "beast:bases=2,degree=0",
                                                                "beast:gripper='0;-1',bins=7"})),
                         case_name);

namespace {

std::unique_ptr<Quantizer> fit(const std::string& spec, const ActionSource& data, std::size_t chunk) {
  return make_quantizer(spec, context_of(data, chunk));
}

void check_set(std::istream& golden, const std::string& header) {
  GoldenWalk walk;
  int bases = 0, degree = 0, gripper = 0;
  std::istringstream(header) >> walk.number >> walk.count >> walk.horizon >> walk.dim >> walk.step >> walk.limit >>
      bases >> degree >> gripper;
  const std::vector<float> chunks = golden_chunks(walk);
  const std::size_t width = std::size_t{walk.horizon} * walk.dim;
  std::vector<std::vector<double>> trajectories;
  for (std::size_t i = 0; i < walk.count; ++i) {
    const auto chunk = std::span(chunks).subspan(i * width, width);
    trajectories.emplace_back(chunk.begin(), chunk.end());
  }
  const MemoryActions data(walk.dim, std::move(trajectories));
  const auto quantizer = fit("beast:bases=" + std::to_string(bases) + ",degree=" + std::to_string(degree) +
                                 (gripper != 0 ? ",gripper=-1" : ""),
                             data, walk.horizon);
  const std::size_t most = quantizer->info().max_tokens;
  std::vector<Token> tokens(walk.count * most);
  std::vector<std::uint32_t> lengths(walk.count);
  std::vector<float> decoded(chunks.size());
  quantizer->encode(chunks, {}, {tokens, lengths});
  quantizer->decode({tokens, lengths}, {}, decoded, {});
  for (std::size_t i = 0; i < walk.count; ++i) {
    std::string expected, ours, value;
    golden >> expected >> value;
    for (const Token token : std::span(tokens).subspan(i * most, most)) {
      const bool unsure = expected.substr(ours.size(), 2) == "??";
      ours += unsure ? '?' : "0123456789abcdef"[token / 16 % 16];
      ours += unsure ? '?' : "0123456789abcdef"[token % 16];
    }
    ASSERT_EQ(ours, expected) << header << ", chunk " << i;
    if (value == "?") continue;
    const std::size_t at = i * width + i % walk.horizon * walk.dim + i % walk.dim;
    ASSERT_NEAR(decoded[at], std::stod(value), 5e-7) << header << ", chunk " << i;
  }
  std::string rest;
  std::getline(golden, rest);
}

TEST(Beast, GoldenTokens) {
  std::ifstream golden = open_golden(PIANOLA_GOLDEN);
  std::size_t sets = 0;
  for (std::string header; std::getline(golden, header) && !HasFatalFailure(); ++sets) check_set(golden, header);
  EXPECT_EQ(sets, 4U);
}

TEST(Beast, SplinesAreCodedToHalfABin) {
  // Parabolas are splines of degree 2 and more: only the bins err.
  std::vector<double> rows;
  for (int i = 0; i < 60; ++i) rows.push_back(std::pow((i - 30) / 30.0, 2));
  const MemoryActions data(1, {rows});
  const auto quantizer = fit("beast:bases=6,degree=3,bins=4096", data, 20);
  std::vector<double> out(60);
  quantizer->quantize(rows, {}, out);
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_NEAR(out[i], rows[i], 2e-4) << i;
}

TEST(Beast, GrippersJump) {
  std::vector<double> rows;
  for (int i = 0; i < 40; ++i) {
    rows.push_back(i / 40.0);
    rows.push_back(i % 20 < 10 ? -1.0 : 1.0);
  }
  const MemoryActions data(2, {rows});
  const auto jumping = fit("beast:bases=4,gripper=1", data, 20), smooth = fit("beast:bases=4", data, 20);
  std::vector<double> out(80);
  jumping->quantize(rows, {}, out);
  for (std::size_t i = 1; i < 80; i += 2) EXPECT_NEAR(out[i], rows[i], 1e-6) << i;
  smooth->quantize(rows, {}, out);
  EXPECT_GT(std::abs(out[19] - rows[19]), 0.3);
}

TEST(Beast, ShortChunksHaveFewerBases) {
  const MemoryActions data(1, {{0, 1, 4, 2, 7, 3}});
  EXPECT_EQ(fit("beast", data, 1)->info().max_tokens, 1U);
  EXPECT_EQ(fit("beast", data, 3)->info().max_tokens, 3U);
  EXPECT_EQ(fit("beast:bases=2", data, 3)->info().max_tokens, 2U);
}

/// ε_sup holds for any chunk whose actions and weights lie in their ranges, also one unlike the data.
TEST(Beast, ErrorIsBoundedForAnyChunkInTheRanges) {
  const Sample sample = make_sample("walk");
  const auto quantizer = fit("beast:bases=4,degree=2,bins=32,gripper=1,range=data", sample.actions, 12);
  const auto& saved = quantizer->save();
  const auto low = saved.at("low").get<std::vector<double>>(), high = saved.at("high").get<std::vector<double>>();
  test::property("error ≤ ε_sup", [&] {
    const NoiseKey key(*rc::gen::arbitrary<std::uint64_t>());
    const bool extremes = *rc::gen::arbitrary<bool>();
    std::vector<double> u(36), out(36);
    for (std::size_t i = 0; i < u.size(); ++i) {
      const double z = uniform(key, i, 0), t = extremes ? std::round(z) : z;
      u[i] = low[i % 3] + t * (high[i % 3] - low[i % 3]);
    }
    quantizer->quantize(u, {}, out);
    const auto flags = std::make_unique<bool[]>(36);
    quantizer->saturated(u, {flags.get(), 36});
    for (std::size_t row = 0; row < 36; row += 3) {
      if (flags[row] || flags[row + 1] || flags[row + 2]) continue;
      RC_ASSERT(std::hypot(out[row] - u[row], out[row + 1] - u[row + 1], out[row + 2] - u[row + 2]) <=
                quantizer->info().epsilon_sup);
    }
  });
}

/// Two steps, two bases of degree 1: the splines go through the steps, so weights are actions and only bins err.
TEST(Beast, EpsilonSupIsHalfABinWhereSplinesFitExactly) {
  BeastConfig config;
  config.bins = 11;
  config.degree = 1;
  const Beast beast(config, 2, {{-1}, {1}}, {{-0.5, -0.5}, {0.5, 0.5}});
  EXPECT_NEAR(beast.info().epsilon_sup, 0.05, 1e-6);
  const std::vector<double> inside{0.25, -0.45}, clipped{0.25, 0.9};
  bool flags[2];
  beast.saturated(inside, flags);
  EXPECT_FALSE(flags[0] || flags[1]);
  beast.saturated(clipped, flags);
  EXPECT_TRUE(flags[0] && flags[1]);
}

TEST(Beast, BadOptionsSaySo) {
  const MemoryActions data(2, {{0, 1, 2, 3, 4, 5}});
  const auto refused = [&](const std::string& spec, std::size_t chunk, const std::string& what) {
    try {
      fit(spec, data, chunk);
      ADD_FAILURE() << spec << " was accepted";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(what), std::string::npos) << error.what();
    }
  };
  refused("beast:bases=0", 2, "option 'bases'");
  refused("beast:degree=9", 2, "option 'degree'");
  refused("beast:degree=-1", 2, "option 'degree'");
  refused("beast:bins=1", 2, "option 'bins'");
  refused("beast:gripper=2", 2, "option 'gripper'");
  refused("beast:gripper=0.5", 2, "option 'gripper'");
  refused("beast", 4, "take a smaller --chunk");
  refused("beast", 2000, "a chunk must have");
  FitContext context;
  context.action_dim = 2;
  EXPECT_THROW(make_quantizer("beast:low=0,high=1", context), UsageError);
  const MemoryActions bad(1, {{0, std::nan("")}});
  EXPECT_THROW(fit("beast", bad, 1), DataError);
}

TEST(Beast, ConstructionChecksItsRanges) {
  const ActionRange range{{0}, {1}};
  BeastConfig config;
  EXPECT_NO_THROW(Beast(config, 2, range, {{0, 0}, {1, 1}}));
  EXPECT_THROW(Beast(config, 2, range, {{0}, {1}}), UsageError);
  EXPECT_THROW(Beast(config, 2, range, {{0, 2}, {1, 1}}), UsageError);
  EXPECT_THROW(Beast(config, 2, range, {{0, std::nan("")}, {1, 1}}), UsageError);
  EXPECT_THROW(Beast(config, 2, {{0}, {}}, {{0, 0}, {1, 1}}), UsageError);
}

}  // namespace
}  // namespace pianola::testing
