// pianola bound: a rate form or certificate for given numbers, its terms apart.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "pianola/base/error.hpp"
#include "pianola/base/json.hpp"
#include "pianola/bounds/bound_forms.hpp"
#include "pianola/cli/options.hpp"
#include "pianola/cli/session.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/report/table.hpp"

namespace pianola::cli {
namespace {

struct BoundOptions {
  std::string form;
  BoundInputs inputs;
};

std::string to_text(const BoundForm& form, const EvaluatedBound& bound) {
  Table table{{"term", "value"}, {}, {false, true}};
  for (const BoundTerm& term : bound.terms) table.rows.push_back({term.name, format_number(term.value)});
  table.rows.push_back({form.total_name, format_number(bound.total)});
  std::string text = fmt::format("{}\nassumes: {}\n\n{}", form.claim, form.assumes, format_table(table));
  for (const std::string& remark : bound.remarks) text += "note: " + remark + "\n";
  return text;
}

/// An option that was given but that the form does not read is an error, not a silence.
void require_read(const CLI::App& verb, const BoundForm& form, BoundInputs inputs) {
  inputs.visit([&](const char* name, auto&, const char*) {
    const std::string option = option_name(name);
    if (verb.count(option) == 0 || std::ranges::find(form.inputs, name) != form.inputs.end()) return;
    std::vector<std::string> options;
    options.reserve(form.inputs.size());
    for (const std::string& input : form.inputs) options.push_back(option_name(input).substr(2));
    throw UsageError(
        fmt::format("bound {} does not depend on {}; it reads --{}", form.name, option, fmt::join(options, ", --")));
  });
}

void print_bound(const CLI::App& verb, const BoundOptions& options, Session& session) {
  session.begin();
  const BoundForm& form = find_bound_form(options.form);
  require_read(verb, form, options.inputs);
  const EvaluatedBound bound = evaluate_bound(form, options.inputs);
  Json fields{{"bound", form.name}, {"claim", form.claim}, {"assumes", form.assumes}, {"terms", Json::array()}};
  for (const BoundTerm& term : bound.terms) {
    fields["terms"].push_back({{"name", term.name}});
    put_number(fields["terms"].back(), "value", term.value);
  }
  put_number(fields, "total", bound.total);
  fields["total_is"] = form.total_name;
  fields["vacuous"] = bound.vacuous;
  fields["remarks"] = bound.remarks;
  session.print("bound", fields, to_text(form, bound));
}

}  // namespace

void add_bound(CLI::App& app, Session& session) {
  auto options = std::make_shared<BoundOptions>();
  CLI::App* verb = app.add_subcommand("bound", "evaluate a theorem's rate form or a certificate for given numbers");
  std::string known;
  for (const BoundForm& form : bound_forms()) known += (known.empty() ? "" : ", ") + form.name;
  add_text(*verb, "form", options->form, "which: " + known, kName)->required();
  options->inputs.visit([&](const char* name, auto& value, const char* help) {
    const std::string option = option_name(name);
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
      add_text(*verb, option, value, help, kNumber);
    } else {
      add_number(*verb, option, value, help);
    }
  });
  verb->footer(
      "example:\n  pianola bound 2 --n 1000 --horizon 200 --epsilon 0.01 --policies 1e6\n"
      "  pianola bound feedback --horizon 200 --epsilon 0.001 --c 1 --eta 0.9 --jump 0.05");
  verb->callback([options, verb, &session] { print_bound(*verb, *options, session); });
}

}  // namespace pianola::cli
