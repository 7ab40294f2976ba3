// pianola theorem: a theorem as an experiment that can fail.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/cli/options.hpp"
#include "pianola/cli/overwrite.hpp"
#include "pianola/cli/session.hpp"
#include "pianola/cli/theorem_page.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/theory/experiment_folder.hpp"

namespace pianola::cli {
namespace {

struct TheoremOptions {
  std::string name, epsilon, horizon, n, folder, report;
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

/// What the user asked for; the key is each experiment's own.
ExperimentOptions asked_options(const TheoremOptions& options, bool several) {
  ExperimentOptions asked;
  asked.epsilon = list_of<double>("--epsilon", options.epsilon);
  asked.horizon = list_of<std::uint64_t>("--horizon", options.horizon);
  asked.n = list_of<std::uint64_t>("--n", options.n);
  asked.initial_points = options.initial_points;
  asked.thorough = options.thorough;
  if (several && !(asked.epsilon.empty() && asked.horizon.empty() && asked.n.empty() && asked.initial_points == 0)) {
    throw UsageError(
        fmt::format("theorem {} runs every experiment on its own axes; give --epsilon, --horizon, --n and "
                    "--initial-points to one of them",
                    options.name));
  }
  return asked;
}

/// In the order of `entries`. With a folder, experiments that other processes are running are waited for last.
std::vector<RanExperiment> run_all(const std::vector<const ExperimentEntry*>& entries, const TheoremOptions& options,
                                   Session& session) {
  ExperimentOptions asked = asked_options(options, entries.size() > 1);
  std::optional<ExperimentFolder> folder;
  if (!options.folder.empty()) folder.emplace(options.folder);
  std::vector<std::optional<ExperimentResult>> results(entries.size());
  session.progress().begin("theorem", entries.size(), "experiments");
  for (const bool wait : {false, true}) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (results[i]) continue;
      throw_if_interrupted();
      asked.key = session.key().child("theorem " + entries[i]->name);
      results[i] = folder ? folder->result(*entries[i], asked, wait) : run_experiment(*entries[i], asked);
      if (results[i]) session.progress().advance(1, entries[i]->name);
    }
  }
  session.progress().end();
  std::vector<RanExperiment> ran;
  for (std::size_t i = 0; i < entries.size(); ++i) ran.push_back({entries[i], std::move(*results[i])});
  return ran;
}

/// `all`: one object each; a group: one object of all; else the experiment's own.
Json fields_of(const std::string& name, const std::vector<RanExperiment>& ran) {
  if (ran.size() == 1) return to_json(ran.front());
  if (name != "all") return to_json(name, ran);
  Json theorems = Json::array();
  for (const RanExperiment& one : ran) theorems.push_back(to_json(one));
  return {{"theorems", std::move(theorems)}};
}

void run_experiments(const TheoremOptions& options, Session& session) {
  session.begin();
  require_writable("--report", options.report);
  const std::vector<RanExperiment> ran = run_all(find_experiments(options.name), options, session);
  const bool several = ran.size() > 1;
  std::string text;
  for (const RanExperiment& one : ran) {
    session.check_failed = session.check_failed || !one.result.passed();
    text += to_text(one, !several);
  }
  session.print("theorem", fields_of(options.name, ran), text);
  if (!options.report.empty()) theorem_page(ran, session.command_line).write(options.report);
}

}  // namespace

void add_theorem(CLI::App& app, Session& session) {
  auto options = std::make_shared<TheoremOptions>();
  CLI::App* verb = app.add_subcommand("theorem", "run a theorem as an experiment; exit 1 if a check fails");
  std::string known;
  for (const ExperimentEntry& entry : experiments()) known += entry.name + ", ";
  for (const ExperimentGroup& group : experiment_groups()) {
    const std::string members = group.members.empty() ? "each once" : fmt::format("{}", fmt::join(group.members, ", "));
    known += fmt::format("{}{} ({})", &group == &experiment_groups().front() ? "" : ", ", group.name, members);
  }
  add_text(*verb, "name", options->name, "which: " + known, kName)->required();
  add_text(*verb, "--epsilon", options->epsilon, "quantization errors, as 0.03,0.01,0.003 (default: the experiment's)",
           kNumber);
  add_text(*verb, "--horizon", options->horizon, "horizons, as 20,80,320 (default: the experiment's)", kWholeNumber);
  add_text(*verb, "--n", options->n, "numbers of demonstrations, as 16,64,256 (default: the experiment's)",
           kWholeNumber);
  add_number(*verb, "--initial-points", options->initial_points,
             "theorem 6: initial states, 512 or more (0: the experiment's)");
  verb->add_flag("--thorough", options->thorough, "ten times the draws, four times the points of the grids (minutes)");
  add_text(*verb, "-o,--output", options->folder,
           "keep results in this folder: a later run goes on there, and processes that name it share the work", kPath);
  add_text(*verb, "--report", options->report, "write a page with the pictures", kPath);
  verb->footer(
      "example:\n  pianola theorem 6 --report trap.html\n"
      "  pianola theorem 3 --epsilon 0.03,0.01,0.003 --horizon 20,80,320\n"
      "  pianola theorem unstable --report unstable.html\n"
      "  pianola theorem all --json\n"
      "  for i in 1 2 3 4; do pianola theorem all --thorough --threads 1 -o thorough & done; wait");
  verb->callback([options, &session] { run_experiments(*options, session); });
}

}  // namespace pianola::cli
