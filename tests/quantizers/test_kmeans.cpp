#include "pianola/quantizers/kmeans.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "pianola/base/parallel.hpp"
#include "pianola/quantizers/lloyd.hpp"
#include "quantizers/conformance.hpp"
#include "quantizers/fitting.hpp"
#include "quantizers/golden_numbers.hpp"

namespace pianola::testing {

INSTANTIATE_TEST_SUITE_P(KMeans, QuantizerConformance,
                         ::testing::ValuesIn(conformance_cases(
                             {"kmeans:k=5", "kmeans:k=2", "kmeans:k=7,init=random,restarts=3", "kmeans:k=6,joint=chunk",
                              "kmeans:k=4,scale=std,offset=true", "kmeans:k=3,scale=range,joint=chunk,iterations=2"})),
                         case_name);

namespace {

TEST(KMeans, FindsClearClusters) {
  std::vector<double> actions;
  for (std::uint64_t i = 0; i < 300; ++i) {
    actions.push_back(10.0 * (i % 3) + 0.1 * normal(NoiseKey(1), i, 0));
    actions.push_back(-5.0 * (i % 3) + 0.1 * normal(NoiseKey(1), i, 1));
  }
  const MemoryActions data(2, {actions});
  const auto book = fit_kmeans({.k = 3}, context_of(data));
  EXPECT_EQ(book->dead_codes(), 0U);
  EXPECT_EQ(book->contents().counts, (std::vector<std::uint32_t>(3, 100)));
  for (std::size_t j = 0; j < 3; ++j) {
    const float x = book->contents().codes[2 * j], y = book->contents().codes[2 * j + 1];
    EXPECT_NEAR(x, 10.0 * std::round(x / 10.0), 0.05);
    EXPECT_NEAR(y, -0.5 * x, 0.1);
  }
}

// Codes are means: what they leave over has mean zero.
TEST(KMeans, OffsetsHaveMeanZero) {
  const Sample sample = make_sample("walk");
  const auto book = fit_kmeans({.k = 9, .iterations = 1000, .offset = true}, context_of(sample.actions));
  const std::vector<double> rows = sample.actions.rows();
  const std::vector<float> actions(rows.begin(), rows.end());
  std::vector<Token> tokens(actions.size() / 3);
  std::vector<std::uint32_t> lengths(tokens.size());
  std::vector<float> offsets(actions.size());
  book->encode(actions, {}, {tokens, lengths});
  book->offsets(actions, {tokens, lengths}, offsets);
  for (std::size_t d = 0; d < 3; ++d) {
    double sum = 0.0, square = 0.0;
    for (std::size_t i = d; i < offsets.size(); i += 3) {
      sum += static_cast<double>(offsets[i]);
      square += std::pow(static_cast<double>(offsets[i]), 2);
    }
    const auto n = static_cast<double>(tokens.size());
    EXPECT_NEAR(sum / n, 0.0, 1e-6);
    EXPECT_NEAR(std::sqrt(square / n), book->contents().offset_rms[d], 1e-6);
  }
}

TEST(KMeans, MoreCodesAreNotMuchWorse) {
  const Sample sample = make_sample("wide");
  double before = HUGE_VAL;
  for (const int k : {2, 8, 64}) {
    const auto book = fit_kmeans({.k = k}, context_of(sample.actions));
    const std::vector<double> rows = sample.actions.rows();
    std::vector<double> q(rows.size());
    book->quantize(rows, {}, q);
    double error = 0.0;
    for (std::size_t i = 0; i < q.size(); ++i) error += (q[i] - rows[i]) * (q[i] - rows[i]);
    EXPECT_LT(error, before);
    before = error;
  }
}

TEST(KMeans, ScalesDecideWhatIsNear) {
  std::vector<double> actions;  // dimension 0 in thousands and without structure, dimension 1 with two clusters
  for (std::uint64_t i = 0; i < 200; ++i) {
    actions.push_back(1000.0 * uniform(NoiseKey(2), i, 0));
    actions.push_back(static_cast<double>(i % 2) + 0.01 * normal(NoiseKey(2), i, 1));
  }
  const MemoryActions data(2, {actions});
  const auto spread = [&](const char* spec) {
    const auto q = make_quantizer(spec, context_of(data));
    std::vector<double> out(4);
    q->quantize(std::vector<double>{500.0, 0.0, 500.0, 1.0}, {}, out);
    return std::abs(out[1] - out[3]);
  };
  EXPECT_LT(spread("kmeans:k=2"), 0.5);
  EXPECT_GT(spread("kmeans:k=2,weights='0.0001,1'"), 0.9);
  EXPECT_GT(spread("kmeans:k=2,scale=range"), 0.9);
}

TEST(KMeans, RestartsNeverHurt) {
  const Sample sample = make_sample("walk");
  const auto error = [&](int restarts) {
    const auto book = fit_kmeans({.k = 12, .init = "random", .restarts = restarts}, context_of(sample.actions));
    const std::vector<double> rows = sample.actions.rows();
    std::vector<double> q(rows.size());
    book->quantize(rows, {}, q);
    double sum = 0.0;
    for (std::size_t i = 0; i < q.size(); ++i) sum += (q[i] - rows[i]) * (q[i] - rows[i]);
    return sum;
  };
  EXPECT_LE(error(8), error(1) * (1.0 + 1e-6));
}

TEST(KMeans, ThreadsChangeNoBit) {
  const Sample sample = make_sample("wide");
  set_threads(1);
  const std::string one = make_quantizer("kmeans:k=20,restarts=2", context_of(sample.actions))->save().dump();
  set_threads(2);
  EXPECT_EQ(make_quantizer("kmeans:k=20,restarts=2", context_of(sample.actions))->save().dump(), one);
  set_threads(0);
}

TEST(KMeans, FewerDistinctActionsThanCodesAreAnError) {
  const MemoryActions data(1, {{1, 2, 3, 2, 1, 1, 1}});
  const std::string message = failure("kmeans:k=4", context_of(data));
  EXPECT_NE(message.find("k=4 distinct actions; the data have 3 among 7; take k=3 or less"), std::string::npos)
      << message;
  EXPECT_EQ(failure("kmeans:k=3", context_of(data)), "");
  EXPECT_NE(failure("kmeans:k=3,joint=chunk", context_of(data, 6)).find("distinct chunks"), std::string::npos);
  const MemoryActions single(2, {{1, 2}});
  EXPECT_NE(failure("kmeans", context_of(single)), "");
  const std::string equal = failure("kmeans:k=2", context_of(single));
  EXPECT_NE(equal.find("all equal"), std::string::npos) << equal;
  EXPECT_EQ(equal.find("k=1"), std::string::npos) << "which is refused: " << equal;
}

TEST(KMeans, BadInputIsNamed) {
  const MemoryActions data(1, {{1, 2, 3, 4}});
  EXPECT_NE(failure("kmeans:k=0", context_of(data)).find("2 … 65536"), std::string::npos);
  const std::string one = failure("kmeans:k=1", context_of(data));
  EXPECT_NE(one.find("at least 2 codes"), std::string::npos) << one;
  EXPECT_NE(one.find("k=2 would do"), std::string::npos) << one;
  EXPECT_NE(failure("kmeans:k=2,iterations=0", context_of(data)).find("iterations"), std::string::npos);
  EXPECT_NE(failure("kmeans:k=2,restarts=0", context_of(data)).find("restarts"), std::string::npos);
  EXPECT_NE(failure("kmeans:k=2,init=kmeans", context_of(data)).find("did you mean 'kmeans++'?"), std::string::npos);
  EXPECT_NE(failure("kmeans:k=2,joint=chunks", context_of(data)).find("did you mean 'chunk'?"), std::string::npos);
  EXPECT_NE(failure("kmeans:k=2,scale=minmax", context_of(data)), "");
  EXPECT_NE(failure("kmeans:k=2,joint=chunk", context_of(data, 9)).find("longest trajectory 4"), std::string::npos);
  const MemoryActions broken(1, {{1, 2}, {3, std::nan("")}});
  EXPECT_NE(failure("kmeans:k=2", context_of(broken)).find("trajectory 1, row 1, dimension 0"), std::string::npos);
  FitContext none;
  none.action_dim = 1;
  EXPECT_NE(failure("kmeans:k=2", none).find("give a dataset"), std::string::npos);
}

TEST(KMeans, ConstantDimensionsDecodeToTheirValue) {
  const Sample sample = make_sample("constant");
  for (const char* spec : {"kmeans:k=5", "kmeans:k=5,scale=std", "kmeans:k=5,scale=range"}) {
    const auto q = make_quantizer(spec, context_of(sample.actions));
    std::vector<double> out(3);
    q->quantize(std::vector<double>{0.3, 0.25, 8.0}, {}, out);
    EXPECT_EQ(out[1], 0.25) << spec;
    EXPECT_NEAR(out[2], 8.0, 1e-6) << spec;
  }
}

// ---------------------------------------------------------------- scikit-learn (tools/oracles/kmeans_codes.py)

struct Golden {
  std::size_t rows = 0, dim = 0, codes = 0, iterations = 0;
  double few = 0.0, whole = 0.0;  // inertia after `iterations`, and at the fixed point
  std::vector<float> centres;
  std::vector<std::uint32_t> labels;
};

Golden read_golden() {
  std::ifstream file(PIANOLA_GOLDEN);
  for (int line = 0; line < 2; ++line) file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  Golden golden;
  std::size_t iterations = 0;
  file >> golden.rows >> golden.dim >> golden.codes >> golden.iterations >> golden.few >> golden.whole >> iterations;
  golden.centres.resize(golden.codes * golden.dim);
  for (float& x : golden.centres) file >> x;
  golden.labels.resize(golden.rows);
  for (std::uint32_t& label : golden.labels) file >> label;
  EXPECT_TRUE(file) << "cannot read " PIANOLA_GOLDEN;
  return golden;
}

std::vector<float> golden_rows(const Golden& golden) {
  std::vector<float> rows = golden_numbers(0, golden.rows * golden.dim);
  const std::vector<float> centres = golden_numbers(1'000'000, 8 * golden.dim);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t row = i / golden.dim;
    if (row % 4 != 0) rows[i] = rows[i] * 0.125F + centres[row % 8 * golden.dim + i % golden.dim];
  }
  return rows;
}

TEST(KMeans, EncodesAsScikitLearnPredicts) {
  const Golden golden = read_golden();
  const std::vector<float> rows = golden_rows(golden);
  JointCodes codes;
  codes.spec = "kmeans:k=64";
  codes.action_dim = golden.dim;
  codes.scale.assign(golden.dim, 1.0);
  codes.box = {std::vector<double>(golden.dim, -4.0), std::vector<double>(golden.dim, 4.0)};
  codes.counts.assign(golden.codes, 1);
  codes.codes = golden.centres;
  const JointCodebook book(codes);
  std::vector<Token> tokens(golden.rows);
  std::vector<std::uint32_t> lengths(golden.rows);
  book.encode(rows, {}, {tokens, lengths});
  EXPECT_EQ(tokens, golden.labels);
}

TEST(KMeans, GoesWhereScikitLearnGoes) {
  const Golden golden = read_golden();
  const std::vector<float> rows = golden_rows(golden);
  const std::vector<float> starts(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(golden.centres.size()));
  const LloydResult few = lloyd(rows, golden.dim, starts, NoiseKey(1), {golden.iterations, true});
  EXPECT_NEAR(few.inertia, golden.few, 1e-6 * golden.few);
  const LloydResult whole = lloyd(rows, golden.dim, starts, NoiseKey(1), {10'000, true});
  ASSERT_TRUE(whole.converged);
  EXPECT_EQ(whole.reseeded, 0U);
  EXPECT_NEAR(whole.inertia, golden.whole, 1e-6 * golden.whole);
  EXPECT_EQ(whole.tokens, golden.labels);
}

}  // namespace
}  // namespace pianola::testing
