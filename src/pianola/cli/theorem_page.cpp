#include "pianola/cli/theorem_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/json.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/theory/experiment_pictures.hpp"

namespace pianola::cli {
namespace {

using Json = nlohmann::ordered_json;

Json cell(const std::string& name, const Cell& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  const double x = std::get<double>(value);
  const bool counted = name == "n" || name == "horizon" || name == "class_size";
  return counted && std::isfinite(x) ? Json(static_cast<std::uint64_t>(std::llround(x))) : number_or_null(x);
}

Json to_json(const Check& check) {
  return {{"name", check.name},
          {"passed", check.passed ? Json(*check.passed) : Json(nullptr)},
          {"measured", number_or_null(check.measured.value)},
          {"low", number_or_null(check.measured.low)},
          {"high", number_or_null(check.measured.high)},
          {"n", check.measured.n > 0 ? Json(check.measured.n) : Json(nullptr)},
          {"required", number_or_null(check.required)},
          {"relation", check.relation == Relation::at_most ? "at most" : "at least"},
          {"margin", number_or_null(check.margin())},
          {"control", check.control}};
}

Json row_objects(std::span<const Row> rows) {
  Json all = Json::array();
  for (const Row& row : rows) {
    Json fields = Json::object();
    for (const auto& [name, value] : row) fields[name] = cell(name, value);
    all.push_back(std::move(fields));
  }
  return all;
}

std::string verdict(const std::optional<bool>& passed) {
  return !passed ? "not decided" : *passed ? "passed" : "FAILED";
}

std::vector<std::string> cells(const Check& check) {
  const bool sampled = check.measured.low != check.measured.high;
  return {verdict(check.passed), check.name,
          sampled ? format_estimate(check.measured) : format_number(check.measured.value),
          (check.relation == Relation::at_most ? "≤ " : "≥ ") + format_number(check.required),
          format_number(check.margin(), 3)};
}

Table check_table(const ExperimentResult& result, bool all) {
  Table table{{"", "check", "measured", "required", "margin"}, {}, {false, false, true, true, true}};
  for (const Check& check : result.checks) {
    if (all || check.passed == false) table.rows.push_back(cells(check));
  }
  return table;
}

/// Its columns are those of the first row.
Table row_table(std::span<const Row> rows) {
  Table table;
  if (rows.empty()) return table;
  for (const auto& [name, value] : rows.front()) {
    table.columns.push_back(name);
    table.numeric.push_back(std::holds_alternative<double>(value));
  }
  for (const Row& row : rows) {
    std::vector<std::string> line;
    for (const auto& [name, value] : row) {
      const auto* text = std::get_if<std::string>(&value);
      line.push_back(text != nullptr ? *text : format_number(std::get<double>(value)));
    }
    table.rows.push_back(std::move(line));
  }
  return table;
}

std::string counted(const ExperimentResult& result) {
  const auto controls = std::ranges::count_if(result.checks, [](const Check& check) { return check.control; });
  const auto failed = std::ranges::count_if(result.checks, [](const Check& check) { return check.passed == false; });
  const auto open = std::ranges::count_if(result.checks, [](const Check& check) { return !check.passed; });
  std::string text = fmt::format("{} checks, {} of them controls", result.checks.size(), controls);
  if (failed > 0) text += fmt::format("; {} failed", failed);
  if (open > 0) text += fmt::format("; {} not decided on these axes", open);
  if (!result.kept_in.empty()) text += fmt::format("; kept in {}, not run", result.kept_in);
  return text;
}

/// What a picture shows if the experiment has passed; where it has not, that is what it should have shown.
std::string caption(const ExperimentResult& result, const std::string& text) {
  return result.passed() ? text : "Where the checks pass it shows this; on these axes some FAILED: " + text;
}

/// The exponents with their intervals, or the first number that was required.
std::string seen(const ExperimentResult& result) {
  std::string text;
  for (const auto& [name, slope] : result.exponents) {
    text += fmt::format("{}{} {}", text.empty() ? "slopes: " : "; ", name, format_estimate(slope));
  }
  if (!text.empty()) return text;
  for (const Check& check : result.checks) {
    if (!check.control && check.passed)
      return fmt::format("{}: {}", check.name, format_number(check.measured.value, 4));
  }
  return "nothing that these axes decide";
}

void add_experiment(Page& page, const RanExperiment& ran) {
  page.heading(fmt::format("Theorem {}: {}", ran.entry->name, ran.entry->title));
  page.paragraph(ran.entry->statement);
  page.paragraph(fmt::format("{}: {}.", ran.result.passed() ? "Passed" : "FAILED", counted(ran.result)));
  page.paragraph("Assumed: " + ran.entry->assumes + ".");
  for (const Picture& picture : ran.result.pictures) page.chart(picture.chart, caption(ran.result, picture.caption));
  for (const Summary& summary : ran.result.summaries) page.table(row_table(summary.rows), summary.caption);
  if (const Json controls = control_chart(ran.result); !controls.is_null()) {
    page.chart(controls, "A control breaks a hypothesis and has to fail: it does where its mark lies right of 1.");
  }
  const Table missed = check_table(ran.result, false);
  if (!missed.rows.empty()) page.table(missed, "FAILED: the checks that did not pass.");
  page.table(check_table(ran.result, true),
             "A control breaks a hypothesis: it passes if the claim fails there, as it must.");
  page.sentences(ran.result.notes, "Note: ");
  if (ran.result.rows.size() <= 40) page.table(row_table(ran.result.rows), "What was measured.");
}

}  // namespace

Json to_json(const RanExperiment& ran) {
  Json checks = Json::array(), exponents = Json::object(), summaries = Json::array();
  for (const Check& check : ran.result.checks) checks.push_back(to_json(check));
  for (const Summary& summary : ran.result.summaries)
    summaries.push_back({{"caption", summary.caption}, {"rows", row_objects(summary.rows)}});
  for (const auto& [name, slope] : ran.result.exponents) exponents[name] = pianola::to_json(slope);
  Json fields{{"theorem", ran.entry->name}, {"passed", ran.result.passed()},
              {"checks", checks},           {"rows", row_objects(ran.result.rows)},
              {"exponents", exponents},     {"notes", ran.result.notes},
              {"summaries", summaries}};
  if (!ran.result.kept_in.empty()) fields["kept_in"] = ran.result.kept_in;
  return fields;
}

Json to_json(const std::string& group, std::span<const RanExperiment> experiments) {
  Json fields{{"theorem", group},
              {"passed", true},
              {"checks", Json::array()},
              {"rows", Json::array()},
              {"exponents", Json::object()},
              {"notes", Json::array()},
              {"summaries", Json::array()}};
  for (const RanExperiment& ran : experiments) {
    const Json one = to_json(ran);
    fields["passed"] = fields["passed"].get<bool>() && ran.result.passed();
    for (const char* part : {"checks", "rows", "summaries"}) {
      for (const Json& item : one[part]) {
        Json named{{"theorem", ran.entry->name}};
        named.update(item);
        fields[part].push_back(std::move(named));
      }
    }
    fields["exponents"].update(one["exponents"]);
    for (const Json& note : one["notes"]) fields["notes"].push_back(note);
  }
  return fields;
}

std::string to_text(const RanExperiment& ran, bool all_checks) {
  std::string text = fmt::format("theorem {} ({}): {}, {}\n", ran.entry->name, ran.entry->title,
                                 ran.result.passed() ? "passed" : "FAILED", counted(ran.result));
  const Table table = check_table(ran.result, all_checks);
  if (!table.rows.empty()) text += "\n" + format_table(table) + "\n";
  if (all_checks) {
    for (const std::string& note : ran.result.notes) text += "note: " + note + "\n";
  }
  return text;
}

Page theorem_page(std::span<const RanExperiment> experiments, const std::string& command_line) {
  Page page("Theorems as experiments", "Finite evidence on instance families, not proofs; every check with its margin");
  Table overview{{"theorem", "claim", "assumed", "seen", "verdict"}, {}, {}};
  for (const RanExperiment& ran : experiments) {
    overview.rows.push_back({ran.entry->name, ran.entry->title, ran.entry->assumes, seen(ran.result),
                             fmt::format("{}; {}", ran.result.passed() ? "passed" : "FAILED", counted(ran.result))});
  }
  page.table(overview, "An experiment has passed if all its checks have, and all its controls failed as they must.");
  for (const RanExperiment& ran : experiments) add_experiment(page, ran);
  page.provenance({{"command", command_line}, {"pianola", PIANOLA_VERSION}});
  return page;
}

}  // namespace pianola::cli
