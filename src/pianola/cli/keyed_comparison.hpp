// What `quantize --by ATTRIBUTE` found, as people read it: the quantizer of each part of a dataset beside one that is
// fitted to all of it.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pianola/base/statistics.hpp"
#include "pianola/quantizers/compare.hpp"
#include "pianola/report/page.hpp"

namespace pianola::cli {

/// One scheme on the trajectories that have one value of the attribute.
struct PartReport {
  std::string value;
  QuantizerReport own;   ///< of the quantizer that is fitted to them
  Estimate shared;       ///< ε_in here of the same scheme fitted to all trajectories
  bool is_same = false;  ///< both are the same quantizer
};

struct KeyedComparison {
  std::string data, key;         ///< path and attribute
  std::size_t chunk = 1;         ///< actions a chunk
  std::vector<PartReport> rows;  ///< by spec, then by value
};

/// One row a scheme and value.
Table keyed_comparison_table(const KeyedComparison& comparison);

/// The table, a line that explains it, and what is to be said of single quantizers.
std::string keyed_comparison_text(const KeyedComparison& comparison);

/// [{as to_json of a QuantizerReport, and by, part, epsilon_in_fitted_to_all, same_as_fitted_to_all}].
nlohmann::ordered_json to_json(const KeyedComparison& comparison);

/// The page of `quantize --by ATTRIBUTE --report`.
Page keyed_comparison_page(const KeyedComparison& comparison, const std::string& command_line);

}  // namespace pianola::cli
