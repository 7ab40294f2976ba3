#include "pianola/quantizers/fsq_code.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <vector>

#include "pianola/base/error.hpp"
#include "property.hpp"
#include "quantizers/golden_numbers.hpp"

namespace pianola::testing {
namespace {

struct GoldenSet {
  std::string variant, levels;
  std::size_t rows = 0;
  std::vector<std::uint32_t> tokens;
};

std::vector<GoldenSet> read_golden() {
  std::ifstream file(PIANOLA_GOLDEN);
  std::vector<GoldenSet> sets;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    if (std::isalpha(static_cast<unsigned char>(line[0])) != 0) {
      words >> sets.emplace_back().variant >> sets.back().levels >> sets.back().rows;
      continue;
    }
    for (std::uint32_t token = 0; words >> token;) sets.back().tokens.push_back(token);
  }
  return sets;
}

std::vector<FsqCode> codes_of(const GoldenSet& set) {
  std::vector<FsqCode> codes;
  std::istringstream levels(set.levels);
  for (std::string part; std::getline(levels, part, 'x');) {
    codes.emplace_back(static_cast<std::uint32_t>(std::stoul(part)), fsq_variant(set.variant, "test"));
  }
  return codes;
}

/// How far b lies from the border between two digits.
double margin(const FsqCode& code, double z) {
  const double b = code.half() * std::tanh(z + code.shift()) - code.offset() + 0.5 * (code.levels() + 1.0);
  return std::abs(b - std::nearbyint(b));
}

TEST(FsqCode, GoldenVectorsOfBothVariants) {
  const auto sets = read_golden();
  ASSERT_EQ(sets.size(), 8U) << "cannot read " PIANOLA_GOLDEN;
  std::size_t vectors = 0, at_borders = 0;
  for (const GoldenSet& set : sets) {
    const auto codes = codes_of(set);
    ASSERT_EQ(set.tokens.size(), set.rows);
    vectors += set.rows;
    for (std::size_t i = 0; i < set.rows; ++i) {
      std::uint32_t rest = set.tokens[i];
      for (std::size_t j = 0; j < codes.size(); ++j) {
        const double z = static_cast<double>(golden_number(static_cast<std::uint32_t>(i * codes.size() + j))) *
                         (i % 16 == 0 ? 8.0 : 1.0);
        const std::uint32_t wanted = rest % codes[j].levels();
        rest /= codes[j].levels();
        if (codes[j].digit(z) == wanted) continue;
        ++at_borders;
        EXPECT_LT(margin(codes[j], z), 2e-6) << set.variant << " " << set.levels << " row " << i << " digit " << j;
      }
    }
  }
  EXPECT_GE(vectors, 20000U);
  EXPECT_LE(at_borders, 3U);  // float32 there, double here
}

TEST(FsqCode, TheVariantsDiffer) {
  const FsqCode canonical(8, FsqVariant::canonical), openpi(8, FsqVariant::openpi);
  EXPECT_EQ(canonical.digit(0.0), 4U);  // 0 is a level of the canonical code whatever L
  EXPECT_EQ(canonical.value(4), 0.0);
  EXPECT_EQ(canonical.value(0), -1.0);
  EXPECT_EQ(canonical.value(7), 0.75);
  EXPECT_EQ(openpi.digit(0.0), 4U);  // half-way between digits 3 and 4: to even
  EXPECT_DOUBLE_EQ(openpi.value(4), 1.0 / 7.0);
  EXPECT_EQ(openpi.value(0), -1.0);
  EXPECT_EQ(openpi.value(7), 1.0);
}

TEST(FsqCode, FarLatentsHaveTheOuterDigits) {
  for (const FsqVariant variant : {FsqVariant::canonical, FsqVariant::openpi}) {
    for (const std::uint32_t levels : {2U, 3U, 5U, 8U, 255U, 256U, 1000U}) {
      const FsqCode code(levels, variant);
      for (const double far : {40.0, 1e300, std::numeric_limits<double>::infinity()}) {
        EXPECT_EQ(code.digit(far), levels - 1) << levels;
        EXPECT_EQ(code.digit(-far), 0U) << levels;
        EXPECT_EQ(code.clipped_digit(far), levels - 1) << levels;
        EXPECT_EQ(code.clipped_digit(-far), 0U) << levels;
      }
      EXPECT_EQ(code.digit(std::nan("")), 0U);
      EXPECT_EQ(code.clipped_digit(std::nan("")), 0U);
    }
  }
}

TEST(FsqCode, PositionsAreTheMiddlesOfTheirCells) {
  test::property("clipped_digit(position(k)) = k, positions are evenly spaced in [-1, 1], the nearest one is taken",
                 [] {
                   const auto variant = *rc::gen::element(FsqVariant::canonical, FsqVariant::openpi);
                   const auto levels = static_cast<std::uint32_t>(*rc::gen::inRange(2, 1001));
                   const FsqCode code(levels, variant);
                   const auto k = static_cast<std::uint32_t>(*rc::gen::inRange(0, static_cast<int>(levels)));
                   RC_ASSERT(code.clipped_digit(code.position(k)) == k);
                   RC_ASSERT(std::abs(code.position(k)) <= 1.0);
                   RC_ASSERT(std::abs(code.position(k) + code.position(levels - 1 - k)) < 1e-12);
                   if (k > 0) RC_ASSERT(std::abs(code.position(k) - code.position(k - 1) - code.spacing()) < 1e-12);
                   const double z = *rc::gen::inRange(-1000000, 1000001) * 1e-6;
                   RC_ASSERT(std::abs(code.position(code.clipped_digit(z)) - z) <= 0.5 * code.spacing() + 1e-12);
                 });
}

TEST(FsqCode, DigitsRiseWithTheLatent) {
  for (const FsqVariant variant : {FsqVariant::canonical, FsqVariant::openpi}) {
    for (std::uint32_t levels = 1; levels < 40; ++levels) {
      const FsqCode code(levels, variant);
      std::uint32_t before = 0;
      for (double z = -6.0; z <= 6.0; z += 0.01) {
        const std::uint32_t digit = code.digit(z);
        ASSERT_TRUE(digit >= before && digit < levels);
        before = digit;
      }
      EXPECT_EQ(before, levels - 1);
    }
  }
}

TEST(FsqCode, OneLevelIsOneDigit) {
  const FsqCode code(1, FsqVariant::canonical);
  EXPECT_EQ(code.digit(3.0), 0U);
  EXPECT_EQ(code.value(0), 0.0);
  EXPECT_EQ(code.position(0), 0.0);
}

TEST(FsqCode, LevelsAndVariantsAreChecked) {
  EXPECT_THROW(FsqCode(0, FsqVariant::openpi), UsageError);
  EXPECT_THROW(FsqCode(65537, FsqVariant::openpi), UsageError);
  EXPECT_THROW(FsqCode(1001, FsqVariant::canonical), UsageError);
  EXPECT_NO_THROW(FsqCode(65536, FsqVariant::openpi));
  EXPECT_THROW(fsq_variant("cannonical", "x"), UsageError);
}

}  // namespace
}  // namespace pianola::testing
