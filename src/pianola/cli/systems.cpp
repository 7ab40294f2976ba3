// pianola systems: what systems, experts, quantizers, policies, controllers, transition models, augmentations and
// formats there are, and their options.
#include <CLI/CLI.hpp>

#include "pianola/cli/session.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/control/augmentation.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/experts/expert.hpp"
#include "pianola/policies/registry.hpp"
#include "pianola/policies/transition_registry.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola::cli {
namespace {

struct Row {
  std::string name, summary;
  std::vector<OptionHelp> options;
};

template <class Entry>
std::vector<Row> rows_of(std::span<const Entry> entries) {
  std::vector<Row> rows;
  for (const Entry& entry : entries) {
    Row row{entry.name, entry.summary, {}};
    if constexpr (requires { entry.options; }) row.options = entry.options;
    if constexpr (requires { entry.unavailable; }) {
      if (!entry.unavailable.empty()) row.summary += " (" + entry.unavailable + ")";
    }
    if constexpr (requires { entry.can_write; }) {
      row.summary += entry.can_write ? " (read, write)" : " (read only)";
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Json to_json(const std::vector<Row>& rows) {
  Json list = Json::array();
  for (const Row& row : rows) {
    Json options = Json::array();
    for (const OptionHelp& option : row.options) {
      options.push_back({{"name", option.name}, {"default", option.default_value}, {"help", option.help}});
    }
    list.push_back({{"spec", row.name}, {"options", options}, {"summary", row.summary}});
  }
  return list;
}

std::string to_text(const std::string& title, const std::vector<Row>& rows) {
  std::string text = title + "\n";
  for (const Row& row : rows) {
    text += "  " + row.name + ": " + row.summary + "\n";
    for (const OptionHelp& option : row.options) {
      text += "      " + option.name + "=" + option.default_value + "  " + option.help + "\n";
    }
  }
  return text + "\n";
}

}  // namespace

void add_systems(CLI::App& app, Session& session) {
  CLI::App* verb =
      app.add_subcommand("systems", "what systems, experts, quantizers, policies, controllers and formats there are");
  verb->footer("example:\n  pianola systems");
  verb->callback([&session] {
    session.begin();
    const std::pair<const char*, std::vector<Row>> families[] = {
        {"systems", rows_of(pianola::systems())},    {"experts", rows_of(experts())},
        {"quantizers", rows_of(quantizers())},       {"policies", rows_of(policies())},
        {"controllers", rows_of(controllers())},     {"transition_models", rows_of(transition_models())},
        {"augmentations", rows_of(augmentations())}, {"formats", rows_of(formats())}};
    Json fields = Json::object();
    std::string text;
    for (const auto& [title, rows] : families) {
      fields[title] = to_json(rows);
      text += to_text(title, rows);
    }
    session.print("systems", fields, text);
  });
}

}  // namespace pianola::cli
