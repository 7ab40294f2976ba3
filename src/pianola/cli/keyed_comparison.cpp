#include "pianola/cli/keyed_comparison.hpp"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "pianola/base/json.hpp"
#include "pianola/quantizers/quantizer_remarks.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/report/wrapped_text.hpp"

namespace pianola::cli {
namespace {

std::string legend_of(const KeyedComparison& comparison) {
  return fmt::format(
      "each quantizer on the trajectories of its own {}; bits per action; errors Euclidean per step, action units; ± "
      "half "
      "of the 95 % interval; fitted to all: ε_in on the same trajectories of one quantizer for all of the dataset",
      comparison.key);
}

/// Schemes whose quantizers are the same for all values.
std::vector<std::string> same_everywhere(const KeyedComparison& comparison) {
  std::map<std::string, bool> same;
  for (const PartReport& row : comparison.rows) {
    const bool before = same.try_emplace(row.own.spec, true).first->second;
    same[row.own.spec] = before && row.is_same;
  }
  std::vector<std::string> specs;
  for (const auto& [spec, all] : same) {
    if (all) specs.push_back(spec);
  }
  return specs;
}

std::vector<std::string> remarks(const KeyedComparison& comparison) {
  std::vector<std::string> out;
  std::set<std::string> values;
  for (const PartReport& row : comparison.rows) values.insert(row.value);
  if (values.size() == 1) {
    out.push_back(fmt::format("all trajectories have {} '{}': one quantizer does", comparison.key, *values.begin()));
  } else {
    for (const std::string& spec : same_everywhere(comparison)) {
      out.push_back(fmt::format(
          "{}: each {} has the quantizer of all: it was read from a file, or its range is not the data's but "
          "the recorded or the given one (range=data takes each part's own)",
          spec, comparison.key));
    }
  }
  for (const PartReport& row : comparison.rows) {
    for (const std::string& sentence : quantizer_remarks(row.own)) {
      out.push_back(fmt::format("{}, {} '{}': {}", row.own.spec, comparison.key, row.value, sentence));
    }
  }
  return out;
}

}  // namespace

Table keyed_comparison_table(const KeyedComparison& comparison) {
  Table table{{comparison.key, "quantizer", "trajectories", "steps", "bits", "ε_in", "fitted to all", "bias",
               "saturated", "used"},
              {},
              {false, false, true, true, true, true, true, true, true, true}};
  for (const PartReport& row : comparison.rows) {
    const QuantizerReport& own = row.own;
    table.rows.push_back({row.value, own.spec, std::to_string(own.trajectories), std::to_string(own.steps),
                          format_number(own.bits_per_action, 3), format_plus_minus(own.epsilon_in, 3),
                          format_plus_minus(row.shared, 3), format_number(bias_norm(own), 2),
                          format_percent(own.saturated_fraction), format_percent(own.used_fraction)});
  }
  return table;
}

std::string keyed_comparison_text(const KeyedComparison& comparison) {
  std::string text = format_table(keyed_comparison_table(comparison)) + wrapped(legend_of(comparison));
  for (const std::string& remark : remarks(comparison)) text += wrapped(remark, {.indent = 2});
  return text;
}

nlohmann::ordered_json to_json(const KeyedComparison& comparison) {
  auto rows = nlohmann::ordered_json::array();
  for (const PartReport& row : comparison.rows) {
    rows.push_back(to_json(row.own));
    rows.back()["by"] = comparison.key;
    rows.back()["part"] = row.value;
    rows.back()["epsilon_in_fitted_to_all"] = to_json(row.shared);
    rows.back()["same_as_fitted_to_all"] = row.is_same;
  }
  return rows;
}

Page keyed_comparison_page(const KeyedComparison& comparison, const std::string& command_line) {
  Page page("Quantizers by " + comparison.key, fmt::format("{}, chunks of {}", comparison.data, comparison.chunk));
  page.table(keyed_comparison_table(comparison), legend_of(comparison));
  for (const std::string& remark : remarks(comparison)) page.paragraph(remark + ".");
  page.provenance({{"command", command_line}, {"pianola", PIANOLA_VERSION}});
  return page;
}

}  // namespace pianola::cli
