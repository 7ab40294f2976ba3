#include "pianola/data/number_types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they stand");

struct Half {
  std::uint16_t bits;
};

double half_value(Half half) {
  const int exponent = (half.bits >> 10) & 31, mantissa = half.bits & 1023;
  const double sign = (half.bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 31) return mantissa != 0 ? std::numeric_limits<double>::quiet_NaN() : sign * HUGE_VAL;
  return sign * (exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25));
}

/// Calls visit(T{}) for the C++ type of NumPy's name; false for an unknown one.
template <class Visit>
bool with_type(std::string_view type, Visit&& visit) {
  if (type == "float64") return visit(double{}), true;
  if (type == "float32") return visit(float{}), true;
  if (type == "float16") return visit(Half{}), true;
  if (type == "int64") return visit(std::int64_t{}), true;
  if (type == "int32") return visit(std::int32_t{}), true;
  if (type == "int16") return visit(std::int16_t{}), true;
  if (type == "int8") return visit(std::int8_t{}), true;
  if (type == "uint64") return visit(std::uint64_t{}), true;
  if (type == "uint32") return visit(std::uint32_t{}), true;
  if (type == "uint16") return visit(std::uint16_t{}), true;
  if (type == "uint8") return visit(std::uint8_t{}), true;
  if (type == "bool") return visit(bool{}), true;
  return false;
}

template <class T>
double widened(T value, std::size_t at, const std::string& where) {
  if constexpr (std::is_same_v<T, Half>) {
    return half_value(value);
  } else if constexpr (sizeof(T) == 8 && std::is_integral_v<T>) {
    constexpr auto kLimit = T{1} << 53;
    const bool inside = value <= kLimit && (std::is_unsigned_v<T> || value >= T(0) - kLimit);
    if (!inside) {
      throw DataError(
          fmt::format("{}, element {} (counted from 0): {} is beyond ±2^53, which no double holds exactly; "
                      "store it as a float, or leave it out",
                      where, at, value));
    }
  }
  if constexpr (!std::is_same_v<T, Half>) return static_cast<double>(value);
}

template <class T>
bool holds(double value) {
  if constexpr (std::is_same_v<T, double>) {
    return true;
  } else if constexpr (std::is_same_v<T, float>) {
    return std::isnan(value) || std::isinf(value) ||
           (std::fabs(value) <= std::numeric_limits<float>::max() &&
            static_cast<double>(static_cast<float>(value)) == value);
  } else if constexpr (std::is_same_v<T, bool>) {
    return value == 0.0 || value == 1.0;
  } else {
    // Both ends are powers of two or 0, exact as doubles.
    const double low = static_cast<double>(std::numeric_limits<T>::min());
    const double beyond = std::ldexp(1.0, std::numeric_limits<T>::digits);
    return value >= low && value < beyond && value == std::trunc(value) && !(value == 0.0 && std::signbit(value));
  }
}

}  // namespace

std::size_t type_width(std::string_view type) {
  std::size_t width = 0;
  with_type(type, [&](auto example) { width = sizeof example; });
  return width;
}

int type_bits(std::string_view type) {
  const bool narrow = type == "float32" || type == "bool" || (type_width(type) > 0 && type_width(type) <= 2);
  return narrow ? 32 : 64;
}

void widen_numbers(std::string_view bytes, std::string_view type, std::span<double> out, const std::string& where) {
  if (type_width(type) == 0 || bytes.size() != out.size() * type_width(type)) {
    throw UsageError(fmt::format("{}: {} bytes are no {} numbers of type {}", where, bytes.size(), out.size(), type));
  }
  with_type(type, [&](auto example) {
    using T = std::conditional_t<std::is_same_v<decltype(example), bool>, std::uint8_t, decltype(example)>;
    for (std::size_t i = 0; i < out.size(); ++i) {
      T value;
      std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
      out[i] = widened(value, i, where);
    }
  });
}

std::vector<std::byte> numbers_of_type(std::span<const double> values, const std::string& type,
                                       const std::string& where) {
  std::vector<std::byte> bytes(values.size() * type_width(type));
  bool known = type != "float16";
  known =
      known && with_type(type, [&](auto example) {
        using T = decltype(example);
        if constexpr (!std::is_same_v<T, Half>) {
          for (std::size_t i = 0; i < values.size(); ++i) {
            if (!holds<T>(values[i])) {
              throw DataError(fmt::format("{}, element {} (counted from 0): {} is no {}; store the field as float64",
                                          where, i, values[i], type));
            }
            const T value = static_cast<T>(values[i]);
            std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
          }
        }
      });
  if (!known)
    throw UsageError(fmt::format("{}: numbers of type '{}' cannot be written; give float32 or float64", where, type));
  return bytes;
}

std::string holding_type(const std::string& type, std::span<const double> values) {
  bool all = type != "float16";
  all = all &&
        with_type(type,
                  [&](auto example) {
                    if constexpr (!std::is_same_v<decltype(example), Half>) {
                      all = std::all_of(values.begin(), values.end(),
                                        [](double x) { return holds<decltype(example)>(x); });
                    } else {
                      all = false;
                    }
                  }) &&
        all;
  if (all) return type;
  const bool narrow = type == "float16" && std::all_of(values.begin(), values.end(), holds<float>);
  return narrow ? "float32" : "float64";
}

}  // namespace pianola
