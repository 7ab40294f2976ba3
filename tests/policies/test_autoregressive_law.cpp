#include "pianola/policies/autoregressive_law.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "increment_draws.hpp"
#include "pianola/base/error.hpp"
#include "pianola/policies/transition_registry.hpp"
#include "policies/toys.hpp"
#include "toy_transformer.hpp"

namespace pianola {
namespace {

using toys::draws;

const IncrementCells kCells{4, {-2.0, 0.0}, {1.0, 0.5}};

/// P(first) = (.1, .2, .3, .4); the second is most likely the first again (.7, the others .1).
std::shared_ptr<const IncrementLaw> copying() {
  const auto policy = std::make_shared<toys::ToyPolicy>(
      std::vector<std::uint32_t>{4, 4}, 1,
      [](std::size_t p, Token before, std::span<const float>, std::span<float> out) {
        for (std::size_t k = 0; k < 4; ++k) {
          const double first = 0.1 * static_cast<double>(k + 1), second = k == before ? 0.7 : 0.1;
          out[k] = static_cast<float>(std::log(p == 0 ? first : second));
        }
      });
  return make_autoregressive_law(kCells, policy);
}

TEST(IncrementCells, TheLawWithinACellIntegratesToOneAndItsInverseToo) {
  for (const std::uint32_t k : {0U, 1U, 2U, 3U}) {
    for (const double u : {1e-6, 0.3, 0.5, 0.99}) {
      const double x = kCells.at_quantile(1, k, u);
      EXPECT_EQ(kCells.cell(1, x), k);
      EXPECT_NEAR(kCells.probability(1, x), u, 1e-12);
      const double slope = (kCells.probability(1, x + 1e-7) - kCells.probability(1, x)) / 1e-7;
      if (kCells.cell(1, x + 1e-7) == k) {
        EXPECT_NEAR(slope, std::exp(kCells.log_density(1, x)), 1e-5);
      }
    }
  }
  EXPECT_EQ(kCells.cell(0, -1e9), 0U);
  EXPECT_EQ(kCells.cell(0, 1e9), 3U);
}

TEST(IncrementCells, CoverTheDataAndWhatIsConstant) {
  const IncrementCells cells = fit_increment_cells(std::vector<double>{-1.0, 5.0, 3.0, 5.0, 0.5, 5.0}, 2, 8);
  EXPECT_EQ(cells.low[0], -1.0);
  EXPECT_EQ(cells.width[0], 0.5);
  EXPECT_EQ(cells.cell(0, -1.0), 0U);
  EXPECT_EQ(cells.cell(0, 3.0), 7U);
  EXPECT_GT(cells.width[1], 0.0);
  EXPECT_NEAR(cells.low[1] + 4.0 * cells.width[1], 5.0, 1e-12);
  EXPECT_THROW(fit_increment_cells(std::vector<double>{1.0}, 1, 1), UsageError);
  EXPECT_THROW(fit_increment_cells({}, 1, 8), UsageError);
}

TEST(AutoregressiveLaw, ItsDensityIsTheChains) {
  const auto law = copying();
  // First in cell 2 (0.3, width 1), second in cell 2 too (0.7, width 0.5).
  EXPECT_NEAR(toys::log_density(*law, {0.0}, {0.5, 1.2}), std::log(0.3) + std::log(0.7 / 0.5), 1e-5);
  EXPECT_NEAR(toys::log_density(*law, {0.0}, {0.5, 0.6}), std::log(0.3) + std::log(0.1 / 0.5), 1e-5);
  // Beyond the last cell: exponential from its inner edge 1.
  EXPECT_NEAR(toys::log_density(*law, {0.0}, {4.0, 0.6}), std::log(0.4) - 3.0 + std::log(0.1 / 0.5), 1e-5);
  double mass = 0.0;
  for (double a = -15.0; a < 15.0; a += 0.05) {
    for (double b = -8.0; b < 8.0; b += 0.05) mass += std::exp(toys::log_density(*law, {0.0}, {a, b})) * 0.05 * 0.05;
  }
  EXPECT_NEAR(mass, 1.0, 0.05);
}

TEST(AutoregressiveLaw, DrawsAreOfItsLaw) {
  constexpr std::size_t n = 4000;
  const auto law = copying();
  const auto drawn = draws(*law, {0.0}, n);
  for (const auto& column : toys::transforms(*law, {0.0}, drawn)) {
    EXPECT_LT(toys::distance_from_uniform(column), 2.0 / std::sqrt(n));
  }
  std::size_t last = 0, copied = 0;
  for (std::size_t i = 0; i < n; ++i) {
    last += kCells.cell(0, drawn[2 * i]) == 3 ? 1 : 0;
    copied += kCells.cell(0, drawn[2 * i]) == kCells.cell(1, drawn[2 * i + 1]) ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(last) / n, 0.4, 0.035);
  EXPECT_NEAR(static_cast<double>(copied) / n, 0.7, 0.035);
}

TEST(AutoregressiveLaw, ItsModeFollowsTheMostLikelyCells) {
  const auto law = copying();
  const auto session = law->session(1);
  std::vector<double> mode(2);
  session->begin(std::vector<double>{0.0});
  session->mode(mode);
  EXPECT_EQ(mode[0], 1.5);
  EXPECT_EQ(mode[1], 1.75);
}

TEST(AutoregressiveLaw, ANetworkThatIsNotFiniteDrawsNoNumber) {
  const auto lawless = std::make_shared<toys::ToyPolicy>(
      std::vector<std::uint32_t>{4, 4}, 1,
      [](std::size_t, Token, std::span<const float>, std::span<float> out) { std::ranges::fill(out, NAN); });
  EXPECT_TRUE(std::isnan(draws(*make_autoregressive_law(kCells, lawless), {0.0}, 1)[0]));
}

TEST(AutoregressiveLaw, ItsFileReadsBackAndDamageIsNamed) {
  TensorFile file = to_tensors(
      toy_transformer::random_weights({1, 1, 16, 2, 2, {4, 4}, false, false, TransformerInput::observations}, 3, 2.0));
  put_cells(kCells, file);
  const auto law = find_transition_model("autoregressive").load(file, "memory");
  EXPECT_EQ(law->dim(), 2U);
  EXPECT_EQ(law->inputs(), 1U);
  EXPECT_TRUE(std::isfinite(toys::log_density(*law, {0.3}, {0.5, 0.6})));
  file.metadata["bins"] = "5";
  EXPECT_THROW(find_transition_model("autoregressive").load(file, "memory"), DataError);
  file.metadata["bins"] = "many";
  EXPECT_THROW(find_transition_model("autoregressive").load(file, "memory"), DataError);
  file.tensors["cells.width"] = Tensor::of({2}, std::vector<double>{1.0, 0.0});
  file.metadata["bins"] = "4";
  EXPECT_THROW(find_transition_model("autoregressive").load(file, "memory"), DataError);
}

}  // namespace
}  // namespace pianola
