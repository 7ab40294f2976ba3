#include "pianola/quantizers/nearest_code.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/every_target.hpp"
#include "pianola/base/random.hpp"
#include "property.hpp"

namespace pianola {
namespace {

std::vector<float> normal_values(std::size_t n, std::uint64_t seed, double scale = 1.0, double offset = 0.0) {
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<float>(offset + scale * normal(NoiseKey(seed), i, 0));
  return values;
}

/// All three kernels against the reference, bounds included.
void expect_reference(const Codebook& book, std::span<const float> vectors) {
  const std::size_t width = book.width(), n = vectors.size() / width;
  const std::vector<double> wide(vectors.begin(), vectors.end());
  std::vector<std::uint32_t> nearest(n + 1, 77), bounded(n), doubles(n);
  std::vector<float> upper(n), lower(n);
  nearest_codes(book, vectors, std::span(nearest).first(n));
  nearest_codes(book, vectors, NearestBounds{bounded, upper, lower});
  nearest_codes(book, wide, doubles);
  for (std::size_t i = 0; i < n; ++i) {
    const auto x = std::span(wide).subspan(i * width, width);
    const std::uint32_t wanted = nearest_code_reference(book, x);
    ASSERT_EQ(nearest[i], wanted) << "vector " << i << ", width " << width << ", codes " << book.size();
    ASSERT_EQ(bounded[i], wanted);
    ASSERT_EQ(doubles[i], wanted);
    double second = HUGE_VAL;
    for (std::size_t j = 0; j < book.size(); ++j) {
      if (j != wanted) second = std::min(second, squared_distance(book, j, x));
    }
    ASSERT_LE(squared_distance(book, wanted, x), static_cast<double>(upper[i])) << i;
    ASSERT_GE(second, static_cast<double>(lower[i])) << i;
  }
  ASSERT_EQ(nearest[n], 77U) << "wrote behind the end";
}

TEST(NearestCode, GivesTheReferenceForEveryWidthAndSize) {
  on_every_target([] {
    for (const std::size_t width : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 15U, 26U}) {
      for (const std::size_t k : {1U, 2U, 15U, 16U, 17U, 64U, 65U, 130U}) {
        expect_reference(Codebook(normal_values(k * width, k + width), width), normal_values(67 * width, 5));
      }
    }
  });
}

TEST(NearestCode, GivesTheReferenceForWideVectors) {
  on_every_target([] {
    for (const std::size_t width : {255U, 256U, 257U, 259U, 514U, 780U}) {
      expect_reference(Codebook(normal_values(70 * width, width), width), normal_values(21 * width, 6));
    }
  });
}

TEST(NearestCode, GivesTheReferenceForEveryLength) {
  on_every_target([] {
    const Codebook book(normal_values(64 * 7, 1), 7);
    for (std::size_t n = 0; n < 70; ++n) expect_reference(book, normal_values(n * 7, n));
  });
}

// Whole numbers: many points are exactly as far from several codes.
TEST(NearestCode, TiesGoToTheLowestIndex) {
  on_every_target([] {
    std::vector<float> codes, vectors;
    for (std::size_t i = 0; i < 90; ++i) codes.push_back(static_cast<float>(NoiseKey(1).block(i, 0, 0)[0] % 5));
    for (std::size_t i = 0; i < 900; ++i) vectors.push_back(static_cast<float>(NoiseKey(2).block(i, 0, 0)[0] % 9) / 2);
    expect_reference(Codebook(codes, 3), vectors);
    expect_reference(Codebook(std::vector<float>(40, 1.5F), 2), vectors);  // all codes equal
  });
  std::vector<std::uint32_t> nearest(1);
  nearest_codes(Codebook({3, 1, 1, 3}, 1), std::vector<float>{1.0F}, std::span(nearest));
  EXPECT_EQ(nearest[0], 1U);
  nearest_codes(Codebook({3, 1, 1, 3}, 1), std::vector<float>{2.0F}, std::span(nearest));
  EXPECT_EQ(nearest[0], 0U);
}

// What float32 cannot tell apart by products: far from 0, codes close together, sizes that underflow and overflow.
TEST(NearestCode, GivesTheReferenceWhereFloatsAreCoarse) {
  on_every_target([] {
    for (const double offset : {0.0, 1e3, -1e6}) {
      expect_reference(Codebook(normal_values(200, 3, 1.0, offset), 2), normal_values(600, 4, 1.0, offset));
    }
    std::vector<float> fine(1000);
    for (std::size_t j = 0; j < fine.size(); ++j) fine[j] = static_cast<float>(j) * 1e-3F;
    expect_reference(Codebook(fine, 1), normal_values(500, 5, 0.3, 0.5));
    for (const double scale : {1e-44, 1e-30, 1e-20, 1e15, 1e19, 1e30, 1e37}) {
      expect_reference(Codebook(normal_values(60, 6, scale), 3), normal_values(300, 7, scale));
    }
  });
}

TEST(NearestCode, NoNumbersHaveCodeZero) {
  on_every_target([] {
    const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
    const Codebook book(normal_values(64 * 3, 1), 3);
    std::vector<float> vectors = normal_values(48 * 3, 2);
    for (std::size_t i = 0; i < vectors.size(); i += 7) vectors[i] = i % 3 == 0 ? nan : i % 3 == 1 ? inf : -inf;
    std::vector<std::uint32_t> nearest(48);
    nearest_codes(book, vectors, std::span(nearest));
    for (std::size_t i = 0; i < 48; ++i) {
      const std::vector<double> x(vectors.begin() + static_cast<std::ptrdiff_t>(3 * i),
                                  vectors.begin() + static_cast<std::ptrdiff_t>(3 * i + 3));
      EXPECT_EQ(nearest[i], nearest_code_reference(book, x));
      if (!std::isfinite(x[0] + x[1] + x[2])) {
        EXPECT_EQ(nearest[i], 0U);
      }
    }
  });
}

TEST(NearestCode, AnyCodebookGivesTheReference) {
  test::property("kernel = reference", [] {
    const auto width = *rc::gen::inRange<std::size_t>(1, 40), k = *rc::gen::inRange<std::size_t>(1, 200);
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const double scale = std::exp2(*rc::gen::inRange(-40, 40)), offset = scale * *rc::gen::inRange(-1000, 1000);
    expect_reference(Codebook(normal_values(k * width, seed, scale, offset), width),
                     normal_values(33 * width, ~seed, scale, offset));
  });
}

}  // namespace
}  // namespace pianola
