#include "pianola/theory/experiment.hpp"

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"

// One line an experiment, in the order of `theorem all`.
#define PIANOLA_EXPERIMENTS(X) X(2) X(3) X(5) X(6) X(7) X(8) X(9) X(dither) X(certificates) X(unstable) X(gap)

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
    throw UsageError("theorem: --" + std::string(name) + " " + std::to_string(value) + " is outside " +
                     std::to_string(least) + " … " + std::to_string(most));
  }
  return asked;
}

}  // namespace

double Check::margin() const { return relation == Relation::at_most ? required - judged : judged - required; }

Estimate exact(double value) { return {value, value, value, 1}; }

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

Check undecided(std::string name, double required) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  return {std::move(name), std::nullopt, {nan, nan, nan, 0}, nan, required, Relation::at_most, false};
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
  std::vector<std::string> known;
  for (const ExperimentEntry& entry : experiments()) {
    if (entry.name == name) return entry;
    known.push_back(entry.name);
  }
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
