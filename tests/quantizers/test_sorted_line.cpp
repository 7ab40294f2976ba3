#include "pianola/quantizers/sorted_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "pianola/quantizers/nearest_definition.hpp"
#include "property.hpp"

namespace pianola {
namespace {

/// Small whole and half numbers: many ties and equal rows; or wide ones of both signs.
std::vector<float> some_numbers(std::size_t n, bool fine) {
  std::vector<float> out;
  for (std::size_t i = 0; i < n; ++i) {
    const int x = *rc::gen::inRange(-40, 40);
    out.push_back(fine ? static_cast<float>(std::ldexp(x, x / 4)) : static_cast<float>(x) / 4.0F);
  }
  return out;
}

TEST(SortedLine, LabelsAndSumsAreThoseOfTheDefinition) {
  test::property("every row has its nearest code, the lowest of equals", [] {
    const bool fine = *rc::gen::arbitrary<bool>();
    const auto rows = some_numbers(static_cast<std::size_t>(*rc::gen::inRange(1, 700)), fine);
    const auto codes = some_numbers(static_cast<std::size_t>(*rc::gen::inRange(1, 20)), fine);
    const SortedLine line(rows, 1024.0);
    const auto cells = line.assign(codes);
    RC_ASSERT(cells.has_value());
    std::vector<std::uint32_t> tokens(rows.size());
    line.label(*cells, rows, tokens);
    const Codebook book(codes, 1);
    std::vector<std::int64_t> sums(codes.size(), 0), counts(codes.size(), 0);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      RC_ASSERT(tokens[i] == nearest_code_reference(book, std::vector<double>{double{rows[i]}}));
      sums[tokens[i]] += static_cast<std::int64_t>(double{rows[i]} * 1024.0);
      ++counts[tokens[i]];
    }
    std::size_t next = 0;
    for (const SortedLine::Cell& cell : *cells) {
      RC_ASSERT(cell.begin == next && cell.end > cell.begin);
      next = cell.end;
      RC_ASSERT(line.sum(cell) == sums[cell.code]);
      RC_ASSERT(static_cast<std::int64_t>(cell.end - cell.begin) == counts[cell.code]);
    }
    RC_ASSERT(next == rows.size());
  });
}

TEST(SortedLine, RefusesWhereRoundingConfusesCodes) {
  const SortedLine line(std::vector<float>{1e15F, -1.0F, 2.0F}, 1.0);
  EXPECT_FALSE(line.assign(std::vector<float>{1e-3F, 2e-3F}).has_value());
  EXPECT_TRUE(line.assign(std::vector<float>{1.0F, 1e9F}).has_value());
}

}  // namespace
}  // namespace pianola
