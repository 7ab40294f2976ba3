#include "pianola/cli/run_inspection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "pianola/report/table.hpp"

namespace pianola::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string line(const std::string& name, const std::string& value) {
  return value.empty() ? "" : fmt::format("  {:<22} {}\n", name, value);
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

/// "7 × 256", or "4, 2, 5".
std::string vocabularies_text(const Json& sizes) {
  if (sizes.empty()) return "none";
  const bool equal = std::all_of(sizes.begin(), sizes.end(), [&](const Json& size) { return size == sizes.front(); });
  if (equal) return fmt::format("{} × {}", sizes.size(), sizes.front().dump());
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(sizes.size(), 12); ++i) {
    text += (i == 0 ? "" : ", ") + sizes[i].dump();
  }
  return sizes.size() > 12 ? text + fmt::format(", … ({} in all)", sizes.size()) : text;
}

std::string number_text(const Json& value) {
  return value.is_number() ? fmt::format("{:.5g}", value.get<double>()) : "–";
}

/// Columns in the order in which the first lines name them.
std::string history_text(const Json& rows) {
  Table table;
  for (const Json& row : rows) {
    for (const auto& [name, value] : row.items()) {
      if (std::ranges::find(table.columns, name) == table.columns.end()) table.columns.push_back(name);
    }
  }
  for (const Json& row : rows) {
    std::vector<std::string> cells;
    cells.reserve(table.columns.size());
    for (const std::string& name : table.columns) cells.push_back(row.contains(name) ? number_text(row[name]) : "–");
    table.rows.push_back(std::move(cells));
  }
  table.numeric.assign(table.columns.size(), true);
  return format_table(table);
}

std::string statistics_text(const Json& run) {
  const Json mean = run.value("observation_mean", Json()), spread = run.value("observation_std", Json());
  if (!mean.is_array() || mean.empty()) return "";
  std::size_t constant = 0;
  for (const Json& value : spread) constant += value.is_null() ? 1 : 0;
  const auto extremes = [](const Json& values) {
    double low = 0.0, high = 0.0;
    bool any = false;
    for (const Json& value : values) {
      if (!value.is_number()) continue;
      const auto x = value.get<double>();
      low = any ? std::min(low, x) : x;
      high = any ? std::max(high, x) : x;
      any = true;
    }
    return any ? fmt::format("{:.4g} … {:.4g}", low, high) : std::string("none");
  };
  return fmt::format("mean {}, deviation {}, {} of {} constant", extremes(mean), extremes(spread), constant,
                     mean.size());
}

/// The history of a training, if there is one. policy.json is anybody's, so its shape is looked at.
std::string training_text(const Json& run) {
  const Json training = run.value("training", Json());
  if (!training.is_object() || !training.contains("steps") || !training.contains("rows")) return "";
  return fmt::format("training, {} steps:\n", training["steps"].dump()) + history_text(training["rows"]);
}

}  // namespace

std::string run_text(const Json& run, const std::string& folder) {
  const Json& quantizer = run["quantizer"];
  std::string text = fmt::format("{}: a run\n", folder);
  text += line("policy", text_of(run["policy"]));
  text += line("parameters", fmt::format("{}", run["parameters"].get<std::size_t>()));
  const Json remembered = run.value("memory_features", Json::array());
  text += line("observations",
               fmt::format("{} × {} of history{}", run["observation_dim"].dump(), run["history"].dump(),
                           remembered.empty() ? "" : fmt::format(", the last {} of the quantizer", remembered.size())));
  text += line("statistics", statistics_text(run));
  if (quantizer.is_null()) {
    text += line("quantizer", "none: the law is over actions");
  } else {
    text += line("quantizer", text_of(quantizer["spec"]));
    text += line("tokens", vocabularies_text(quantizer["vocabularies"]));
    text += line("actions",
                 fmt::format("{} dimensions, chunk {}", quantizer["action_dim"].dump(), quantizer["chunk"].dump()));
    text += line("largest error inside", number_text(quantizer["epsilon_sup"]));
  }
  text += line("system", text_of(run["system"]));
  text += line("weights chosen", text_of(run["chosen"]));
  for (const auto& [name, value] : run["provenance"].items()) {
    if (name != "policy" && name != "quantizer") text += line(name, text_of(value));
  }
  return text + training_text(run);
}

std::string exported_text(const Json& exported, const std::string& folder) {
  std::string text = fmt::format("{}: an exported policy\n", folder);
  for (const auto& [name, value] : exported.items()) {
    const bool table = name == "observation_mean" || name == "observation_std" || name == "training";
    if (!table) text += line(name, text_of(value));
  }
  return text + line("statistics", statistics_text(exported)) + training_text(exported);
}

}  // namespace pianola::cli
