#include "pianola/quantizers/nearest_definition.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/every_target.hpp"
#include "pianola/base/random.hpp"
#include "property.hpp"

namespace pianola {
namespace {

TEST(NearestDefinition, GivesTheReferencesBits) {
  on_every_target([] {
    test::property("kernel = reference", [] {
      const auto width = *rc::gen::inRange<std::size_t>(1, 20), k = *rc::gen::inRange<std::size_t>(1, 50);
      const NoiseKey key(*rc::gen::arbitrary<std::uint64_t>());
      std::vector<float> codes(k * width);
      for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<float>(normal(key, i, 0));
      const Codebook book(codes, width);
      std::vector<double> x(width);
      for (std::size_t d = 0; d < width; ++d) x[d] = normal(key, d, 1);
      const ExactNearest exact = nearest_by_definition(book, x.data());
      RC_ASSERT(exact.nearest == nearest_code_reference(book, x));
      RC_ASSERT(exact.smallest == squared_distance(book, exact.nearest, x));
      double second = HUGE_VAL;
      for (std::size_t j = 0; j < k; ++j) {
        if (j != exact.nearest) second = std::min(second, squared_distance(book, j, x));
      }
      RC_ASSERT(exact.second == second);
      const std::vector<float> narrow(x.begin(), x.end());
      const std::vector<double> rounded(narrow.begin(), narrow.end());
      RC_ASSERT(nearest_by_definition(book, narrow.data()).nearest == nearest_code_reference(book, rounded));
    });
  });
}

TEST(NearestDefinition, LowestOfEqualsAndZeroForNoNumbers) {
  const Codebook book({5, 1, 3, 1}, 1);
  for (const double x : {1.0, 2.0, 0.0}) EXPECT_EQ(nearest_by_definition(book, &x).nearest, 1U) << x;
  for (const double x : {std::nan(""), HUGE_VAL, -HUGE_VAL}) EXPECT_EQ(nearest_by_definition(book, &x).nearest, 0U);
}

}  // namespace
}  // namespace pianola
