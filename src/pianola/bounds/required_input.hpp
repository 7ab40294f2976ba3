// What bounds ask of their inputs: a number outside its range is named, never corrected.
#pragma once

#include <string>

#include "pianola/base/error.hpp"

namespace pianola {

/// @throws UsageError naming the input, its value and `range` unless it `holds`.
inline void require_input(bool holds, const char* name, double value, const char* range) {
  if (!holds)
    throw UsageError("bound: " + std::string(name) + " is " + std::to_string(value) + "; it must be " + range);
}

}  // namespace pianola
