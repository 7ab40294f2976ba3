// An experiment of a theorem: what was measured on an instance family, which checks it had to pass, and which controls
// had to fail. Finite evidence, not a proof (docs/theory.md §11 says on which instances a rate can be seen at all).
//
// A check compares one measured number with what is required of it. A control breaks a hypothesis: its check passes if
// the claim fails there, as it must. An experiment has passed if all its checks have, controls included.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"

namespace pianola {

class Quantizer;    // quantizers/quantizer.hpp
struct FitContext;  // quantizers/registry.hpp

enum class Relation { at_most, at_least };

struct Check {
  std::string name;
  std::optional<bool> passed;  ///< nothing where the axes that were asked for are too short to tell
  Estimate measured;           ///< low = high = value where it is exact
  double judged = 0.0;         ///< the end of the interval that decides
  double required = 0.0;
  Relation relation = Relation::at_most;
  bool control = false;
  [[nodiscard]] double margin() const;  ///< by how much the requirement is met; negative: missed
};

/// A number that is computed, not sampled.
Estimate exact(double value);

/// By how many half-widths of its interval an estimate misses a number; 0 if it is that number exactly.
double misses_by(const Estimate& estimate, double number);

/// A share of n independent draws, with its exact interval.
Estimate share_of(double share, std::size_t n);

/// measured ≤ required, judged by the upper end of its interval.
Check check_at_most(std::string name, const Estimate& measured, double required);
/// measured ≥ required, judged by the lower end of its interval.
Check check_at_least(std::string name, const Estimate& measured, double required);
/// measured ≥ required, for a claim that sampling can only refute: judged by the upper end of its interval.
Check check_not_below(std::string name, const Estimate& measured, double required);
/// The same with a hypothesis broken: the claim that would hold is the opposite one.
Check control_at_most(std::string name, const Estimate& measured, double required);
Check control_at_least(std::string name, const Estimate& measured, double required);
/// The same, left open: these axes cannot decide it.
Check undecided(Check check);

using Cell = std::variant<double, std::string>;
/// Names and values, in order; NaN is "does not exist".
using Row = std::vector<std::pair<std::string, Cell>>;

struct Picture {
  nlohmann::ordered_json chart;  ///< Vega-Lite (report/charts.hpp)
  std::string caption;           ///< what to read into it, one sentence
};

/// A table that a page shows whole: what the rows come to.
struct Summary {
  std::string caption;  ///< what is in its cells, one sentence
  std::vector<Row> rows;
};

/// Where an experiment's quantizers come from: a scheme's spec and what it is fitted to.
using QuantizerMaker = std::function<std::unique_ptr<Quantizer>(const std::string&, const FitContext&)>;

/// What a user may override; empty or 0: the experiment's own.
struct ExperimentOptions {
  std::vector<double> epsilon;
  std::vector<std::uint64_t> horizon, n;
  std::uint64_t initial_points = 0;
  bool thorough = false;  ///< ten times the draws, four times the points of the grids
  NoiseKey key;
  QuantizerMaker quantizers = {};  ///< empty: the registry's. Tests pass broken ones through it
};

/// How many values of an option an experiment takes. grid: one value, or enough for a slope.
enum class Taken { none, one, several, grid };

struct TakenOptions {
  Taken epsilon = Taken::none, horizon = Taken::none, n = Taken::none;
  bool initial_points = false;
};

struct ExperimentResult {
  std::vector<Check> checks;
  std::vector<Row> rows;
  std::map<std::string, Estimate> exponents;  ///< fitted slopes, where the experiment has some
  std::vector<Picture> pictures;
  std::vector<Summary> summaries;
  std::vector<std::string> notes;  ///< hypotheses that the options leave, findings that are no checks
  std::string kept_in = {};        ///< the file of the run whose result this is; empty: it was run now
  [[nodiscard]] bool passed() const;
};

struct ExperimentEntry {
  std::string name;       ///< "6"
  std::string title;      ///< "A learned quantizer that fails"
  std::string statement;  ///< the claim in one or two sentences
  std::string assumes;    ///< the hypotheses that its instances meet
  TakenOptions takes;     ///< of the options above
  ExperimentResult (*run)(const ExperimentOptions&);
};

/// All experiments, in the order of `theorem all`. Adding one: a source file that defines `ExperimentEntry
/// experiment_NAME()`, a line in experiment.cpp, a test, and a page docs/theory/theorem_NAME.md.
std::span<const ExperimentEntry> experiments();

/// @throws UsageError for an unknown name (nearest suggested).
const ExperimentEntry& find_experiment(const std::string& name);

/// Experiments that answer one question together.
struct ExperimentGroup {
  std::string name, question;
  std::vector<std::string> members;  ///< in the order in which they are read; empty: every experiment there is
};

/// `all` and the others; no name is an experiment's.
std::span<const ExperimentGroup> experiment_groups();

/// The one of that name, or those of a group. @throws UsageError for an unknown name (nearest suggested).
std::vector<const ExperimentEntry*> find_experiments(const std::string& name);

/// Runs it. @throws UsageError for an option that it does not take, for several values where it takes one, and for a
/// grid that is too coarse for a slope: names what would do.
ExperimentResult run_experiment(const ExperimentEntry& entry, const ExperimentOptions& options);

/// "2⁻⁵" where it is a power of two exactly, else the shortest decimal that reads back as this double.
std::string epsilon_name(double epsilon);

/// One axis: what the user asked for, else the default. @throws UsageError naming a value outside [least, most].
std::vector<double> axis(const char* name, const std::vector<double>& asked, std::vector<double> standard, double least,
                         double most);
std::vector<std::uint64_t> axis(const char* name, const std::vector<std::uint64_t>& asked,
                                std::vector<std::uint64_t> standard, std::uint64_t least, std::uint64_t most);

}  // namespace pianola
