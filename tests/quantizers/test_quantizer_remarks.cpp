#include "pianola/quantizers/quantizer_remarks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/rvq.hpp"
#include "quantizers/fitting.hpp"

namespace pianola {
namespace {

using testing::MemoryActions;

constexpr MeasureOptions kQuick{0, 0.0};

std::string remarks_of(const QuantizerReport& report) {
  std::string text;
  for (const std::string& sentence : quantizer_remarks(report)) text += sentence + "\n";
  return text;
}

bool says(const QuantizerReport& report, const std::string& words) {
  return remarks_of(report).find(words) != std::string::npos;
}

/// `count` trajectories of `steps` actions: each dimension uniform on [−1, 1], but as `shape` bends it.
template <class Shape>
MemoryActions actions(std::size_t dim, std::size_t count, std::size_t steps, const Shape& shape) {
  std::vector<std::vector<double>> rows(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t v = 0; v < steps * dim; ++v) {
      rows[i].push_back(shape(v % dim, 2.0 * uniform(NoiseKey(4), i, static_cast<std::uint32_t>(v)) - 1.0));
    }
  }
  return MemoryActions(dim, std::move(rows));
}

MemoryActions plain() {
  return actions(2, 12, 300, [](std::size_t, double u) { return u; });
}

QuantizerReport measured(const std::string& spec, const MemoryActions& data, std::size_t chunk = 1) {
  return measure_quantizer(*make_quantizer(spec, testing::context_of(data, chunk)), data, NoiseKey(1), kQuick);
}

TEST(QuantizerRemarks, NothingIsSaidOfASoundScheme) {
  for (const char* spec : {"uniform:bins=16", "quantile:bins=16", "dither:bins=16", "uniform:bins=16,atoms=true",
                           "kmeans:k=16", "uniform:bins=16,representatives=ends"}) {
    EXPECT_EQ(remarks_of(measured(spec, plain())), "") << spec;
  }
}

TEST(QuantizerRemarks, SaturationAndWhatHelps) {
  const auto report = measured("uniform:bins=16,low=-0.9,high=0.9", plain());
  EXPECT_TRUE(says(report, "lie outside the range and are clipped")) << remarks_of(report);
  EXPECT_TRUE(says(report, "representatives=ends, or atoms=true, or a wider range (low=, high=), not more codes"))
      << remarks_of(report);
  const auto ends = measured("uniform:bins=16,representatives=ends,quantile=0.05", plain());
  EXPECT_TRUE(says(ends, "what helps is a wider range (low=, high=), or a smaller quantile=, not more codes"))
      << remarks_of(ends);
  EXPECT_FALSE(says(measured("uniform:bins=16,low=-0.995,high=0.995", plain()), "clipped")) << "less than 1 %";
}

TEST(QuantizerRemarks, TruncationIsABias) {
  const auto report = measured("uniform:mode=rt1,bins=16", plain());
  EXPECT_TRUE(says(report, "biased in dimensions 0, 1: the mean error is -0.0")) << remarks_of(report);
  EXPECT_TRUE(says(report, "100 % of the mean |error|")) << remarks_of(report);
}

TEST(QuantizerRemarks, ABiasNeedsAnIntervalAndASize) {
  QuantizerReport report;
  report.spec = "uniform:bins=16";
  report.epsilon_in_per_dimension = {0.1};
  report.bias_per_dimension = {{0.06, 0.01, 0.11, 20}};
  EXPECT_TRUE(says(report, "biased in dimension 0"));
  report.bias_per_dimension = {{0.06, -0.01, 0.13, 20}};  // holds 0
  EXPECT_FALSE(says(report, "biased"));
  report.bias_per_dimension = {{0.04, 0.03, 0.05, 20}};  // most errors cancel
  EXPECT_FALSE(says(report, "biased"));
  report.bias_per_dimension = {{0.06, std::nan(""), std::nan(""), 1}};  // one trajectory
  EXPECT_FALSE(says(report, "biased"));
  report.epsilon_in_per_dimension = {1e-9};
  report.bias_per_dimension = {{1e-9, 0.9e-9, 1.1e-9, 20}};
  report.epsilon_sup = 0.1;
  EXPECT_FALSE(says(report, "biased")) << "rounding to float32";
}

TEST(QuantizerRemarks, RoundingToFloatIsNoBias) {
  for (const double scale : {1.0, 0x1p20, 0x1p-20}) {  // float32 has more than 0.3 and more than 0.6
    const auto data = actions(1, 12, 300, [&](std::size_t, double u) { return scale * (u < 0 ? 0.3 : 0.6); });
    const auto report = measured("kmeans:k=2", data);
    EXPECT_GT(report.bias_per_dimension[0].low, 0.0);
    EXPECT_FALSE(says(report, "biased")) << remarks_of(report);
  }
  QuantizerReport report;
  report.spec = "uniform:bins=16";
  report.epsilon_in_per_dimension = {1.2e-8};
  report.bias_per_dimension = {{1.2e-8, 1.1e-8, 1.3e-8, 20}};
  report.largest_action_per_dimension = {0.3};
  EXPECT_FALSE(says(report, "biased"));
  report.largest_action_per_dimension = {1e-7};
  EXPECT_TRUE(says(report, "biased in dimension 0")) << "12 % of so small an action";
}

TEST(QuantizerRemarks, ConstantAndCollapsedDimensions) {
  // 99 of 100 values of dimension 1 are 0, so that its 1 % and 99 % quantiles agree; dimension 2 never moves.
  const auto data = actions(3, 12, 300, [](std::size_t d, double u) {
    return d == 0 ? u : d == 1 ? (std::abs(u) > 0.995 ? u : 0.0) : 0.25;
  });
  for (const char* spec : {"uniform:mode=openvla,bins=16", "fast:vocabulary=300"}) {
    const auto report = measured(spec, data, 10);
    EXPECT_TRUE(says(report, "dimension 2 of the data is constant")) << spec << "\n" << remarks_of(report);
    EXPECT_EQ(report.constant_dimensions, (std::vector<std::size_t>{2})) << spec;
  }
  const auto bits = measured("uniform:bits=4;0;4", data);
  EXPECT_TRUE(says(bits, "dimension 1 varies in the data and always decodes to one number")) << remarks_of(bits);
  EXPECT_TRUE(says(bits, "total_bits")) << remarks_of(bits);
  const auto openvla = measured("uniform:mode=openvla,bins=16,mask=1;1;1", data);
  EXPECT_EQ(openvla.constant_dimensions, (std::vector<std::size_t>{2}));
}

TEST(QuantizerRemarks, ManyDimensionsAreCounted) {
  QuantizerReport report;
  report.spec = "uniform";
  for (std::size_t d = 0; d < 26; ++d) report.constant_dimensions.push_back(d);
  EXPECT_TRUE(says(report, "10, 11, … (26 in all) of the data are constant")) << remarks_of(report);
}

TEST(QuantizerRemarks, CodesThatAreNotUsedAndDeadOnes) {
  EXPECT_TRUE(says(measured("uniform:bins=1024,low=-9,high=9", plain()), "of the codes are used"));
  QuantizerReport report;
  report.spec = "rvq";
  report.vocabulary = 16.0;
  report.dead_codes = {0, 3};
  EXPECT_TRUE(says(report, "dead codes of the fit, by layer: 0, 3, each of 16")) << remarks_of(report);
  report.dead_codes = {0, 0};
  EXPECT_EQ(remarks_of(report), "");
}

TEST(QuantizerRemarks, FewTokensAreNoSignOfDeadCodes) {
  const auto few = actions(2, 3, 40, [](std::size_t, double u) { return u; });
  for (const std::size_t chunk : {1U, 8U}) {
    const auto report = measured("uniform:bins=256", few, chunk);
    EXPECT_LT(report.used_fraction, 0.5);
    EXPECT_TRUE(std::isnan(report.expected_used_fraction));
    EXPECT_FALSE(says(report, "never learned")) << remarks_of(report);
    EXPECT_TRUE(says(report, "the data have 0.47 tokens for each code, too few to tell how many codes are in use"))
        << remarks_of(report);
  }
}

TEST(QuantizerRemarks, StepsLeftOutAreSaid) {
  const auto report = measured("uniform:bins=4", actions(1, 3, 250, [](std::size_t, double u) { return u; }), 8);
  EXPECT_TRUE(says(report, "6 of the data's 750 steps (0.8 %) are left out")) << remarks_of(report);
}

TEST(QuantizerRemarks, TheTrapIsForItsOwnExperiment) {
  const auto report = measured("trap", plain());
  EXPECT_TRUE(says(report, "adversarial")) << remarks_of(report);
  EXPECT_FALSE(says(report, "what helps is a fit")) << remarks_of(report);
}

TEST(QuantizerRemarks, NothingIsSaidOfTokensACodeWhereThereAreNoCodes) {
  QuantizerReport report;
  report.spec = "trap";
  report.entropy_per_action = 2.0;
  report.entropy_correction = 1.0;
  EXPECT_FALSE(says(report, "tokens for each code")) << remarks_of(report);
  report.tokens_per_code = 3.0;
  EXPECT_TRUE(says(report, "3 tokens for each code")) << remarks_of(report);
}

TEST(QuantizerRemarks, DeadCodesComeFromTheFit) {
  // Two layers of 4 codes on five distinct chunks: the second has more codes than there are residuals.
  const auto data = actions(1, 4, 50, [](std::size_t, double u) { return std::round(2.0 * u); });
  const auto report = measured("rvq:layers=2,codes=4", data);
  ASSERT_EQ(report.dead_codes.size(), 2U);
  const auto quantizer = make_quantizer("rvq:layers=2,codes=4", testing::context_of(data));
  EXPECT_EQ(report.dead_codes, dynamic_cast<const Rvq&>(*quantizer).dead_codes());
}

TEST(QuantizerRemarks, BitsThatNobodyCanUseAreCounted) {
  const auto report = measured("uniform:bits=auto,total_bits=49", plain());
  EXPECT_TRUE(says(report, "total_bits=49, and 32 of them are spent")) << remarks_of(report);
  EXPECT_FALSE(says(measured("uniform:bits=auto,total_bits=8", plain()), "are spent"));
}

TEST(QuantizerRemarks, AQuantizerFromAFileSaysSo) {
  QuantizerReport report;
  report.spec = "uniform:bins=16";
  report.used_fraction = 1.0;
  report.loaded_from = "q.json";
  EXPECT_EQ(remarks_of(report), "read from q.json, not fitted to these data\n");
}

TEST(QuantizerRemarks, RepairedChunks) {
  QuantizerReport report;
  report.used_fraction = 1.0;
  report.decode_failures = 7;
  EXPECT_EQ(remarks_of(report), "7 chunks whose own tokens had to be repaired in decoding\n");
}

}  // namespace
}  // namespace pianola
