// What all charts have in common: letters, colours and shapes.
//
// Colours follow Okabe and Ito, "Color Universal Design" (2008), shifted to stand on white and on near-black; points of
// different series differ in shape too. There are seven colours and eight shapes: both begin again, but never together
// within 56 series.
#pragma once

#include <nlohmann/json.hpp>

namespace pianola {

/// For references and theories: stands on white and on black.
inline constexpr const char* kQuietColour = "#808080";

/// The member `config` of a Vega-Lite spec. Colours of text and grid are the page's, which knows light from dark.
nlohmann::ordered_json chart_look();

}  // namespace pianola
