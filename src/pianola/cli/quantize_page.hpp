// What `quantize` found, as people read it: a table for the terminal, a page with error against bits.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pianola/quantizers/compare.hpp"
#include "pianola/report/page.hpp"

namespace pianola::cli {

/// What `quantize` measured.
struct Comparison {
  std::string data;                      ///< path
  std::size_t chunk = 1;                 ///< actions a chunk
  std::vector<QuantizerReport> reports;  ///< in the order of the specs
  std::vector<double> spectrum;          ///< of windows of `chunk` actions (action_spectrum.hpp); empty: no bound
};

/// Least RMSE per action of a Gaussian source with this spectrum, coded in chunks at `bits_per_action`; NaN without a
/// spectrum or for infinite bits.
double gaussian_rmse(const Comparison& comparison, double bits_per_action);

/// One row a quantizer: bits, errors, saturation, use of the codebook, what a wrong token costs.
Table comparison_table(const Comparison& comparison);

/// The table and a line that explains it.
std::string comparison_text(const Comparison& comparison);

/// RMSE against bits per action: one series a scheme, and the Gaussian bound as a dashed curve.
nlohmann::ordered_json rate_chart(const Comparison& comparison);

/// The page of `quantize --report`.
Page comparison_page(const Comparison& comparison, const std::string& command_line);

}  // namespace pianola::cli
