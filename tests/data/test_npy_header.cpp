#include "pianola/data/npy_header.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(NpyHeader, WhatIsMadeIsParsed) {
  const std::string header = make_npy_header("float32", std::vector<std::size_t>{7, 3});
  EXPECT_EQ(header.size() % 64, 0u);
  const NpyHeader parsed = parse_npy_header(header, "a");
  EXPECT_EQ(parsed.code, "<f4");
  EXPECT_EQ(parsed.shape, (std::vector<std::size_t>{7, 3}));
  EXPECT_EQ(parsed.size, header.size());
  EXPECT_FALSE(parsed.fortran);
  EXPECT_EQ(parse_npy_header(make_npy_header("bool", std::vector<std::size_t>{7}), "a").code, "|b1");
}

TEST(NpyHeader, Types) {
  EXPECT_EQ(numpy_type("<f8")->name, "float64");
  EXPECT_EQ(numpy_type("|b1")->name, "bool");
  EXPECT_TRUE(numpy_type(">i2")->swapped);
  EXPECT_FALSE(numpy_type(">u1")->swapped);
  for (const char* code : {"<U5", "|O", "<c8", "<f1", "<f9", "f8", "<i3", "", "<f88"})
    EXPECT_FALSE(numpy_type(code)) << code;
  std::string bytes = "abcdefgh";
  swap_bytes(bytes, 4);
  EXPECT_EQ(bytes, "dcbahgfe");
}

TEST(NpyHeader, DamageIsAnError) {
  const std::string header = make_npy_header("float32", std::vector<std::size_t>{7, 3});
  for (std::size_t size = 0; size < header.size(); ++size) {
    EXPECT_THROW((void)parse_npy_header(header.substr(0, size), "a"), DataError) << size;
  }
  std::string shape = header;
  shape.replace(shape.find("(7"), 2, "(x");
  EXPECT_THROW((void)parse_npy_header(shape, "a"), DataError);
  const std::vector<std::size_t> hostile{std::size_t{1} << 40, std::size_t{1} << 40};
  EXPECT_THROW((void)checked_npy_count(hostile, 8, 64, "a"), DataError);
  EXPECT_EQ(checked_npy_count(std::vector<std::size_t>{2, 4}, 8, 64, "a"), 8u);
}

}  // namespace
}  // namespace pianola
