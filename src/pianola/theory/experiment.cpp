#include "pianola/theory/experiment.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "pianola/base/error.hpp"
#include "pianola/theory/slope_checks.hpp"

// One line an experiment, in the order of `theorem all`.
#define PIANOLA_EXPERIMENTS(X) \
  X(2)                         \
  X(3) X(5) X(6) X(7) X(8) X(9) X(dither) X(certificates) X(rate) X(coarsest) X(robust) X(plants) X(learners) X(gap)

namespace pianola {

#define PIANOLA_DECLARE(name) ExperimentEntry experiment_##name();
PIANOLA_EXPERIMENTS(PIANOLA_DECLARE)
#undef PIANOLA_DECLARE

namespace {

Check make_check(std::string name, const Estimate& measured, double judged, double required, Relation relation,
                 bool control) {
  Check check{std::move(name), std::nullopt, measured, judged, required, relation, control};
  check.passed = check.margin() >= 0.0;  // false for NaN
  return check;
}

template <class T>
std::vector<T> checked_axis(const char* name, const std::vector<T>& asked, std::vector<T> standard, T least, T most) {
  if (asked.empty()) return standard;
  for (const T value : asked) {
    if (value >= least && value <= most) continue;
    throw UsageError(fmt::format("theorem: --{} {} is outside {} … {}", name, value, least, most));
  }
  return asked;
}

/// "--epsilon (one value), --n"
std::string taken_names(const TakenOptions& takes) {
  std::vector<std::string> names;
  const auto add = [&](const char* name, Taken taken) {
    if (taken != Taken::none) names.push_back(fmt::format("--{}{}", name, taken == Taken::one ? " (one value)" : ""));
  };
  add("epsilon", takes.epsilon);
  add("horizon", takes.horizon);
  add("n", takes.n);
  if (takes.initial_points) names.emplace_back("--initial-points");
  return names.empty() ? "none of --epsilon, --horizon, --n and --initial-points"
                       : fmt::format("{}", fmt::join(names, ", "));
}

template <class T>
void require_taken(const ExperimentEntry& entry, const char* name, Taken taken, const std::vector<T>& values) {
  if (values.empty() || taken == Taken::several) return;
  if (taken == Taken::none) {
    throw UsageError(
        fmt::format("theorem {} does not depend on --{}; it takes {}", entry.name, name, taken_names(entry.takes)));
  }
  if (taken == Taken::one && values.size() > 1) {
    throw UsageError(fmt::format("theorem {} takes one value of --{}, not {}: run it once for each", entry.name, name,
                                 values.size()));
  }
  const std::vector<double> x(values.begin(), values.end());
  if (taken == Taken::one || x.size() == 1 || has_slope(x)) return;
  throw UsageError(
      fmt::format("theorem {}: --{} {} is too coarse for a slope; give three values or more over a factor "
                  "of 8 or more, or a single one to leave the slope undecided",
                  entry.name, name, fmt::join(values, ",")));
}

/// Null: none has that name.
const ExperimentEntry* experiment_of(const std::string& name) {
  const auto at = std::ranges::find(experiments(), name, &ExperimentEntry::name);
  return at == experiments().end() ? nullptr : &*at;
}

std::vector<std::string> experiment_names() {
  std::vector<std::string> names;
  for (const ExperimentEntry& entry : experiments()) names.push_back(entry.name);
  return names;
}

/// n in small raised digits.
std::string raised(int n) {
  static const std::vector<std::string> digits{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = n < 0 ? "⁻" : "";
  for (const char digit : std::to_string(std::abs(n))) text += digits[static_cast<std::size_t>(digit - '0')];
  return text;
}

}  // namespace

ExperimentResult run_experiment(const ExperimentEntry& entry, const ExperimentOptions& options) {
  require_taken(entry, "epsilon", entry.takes.epsilon, options.epsilon);
  require_taken(entry, "horizon", entry.takes.horizon, options.horizon);
  require_taken(entry, "n", entry.takes.n, options.n);
  if (options.initial_points != 0 && !entry.takes.initial_points) {
    throw UsageError(
        fmt::format("theorem {} draws no --initial-points; it takes {}", entry.name, taken_names(entry.takes)));
  }
  return entry.run(options);
}

std::string epsilon_name(double epsilon) {
  int exponent = 0;
  if (std::frexp(epsilon, &exponent) == 0.5) return "2" + raised(exponent - 1);
  return fmt::format("{}", epsilon);
}

double Check::margin() const { return relation == Relation::at_most ? required - judged : judged - required; }

Estimate exact(double value) { return {value, value, value, 1}; }

Estimate share_of(double share, std::size_t n) {
  return clopper_pearson(static_cast<std::size_t>(std::lround(share * static_cast<double>(n))), n);
}

double misses_by(const Estimate& estimate, double number) {
  const double apart = std::abs(estimate.value - number);
  return apart == 0.0 ? 0.0 : apart / std::max(0.5 * (estimate.high - estimate.low), 1e-300);
}

Check check_at_most(std::string name, const Estimate& measured, double required) {
  return make_check(std::move(name), measured, measured.high, required, Relation::at_most, false);
}
Check check_at_least(std::string name, const Estimate& measured, double required) {
  return make_check(std::move(name), measured, measured.low, required, Relation::at_least, false);
}
Check check_not_below(std::string name, const Estimate& measured, double required) {
  return make_check(std::move(name), measured, measured.high, required, Relation::at_least, false);
}
Check control_at_most(std::string name, const Estimate& measured, double required) {
  return make_check(std::move(name), measured, measured.high, required, Relation::at_most, true);
}
Check control_at_least(std::string name, const Estimate& measured, double required) {
  return make_check(std::move(name), measured, measured.low, required, Relation::at_least, true);
}

Check undecided(Check check) {
  check.passed.reset();
  return check;
}

bool ExperimentResult::passed() const {
  return std::ranges::none_of(checks, [](const Check& check) { return check.passed == false; });
}

std::span<const ExperimentEntry> experiments() {
#define PIANOLA_ENTRY(name) experiment_##name(),
  static const std::vector<ExperimentEntry> entries{PIANOLA_EXPERIMENTS(PIANOLA_ENTRY)};
#undef PIANOLA_ENTRY
  return entries;
}

const ExperimentEntry& find_experiment(const std::string& name) {
  if (const ExperimentEntry* entry = experiment_of(name); entry != nullptr) return *entry;
  throw_unknown_name("theorem", name, experiment_names());
}

std::span<const ExperimentGroup> experiment_groups() {
  static const std::vector<ExperimentGroup> groups{
      {"all", "Every theorem and experiment", {}},
      {"unstable", "Which tokens hold an unstable plant?", {"rate", "coarsest", "plants", "robust", "learners"}}};
  return groups;
}

std::vector<const ExperimentEntry*> find_experiments(const std::string& name) {
  if (const ExperimentEntry* entry = experiment_of(name); entry != nullptr) return {entry};
  std::vector<std::string> known;
  for (const ExperimentGroup& group : experiment_groups()) {
    known.push_back(group.name);
    if (group.name != name) continue;
    std::vector<const ExperimentEntry*> entries;
    for (const std::string& member : group.members.empty() ? experiment_names() : group.members)
      entries.push_back(&find_experiment(member));
    return entries;
  }
  std::ranges::copy(experiment_names(), std::back_inserter(known));
  throw_unknown_name("theorem", name, known);
}

std::vector<double> axis(const char* name, const std::vector<double>& asked, std::vector<double> standard, double least,
                         double most) {
  return checked_axis(name, asked, std::move(standard), least, most);
}

std::vector<std::uint64_t> axis(const char* name, const std::vector<std::uint64_t>& asked,
                                std::vector<std::uint64_t> standard, std::uint64_t least, std::uint64_t most) {
  return checked_axis(name, asked, std::move(standard), least, most);
}

}  // namespace pianola
