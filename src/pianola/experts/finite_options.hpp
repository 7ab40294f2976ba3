// Options of an expert that are plain numbers: none of them may be infinite or NaN.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <type_traits>

#include "pianola/base/error.hpp"

namespace pianola {

/// `who` begins the message: "expert 'reach'". Only members of type double are looked at.
/// @throws UsageError naming the option and its value.
template <class Config>
void require_finite_options(Config config, const char* who) {
  config.visit([who]<class T>(const char* option, const T& value, const char*) {
    if constexpr (std::is_same_v<T, double>) {
      if (std::isfinite(value)) return;
      throw UsageError(fmt::format("{}: option '{}' must be a finite number, not {}", who, option, value));
    }
  });
}

}  // namespace pianola
