// Several things of one kind in one sentence: dimensions, shares, names. Short lists are given whole, long ones summed
// up.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace pianola {

/// "3", "0 and 2", "0, 2 and 5 to 9": numbers in rising order, three and more in a row as one run.
std::string list_numbers(std::span<const std::size_t> numbers);

/// "44 %", "44 % and 3 %"; of more than four, "0.2 % to 44 %". Fractions in, not empty.
std::string list_shares(std::span<const double> fractions);

/// "a", "a and b"; equal ones once; of more than `most`, the first ones "and 12 more".
std::string list_names(std::span<const std::string> names, std::size_t most = 5);

/// At most six significant digits, as %g writes them: "0.25", "-3.6759".
std::string short_number(double value);

}  // namespace pianola
