// Vega-Embed with Vega-Lite, Vega and all that they need as one script, put into the library by the build
// (cmake/ChartBundle.cmake) where the wheel vl-convert-python is installed.
#pragma once

#include <string_view>

namespace pianola {

/// A classic script that defines `window.vegaEmbed`; empty where the build had no chart library.
std::string_view chart_library() noexcept;

/// Licences of what chart_library() is made of; empty where that is.
std::string_view chart_notices() noexcept;

}  // namespace pianola
