// The look of the page and the script that draws its charts. Plain CSS and JavaScript, kept in raw strings so that the
// library needs no file at run time.
#pragma once

#include <string_view>

namespace pianola {

/// The style sheet: light or dark as the reader's system says; fit for print.
std::string_view page_style() noexcept;

/// Draws every `script.chart-spec` into the element named by its data-into, and again when light turns to dark.
std::string_view page_script() noexcept;

}  // namespace pianola
