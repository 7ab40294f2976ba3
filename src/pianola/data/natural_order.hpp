// The order in which people count names: demo_2 before demo_10.
#pragma once

#include <string_view>

namespace pianola {

/// Runs of digits compare as numbers (any length), all else by bytes; a total order ("demo_02" after "demo_2").
bool natural_less(std::string_view a, std::string_view b) noexcept;

}  // namespace pianola
