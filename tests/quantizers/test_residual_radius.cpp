#include "pianola/quantizers/residual_radius.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/random.hpp"
#include "property.hpp"

namespace pianola {
namespace {

std::vector<float> normal_values(std::size_t n, const NoiseKey& key, double scale) {
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<float>(scale * normal(key, i, 0));
  return values;
}

ResidualCodebooks some_books(const NoiseKey& key, std::size_t layers, std::size_t count, std::size_t width) {
  std::vector<float> codes;
  for (std::size_t l = 0; l < layers; ++l) {
    const auto layer = normal_values(count * width, key.child("layer", l), std::pow(0.4, l));
    codes.insert(codes.end(), layer.begin(), layer.end());
  }
  return {layers, count, width, std::move(codes)};
}

/// The largest error of a step over random points and corners of the box.
double largest_seen(const ResidualCodebooks& books, const ActionRange& box, const NoiseKey& key, std::size_t n) {
  const std::size_t width = books.dim(), dim = box.low.size();
  std::vector<float> rows(n * width), out(n * width);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double z = uniform(key, i, 0), t = i / width % 2 == 0 ? z : std::round(z);
    rows[i] = static_cast<float>(box.low[i % dim] + t * (box.high[i % dim] - box.low[i % dim]));
  }
  std::vector<Token> tokens(n * books.layers());
  books.encode(rows, tokens);
  books.decode(tokens, std::vector<std::uint32_t>(n, static_cast<std::uint32_t>(books.layers())), out);
  double worst = 0.0;
  for (std::size_t first = 0; first < rows.size(); first += dim) {
    double square = 0.0;
    for (std::size_t i = first; i < first + dim; ++i) {
      square += std::pow(static_cast<double>(rows[i]) - static_cast<double>(out[i]), 2);
    }
    worst = std::max(worst, std::sqrt(square));
  }
  return worst;
}

TEST(ResidualRadius, NoActionOfTheBoxIsFartherAway) {
  test::property("error of every step ≤ bound", [] {
    const NoiseKey key(*rc::gen::arbitrary<std::uint64_t>());
    const auto dim = *rc::gen::inRange<std::size_t>(1, 4), chunk = *rc::gen::inRange<std::size_t>(1, 6);
    const auto layers = *rc::gen::inRange<std::size_t>(1, 5), count = *rc::gen::inRange<std::size_t>(1, 12);
    ActionRange box;
    for (std::size_t d = 0; d < dim; ++d) {
      box.low.push_back(2.0 * normal(key, d, 1) - 0.5);
      box.high.push_back(box.low.back() + (d == 2 ? 0.0 : 3.0 * uniform(key, d, 2)));
    }
    const auto books = some_books(key, layers, count, dim * chunk);
    RC_ASSERT(largest_seen(books, box, key.child("points"), 400) <= residual_radius(books, box));
  });
}

// On a line of two codes and a refinement of two the sup is known: r_1 ∈ [−½, ½] in both cells, then ±¼ leaves ¼.
TEST(ResidualRadius, IsAttainedWhereCellsFitTogether) {
  const ResidualCodebooks books(2, 2, 1, {-0.5F, 0.5F, -0.25F, 0.25F});
  EXPECT_NEAR(residual_radius(books, {{-1}, {1}}), 0.25, 1e-3);
}

TEST(ResidualRadius, IsNearWhatIsSeenInFewDimensions) {
  const NoiseKey key(4);
  const auto books = some_books(key, 2, 16, 2);
  const ActionRange box{{-2, -2}, {2, 2}};
  const double bound = residual_radius(books, box), seen = largest_seen(books, box, key, 20000);
  EXPECT_LE(seen, bound);
  EXPECT_GE(seen, 0.5 * bound);
}

}  // namespace
}  // namespace pianola
