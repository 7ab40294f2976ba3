#include "pianola/quantizers/smoothed_codebook.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/quantizers/fit_findings.hpp"
#include "quantizers/conformance.hpp"

namespace pianola::testing {

INSTANTIATE_TEST_SUITE_P(SmoothedCodebook, QuantizerConformance,
                         ::testing::ValuesIn(conformance_cases({"twohot:smoothing=spatial,codebook='kmeans:k=5'",
                                                                "twohot:smoothing=spatial,sigma=2,codebook='kmeans:k=4,"
                                                                "joint=chunk'"})),
                         case_name);

namespace {

std::vector<float> law(const Quantizer& quantizer, std::span<const float> chunk, std::size_t position = 0) {
  std::vector<float> p(quantizer.info().vocabularies[position]);
  quantizer.targets(chunk, position, p);
  return p;
}

TEST(SmoothedCodebook, OverTheCodesOfALineItIsSpatialSmoothingOfLevels) {
  const auto codes = make_quantizer("twohot:smoothing=spatial,sigma=1.5,codebook='uniform:bins=9,representatives=ends'",
                                    unit_context());
  const auto levels = make_quantizer("twohot:bins=9,smoothing=spatial,sigma=1.5", unit_context());
  for (const float u : {-1.0F, -0.6F, 0.0F, 0.11F, 2.0F}) {
    const std::vector<float> a = law(*codes, {&u, 1}), b = law(*levels, {&u, 1});
    if (u > 1.0F) continue;  // levels clip first
    for (std::size_t k = 0; k < 9; ++k) EXPECT_NEAR(a[k], b[k], 1e-6) << u << " " << k;
  }
}

TEST(SmoothedCodebook, WeighsJointCodesByTheirDistance) {
  const Sample sample = make_sample("walk");
  for (const char* joint : {"step", "chunk"}) {
    const std::string spec = std::string("'kmeans:k=6,joint=") + joint + "'";
    const auto smoothed = fit_case("twohot:smoothing=spatial,sigma=0.8,codebook=" + spec, sample, 2);
    const std::size_t positions = smoothed->info().max_tokens, size = 6 / positions;
    const std::vector<float> chunk{0.1F, -0.3F, 0.7F, 0.0F, 0.2F, -0.9F};
    const double width = static_cast<const SmoothedCodebook&>(*smoothed).width();
    EXPECT_GT(width, 0.0);
    for (std::size_t position = 0; position < positions; ++position) {
      const std::vector<float> p = law(*smoothed, chunk, position);
      std::vector<double> squares;
      for (Token k = 0; k < 6; ++k) {
        std::vector<Token> tokens(positions, k);
        std::vector<std::uint32_t> lengths{static_cast<std::uint32_t>(positions)};
        std::vector<float> code(6);
        smoothed->decode({tokens, lengths}, {}, code, {});
        double square = 0.0;
        for (std::size_t j = position * size; j < (position + 1) * size; ++j) {
          square += std::pow(static_cast<double>(chunk[j]) - static_cast<double>(code[j]), 2);
        }
        squares.push_back(square);
        const double expected = (squares[0] - square) / (2.0 * width * width);
        EXPECT_NEAR(std::log(p[k] / p[0]), expected, 1e-4 * (1.0 + std::abs(expected))) << joint << " " << k;
      }
    }
  }
}

TEST(SmoothedCodebook, SavesTheCodebookWithIt) {
  const auto fitted = make_quantizer("twohot:smoothing=spatial,codebook='uniform:bins=9'", unit_context());
  EXPECT_EQ(fitted->info().spec, "twohot:smoothing=spatial,codebook='uniform:bins=9'");
  const auto saved = fitted->save();
  const auto loaded = load_quantizer(nlohmann::ordered_json::parse(saved.dump()), "q.json");
  EXPECT_EQ(loaded->fingerprint(), fitted->fingerprint());
  const float u = 0.3F;
  EXPECT_EQ(law(*loaded, {&u, 1}), law(*fitted, {&u, 1}));
}

TEST(SmoothedCodebook, ReportsWhatTheFitOfItsCodesFound) {
  const Sample sample = make_sample("walk");
  const auto codes = make_quantizer("kmeans:k=4,offset=true", context_of(sample, 1));
  const auto smoothed =
      make_quantizer("twohot:smoothing=spatial,codebook='kmeans:k=4,offset=true'", context_of(sample, 1));
  ASSERT_EQ(dead_codes_of(*codes).size(), 1U);
  EXPECT_EQ(dead_codes_of(*smoothed), dead_codes_of(*codes));
  ASSERT_EQ(offset_rms_of(*codes).size(), 3U);
  EXPECT_EQ(offset_rms_of(*smoothed), offset_rms_of(*codes));
}

TEST(SmoothedCodebook, HostileFilesAreRejected) {
  const auto saved = make_quantizer("twohot:smoothing=spatial,codebook='uniform:bins=9'", unit_context())->save();
  const auto rejects = [](const nlohmann::ordered_json& file) {
    try {
      load_quantizer(file, "q.json");
    } catch (const DataError& error) {
      return std::string(error.what()).find("codebook") != std::string::npos;
    }
    return false;
  };
  for (const nlohmann::ordered_json& hostile :
       {nlohmann::ordered_json(nullptr), nlohmann::ordered_json(3), nlohmann::ordered_json("uniform:bins=9"),
        nlohmann::ordered_json::array(), nlohmann::ordered_json::object(), saved}) {
    auto file = saved;
    file["codebook"] = hostile;
    EXPECT_TRUE(rejects(file)) << hostile.dump();
  }
  auto file = saved;
  file.erase("codebook");
  EXPECT_TRUE(rejects(file));
  file = saved;
  file["codebook"]["low"] = {2.0};
  EXPECT_TRUE(rejects(file));
  file = saved;
  file["codebook"]["spec"] = "uniform:bins=8";
  EXPECT_TRUE(rejects(file));
}

TEST(SmoothedCodebook, AsksForJointCodes) {
  EXPECT_NE(failure("twohot:smoothing=spatial,codebook=uniform", unit_context(2)).find("has no joint codes"),
            std::string::npos);
  EXPECT_NE(failure("twohot:smoothing=spatial,codebook=dither").find("has no joint codes"), std::string::npos);
  EXPECT_NE(failure("twohot:smoothing=spatial,codebook='uniform:bins=20000'").find("up to 16384"), std::string::npos);
  EXPECT_NE(failure("twohot:smoothing=spatial,codebook='twohot:bins=9'").find("is no codebook"), std::string::npos);
  EXPECT_NE(failure("twohot:smoothing=spatial,codebook=rvq", unit_context(2)), "");
  EXPECT_NE(failure("twohot:smoothing=spatial,codebook=unifrom").find("did you mean 'uniform'?"), std::string::npos);
}

TEST(SmoothedCodebook, OptionsThatAreTheCodebooksAreRefused) {
  EXPECT_NE(failure("twohot:codebook=uniform").find("needs smoothing=spatial"), std::string::npos);
  EXPECT_NE(failure("twohot:bins=9,smoothing=spatial,codebook=uniform").find("option 'bins' is the codebook's"),
            std::string::npos);
  EXPECT_NE(failure("twohot:smoothing=spatial,quantile=0.1,codebook=uniform").find("option 'quantile'"),
            std::string::npos);
  EXPECT_NE(failure("twohot:smoothing=spatial,sigma=0,codebook=uniform").find("'sigma'"), std::string::npos);
}

}  // namespace
}  // namespace pianola::testing
