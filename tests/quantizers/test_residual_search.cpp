#include "pianola/quantizers/residual_search.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/every_target.hpp"
#include "pianola/base/random.hpp"
#include "pianola/quantizers/nearest_definition.hpp"

namespace pianola {
namespace {

std::vector<float> normal_values(std::size_t n, std::uint64_t seed, double scale = 1.0, double offset = 0.0) {
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<float>(offset + scale * normal(NoiseKey(seed), i, 0));
  return values;
}

/// The slow, obvious way: row by row, layer by layer.
std::vector<std::uint32_t> one_by_one(const std::vector<Codebook>& books, std::span<const float> rows) {
  std::vector<std::uint32_t> tokens;
  const std::size_t width = books.front().width();
  for (std::size_t first = 0; first < rows.size(); first += width) {
    std::vector<float> residual(rows.begin() + static_cast<std::ptrdiff_t>(first),
                                rows.begin() + static_cast<std::ptrdiff_t>(first + width));
    for (const Codebook& book : books) {
      tokens.push_back(nearest_code_reference(book, std::vector<double>(residual.begin(), residual.end())));
      for (std::size_t k = 0; k < width; ++k) residual[k] -= book.code(tokens.back())[k];
    }
  }
  return tokens;
}

void expect_reference(const std::vector<Codebook>& books, std::span<const float> rows) {
  const std::size_t n = rows.size() / books.front().width(), layers = books.size();
  std::vector<std::uint32_t> tokens(n * layers + 1, 77);
  residual_search(books, rows, std::span(tokens).first(n * layers));
  ASSERT_EQ(tokens.back(), 77U) << "wrote behind the end";
  tokens.pop_back();
  ASSERT_EQ(tokens, one_by_one(books, rows))
      << "width " << books.front().width() << ", " << layers << " layers of " << books.front().size();
}

std::vector<Codebook> layered(std::size_t layers, std::size_t count, std::size_t width, double offset = 0.0) {
  std::vector<Codebook> books;
  for (std::size_t l = 0; l < layers; ++l) {
    books.emplace_back(normal_values(count * width, 10 * width + l, std::pow(0.4, l), l == 0 ? offset : 0.0), width);
  }
  return books;
}

TEST(ResidualSearch, GivesTheReferenceForEveryWidthAndSize) {
  on_every_target([] {
    for (const std::size_t width : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 15U, 26U, 32U}) {
      for (const std::size_t count : {1U, 2U, 15U, 16U, 17U, 64U, 65U, 130U}) {
        expect_reference(layered(3, count, width), normal_values(67 * width, 5));
      }
    }
  });
}

TEST(ResidualSearch, GivesTheReferenceForEveryLength) {
  on_every_target([] {
    const auto books = layered(2, 16, 7);
    for (std::size_t n = 0; n < 70; ++n) expect_reference(books, normal_values(n * 7, n));
  });
}

// Whole numbers: many residuals are exactly as far from several codes, and every layer has points left open.
TEST(ResidualSearch, TiesGoToTheLowestIndexInEveryLayer) {
  on_every_target([] {
    std::vector<Codebook> books;
    for (std::uint64_t l = 0; l < 3; ++l) {
      std::vector<float> codes;
      for (std::size_t i = 0; i < 90; ++i) codes.push_back(static_cast<float>(NoiseKey(l).block(i, 0, 0)[0] % 5));
      books.emplace_back(codes, 3);
    }
    std::vector<float> rows;
    for (std::size_t i = 0; i < 900; ++i) rows.push_back(static_cast<float>(NoiseKey(7).block(i, 0, 0)[0] % 19) / 2);
    expect_reference(books, rows);
  });
}

// Far from zero and close together: products leave nearly all points open, and squares take over.
TEST(ResidualSearch, GivesTheReferenceForFineCodebooks) {
  on_every_target([] {
    std::vector<Codebook> books;
    for (std::uint64_t l = 0; l < 2; ++l) {
      books.emplace_back(normal_values(64 * 5, l, l == 0 ? 1.0 : 1e-5, l == 0 ? 1000.0 : 0.0), 5);
    }
    expect_reference(books, normal_values(500 * 5, 3, 1.0, 1000.0));
  });
}

TEST(ResidualSearch, RowsThatAreNotFiniteHaveSomeTokenAndLeaveTheirNeighboursAlone) {
  on_every_target([] {
    const auto books = layered(2, 16, 7);
    auto rows = normal_values(40 * 7, 3);
    const auto wanted = one_by_one(books, rows);
    for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity(), 3e38F}) {
      auto broken = rows;
      broken[11 * 7 + 2] = bad;
      std::vector<std::uint32_t> tokens(80);
      residual_search(books, broken, tokens);
      for (std::size_t i = 0; i < tokens.size(); ++i) {
        ASSERT_LT(tokens[i], 16U);
        if (i / 2 == 11) continue;
        ASSERT_EQ(tokens[i], wanted[i]) << i;
      }
    }
  });
}

}  // namespace
}  // namespace pianola
