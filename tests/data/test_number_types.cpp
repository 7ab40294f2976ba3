#include "pianola/data/number_types.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

std::string_view text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(NumberTypes, NumbersComeBackFromEveryType) {
  for (const char* type :
       {"float64", "float32", "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8"}) {
    const std::vector<double> values{0.0, 1.0, 127.0, 3.0};
    const auto bytes = numbers_of_type(values, type, "a");
    ASSERT_EQ(bytes.size(), values.size() * type_width(type)) << type;
    std::vector<double> out(values.size());
    widen_numbers(text_of(bytes), type, out, "a");
    EXPECT_EQ(out, values) << type;
  }
  std::vector<double> flags(2);
  widen_numbers(text_of(numbers_of_type(std::vector{1.0, 0.0}, "bool", "a")), "bool", flags, "a");
  EXPECT_EQ(flags, (std::vector{1.0, 0.0}));
}

TEST(NumberTypes, Halves) {
  // 1, −2, the least subnormal 2⁻²⁴, the largest 65504, infinity.
  const unsigned char bytes[] = {0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff, 0x7b, 0x00, 0x7c};
  std::vector<double> out(5);
  widen_numbers({reinterpret_cast<const char*>(bytes), sizeof bytes}, "float16", out, "a");
  EXPECT_EQ(out, (std::vector{1.0, -2.0, std::ldexp(1.0, -24), 65504.0, HUGE_VAL}));
}

TEST(NumberTypes, WhatATypeDoesNotHoldIsAnError) {
  const auto refusal = [](double value, const char* type) {
    return message_of<DataError>([&] { (void)numbers_of_type(std::vector{0.0, value}, type, "a.npz: field 'x'"); });
  };
  expect_parts(refusal(0.5, "int32"), {"a.npz: field 'x'", "element 1", "0.5 is no int32"});
  expect_parts(refusal(256.0, "uint8"), {"256"});
  expect_parts(refusal(-1.0, "uint64"), {"-1"});
  expect_parts(refusal(std::ldexp(1.0, 63), "int64"), {"int64"});
  expect_parts(refusal(0.1, "float32"), {"0.1"});
  expect_parts(refusal(std::nan(""), "int8"), {"nan"});
  EXPECT_THROW((void)numbers_of_type(std::vector{0.0}, "complex64", "a"), UsageError);
  EXPECT_NO_THROW((void)numbers_of_type(std::vector{std::nan("")}, "float32", "a"));
}

TEST(NumberTypes, IntegersBeyondDoublesAreAnError) {
  const std::int64_t large = (std::int64_t{1} << 53) + 1;
  std::vector<double> out(1);
  const std::string_view bytes(reinterpret_cast<const char*>(&large), sizeof large);
  expect_parts(message_of<DataError>([&] { widen_numbers(bytes, "int64", out, "a.npz"); }),
               {"a.npz", "9007199254740993"});
  EXPECT_THROW(widen_numbers(bytes, "uint64", out, "a"), DataError);
  EXPECT_THROW(widen_numbers(bytes.substr(1), "int64", out, "a"), UsageError);
}

TEST(NumberTypes, TheTypeThatHolds) {
  EXPECT_EQ(holding_type("int32", std::vector{1.0, -5.0}), "int32");
  EXPECT_EQ(holding_type("int32", std::vector{1.0, 0.5}), "float64");
  EXPECT_EQ(holding_type("float32", std::vector{0.1}), "float64");
  EXPECT_EQ(holding_type("float16", std::vector{0.5}), "float32");
  EXPECT_EQ(holding_type("no type", std::vector{0.5}), "float64");
  EXPECT_EQ(type_bits("float16"), 32);
  EXPECT_EQ(type_bits("int32"), 64);
  EXPECT_EQ(type_width("str"), 0u);
}

}  // namespace
}  // namespace pianola
