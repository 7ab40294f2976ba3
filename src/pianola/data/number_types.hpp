// Numbers as files store them: NumPy's names of types, and the way between their bytes and doubles, exact or an error.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pianola {

/// Bytes of one number of a type by NumPy's name ("float16" … "float64", "int8" … "uint64", "bool"); 0 for another.
std::size_t type_width(std::string_view type);

/// 32 if every value of the type is a float32, else 64.
int type_bits(std::string_view type);

/// Little-endian numbers of a type, as doubles; bytes: [out.size() × type_width]. `where` begins messages.
/// @throws DataError for an integer beyond ±2⁵³, which no double holds exactly.
void widen_numbers(std::string_view bytes, std::string_view type, std::span<double> out, const std::string& where);

/// Doubles as little-endian numbers of a type (not float16). @throws DataError naming `where` and the first number that
/// the type does not hold exactly (NaN is a float's own), UsageError for an unknown type.
std::vector<std::byte> numbers_of_type(std::span<const double> values, const std::string& type,
                                       const std::string& where);

/// The type, or a wider one where it does not hold all of these exactly: float32 becomes float64.
std::string holding_type(const std::string& type, std::span<const double> values);

}  // namespace pianola
