// Many small histograms beside each other, one for each column of a matrix.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

namespace pianola {

/// counts[i] numbers lie in [low + i · width, low + (i + 1) · width).
struct HistogramPanel {
  std::string name = {};
  double low = 0.0, width = 0.0;
  std::vector<std::uint64_t> counts = {};
};

/// Panels in rows of `columns`, each with axes of its own. A panel of width 0 is one bar at `low`.
nlohmann::ordered_json histogram_chart(const std::string& title, std::span<const HistogramPanel> panels,
                                       int columns = 5);

}  // namespace pianola
