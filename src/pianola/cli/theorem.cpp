// pianola theorem: a theorem as an experiment that can fail.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "pianola/base/error.hpp"
#include "pianola/cli/options.hpp"
#include "pianola/cli/overwrite.hpp"
#include "pianola/cli/session.hpp"
#include "pianola/cli/theorem_page.hpp"
#include "pianola/cli/verbs.hpp"

namespace pianola::cli {
namespace {

struct TheoremOptions {
  std::string name, epsilon, horizon, n, report;
  std::uint64_t initial_points = 0;
  bool thorough = false;
};

/// "0.1,0.05" → numbers.
template <class T>
std::vector<T> list_of(const char* option, const std::string& text) {
  std::vector<T> values;
  for (const std::string& part : names_of(text)) values.push_back(parse_number<T>(option, part));
  return values;
}

std::vector<const ExperimentEntry*> chosen(const std::string& name) {
  std::vector<const ExperimentEntry*> entries;
  if (name != "all") return {&find_experiment(name)};
  for (const ExperimentEntry& entry : experiments()) entries.push_back(&entry);
  return entries;
}

void run_experiments(const TheoremOptions& options, Session& session) {
  session.begin();
  require_writable("--report", options.report);
  ExperimentOptions asked;
  asked.epsilon = list_of<double>("--epsilon", options.epsilon);
  asked.horizon = list_of<std::uint64_t>("--horizon", options.horizon);
  asked.n = list_of<std::uint64_t>("--n", options.n);
  asked.initial_points = options.initial_points;
  asked.thorough = options.thorough;
  const bool all = options.name == "all";
  if (all && !(asked.epsilon.empty() && asked.horizon.empty() && asked.n.empty())) {
    throw UsageError(
        "theorem all runs every experiment on its own axes; give --epsilon, --horizon and --n to one of "
        "them");
  }
  const auto entries = chosen(options.name);
  std::vector<RanExperiment> ran;
  session.progress().begin("theorem", entries.size(), "experiments");
  for (const ExperimentEntry* entry : entries) {
    asked.key = session.key().child("theorem " + entry->name);
    ran.push_back({entry, entry->run(asked)});
    session.progress().advance(1, entry->name);
    session.check_failed = session.check_failed || !ran.back().result.passed();
  }
  session.progress().end();
  Json fields = all ? Json{{"theorems", Json::array()}} : to_json(ran.front());
  std::string text;
  for (const RanExperiment& one : ran) {
    if (all) fields["theorems"].push_back(to_json(one));
    text += to_text(one, !all);
  }
  session.print("theorem", fields, text);
  if (!options.report.empty()) theorem_page(ran, session.command_line).write(options.report);
}

}  // namespace

void add_theorem(CLI::App& app, Session& session) {
  auto options = std::make_shared<TheoremOptions>();
  CLI::App* verb = app.add_subcommand("theorem", "run a theorem as an experiment; exit 1 if a check fails");
  std::string known = "all";
  for (const ExperimentEntry& entry : experiments()) known += ", " + entry.name;
  add_text(*verb, "name", options->name, "which: " + known, kName)->required();
  add_text(*verb, "--epsilon", options->epsilon, "quantization errors, as 0.03,0.01 (default: the experiment's)",
           kNumber);
  add_text(*verb, "--horizon", options->horizon, "horizons, as 10,40 (default: the experiment's)", kWholeNumber);
  add_text(*verb, "--n", options->n, "numbers of demonstrations, as 16,64 (default: the experiment's)", kWholeNumber);
  add_number(*verb, "--initial-points", options->initial_points, "initial states (0: the experiment's)");
  verb->add_flag("--thorough", options->thorough, "ten times the seeds, four times the grids");
  add_text(*verb, "--report", options->report, "write a page with the pictures", kPath);
  verb->footer("example:\n  pianola theorem 6 --report trap.html\n  pianola theorem all --json");
  verb->callback([options, &session] { run_experiments(*options, session); });
}

}  // namespace pianola::cli
