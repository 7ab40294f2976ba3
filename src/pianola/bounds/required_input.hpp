// What bounds ask of their inputs: a number outside its range is named, never corrected.
#pragma once

#include <algorithm>
#include <string>

#include "pianola/base/error.hpp"

namespace pianola {

/// @throws UsageError naming the input, its value and `range` unless it `holds`.
inline void require_input(bool holds, const char* name, double value, const char* range) {
  if (holds) return;
  std::string option = name;  // as the command line writes it
  std::ranges::replace(option, '_', '-');
  throw UsageError("bound: " + option + " is " + std::to_string(value) + "; it must be " + range);
}

}  // namespace pianola
