#include "pianola/data/inspect_problems.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace pianola {
namespace {

constexpr std::size_t kListed = 20;           // further trajectories of a kind are counted, not listed
constexpr double kSaturated = 0.01;           // share of actions at a bound from which it matters
constexpr std::size_t kFewestAtoms = 10;      // so many equal extremes are no accident
constexpr double kRepeatsState = 0.8;         // correlation of a_t with s_t from which "repeat the state" is a rival
constexpr std::size_t kFewTrajectories = 10;  // a split by trajectory leaves one for validation
constexpr std::size_t kFewSteps = 1000;
constexpr double kUnequal = 5.0;  // longest or shortest against the median

using Problems = std::vector<Problem>;

std::string dimension_name(const Inspection& seen, std::size_t d) {
  if (d < seen.info.action_names.size()) return fmt::format("action dimension {} ({})", d, seen.info.action_names[d]);
  return fmt::format("action dimension {}", d);
}

/// Only numbers on a line have bounds to saturate at and values to repeat.
bool is_linear(const Inspection& seen, std::size_t d) {
  return seen.info.action_kinds.empty() || seen.info.action_kinds[d] == ActionKind::linear;
}

std::string percent(double share) { return fmt::format("{:.3g} %", 100.0 * share); }

void find_unreadable(const Inspection&, const InspectionFacts& facts, Problems& out) {
  const std::size_t listed = std::min(facts.unreadable.size(), kListed);
  out.insert(out.end(), facts.unreadable.begin(), facts.unreadable.begin() + static_cast<std::ptrdiff_t>(listed));
  if (facts.unreadable.size() == listed) return;
  out.push_back({Severity::error, "dataset",
                 fmt::format("{} more trajectories cannot be used", facts.unreadable.size() - listed),
                 "mend those that are listed and look again"});
}

void find_constant(const Inspection& seen, const InspectionFacts& facts, Problems& out) {
  for (std::size_t d = 0; d < seen.action_min.size(); ++d) {
    const double low = seen.action_min[d], high = seen.action_max[d];
    if (low == high) {
      out.push_back({Severity::warning, dimension_name(seen, d),
                     fmt::format("constant: {} in all {} steps", low, seen.steps),
                     "leave it out, or expect one token for it; statistics of it say nothing"});
    } else if (is_linear(seen, d) && facts.at_min[d] + facts.at_max[d] == seen.steps) {
      out.push_back({Severity::note, dimension_name(seen, d),
                     fmt::format("takes two values only: {} and {}", low, high),
                     "if it is a switch (a gripper), record its kind as binary: two tokens hold it exactly"});
    }
  }
}

void find_equal(const Inspection& seen, const InspectionFacts& facts, Problems& out) {
  for (const auto& [a, b] : facts.equal_dimensions) {
    if (seen.action_min[a] == seen.action_max[a]) continue;  // constant says it already
    out.push_back({Severity::warning, fmt::format("action dimensions {} and {}", a, b), "equal in every step",
                   "leave one out and copy it in deployment; it costs tokens and adds nothing"});
  }
  for (std::size_t i = 0; i < std::min(facts.equal_trajectories.size(), kListed); ++i) {
    const auto& [a, b] = facts.equal_trajectories[i];
    out.push_back({Severity::warning, fmt::format("trajectories '{}' and '{}'", a, b),
                   "the same numbers twice; split between training and validation they leak", "leave one out"});
  }
  if (facts.equal_trajectories.size() > kListed) {
    out.push_back({Severity::warning, "dataset",
                   fmt::format("{} more trajectories repeat another one", facts.equal_trajectories.size() - kListed),
                   "leave the copies out"});
  }
}

constexpr const char* kUseEnds =
    "use representatives at the ends of the range (representatives=ends), which bin centres never reach";

void find_saturation_in_range(const Inspection& seen, Problems& out) {
  for (std::size_t d = 0; d < seen.saturated_fraction.size(); ++d) {
    const double saturated = seen.saturated_fraction[d], outside = seen.outside_fraction[d];
    if (!is_linear(seen, d) || (saturated < kSaturated && outside == 0.0)) continue;
    std::string what = fmt::format("{} of the actions lie at or beyond the range [{}, {}]", percent(saturated),
                                   seen.range.low[d], seen.range.high[d]);
    std::string remedy = kUseEnds;
    if (outside > 0.0) {
      what +=
          fmt::format(", {} beyond it: they span [{}, {}]", percent(outside), seen.action_min[d], seen.action_max[d]);
      remedy += "; check units and range if actions beyond it are not meant";
    }
    out.push_back({Severity::warning, dimension_name(seen, d), std::move(what), std::move(remedy)});
  }
}

/// Without a range, many actions that equal the smallest or the largest betray one.
void find_atoms(const Inspection& seen, const InspectionFacts& facts, Problems& out) {
  const auto steps = static_cast<double>(seen.steps);
  for (std::size_t d = 0; d < seen.action_min.size(); ++d) {
    if (!is_linear(seen, d) || facts.at_min[d] + facts.at_max[d] >= seen.steps) continue;
    const auto atom = [&](const char* which, std::size_t count, double value) {
      if (count < kFewestAtoms || static_cast<double>(count) < kSaturated * steps) return;
      out.push_back({Severity::warning, dimension_name(seen, d),
                     fmt::format("{} of the actions are exactly the {}, {}: they were saturated",
                                 percent(static_cast<double>(count) / steps), which, value),
                     kUseEnds});
    };
    atom("smallest", facts.at_min[d], seen.action_min[d]);
    atom("largest", facts.at_max[d], seen.action_max[d]);
  }
}

void find_saturation(const Inspection& seen, const InspectionFacts& facts, Problems& out) {
  if (!seen.range.low.empty()) return find_saturation_in_range(seen, out);
  find_atoms(seen, facts, out);
  out.push_back({Severity::note, "dataset",
                 "no action range is recorded; schemes that need one take the data's extremes",
                 "give the range of the system or robot if there is one"});
}

void find_repeated_state(const Inspection& seen, const InspectionFacts&, Problems& out) {
  std::vector<double> high;
  for (const double r : seen.action_state_correlation) {
    if (r >= kRepeatsState) high.push_back(r);
  }
  if (high.empty() || 2 * high.size() < seen.action_state_correlation.size()) return;
  const auto [low, top] = std::minmax_element(high.begin(), high.end());
  out.push_back({Severity::warning, "actions and observations",
                 fmt::format("a_t is close to s_t in {} of {} dimensions (correlation {:.3g} to {:.3g})", high.size(),
                             seen.action_state_correlation.size(), *low, *top),
                 "judge an offline error against that of repeating the state; think of relative or delta actions"});
}

void find_small(const Inspection& seen, const InspectionFacts&, Problems& out) {
  if (seen.readable >= kFewTrajectories && seen.steps >= kFewSteps) return;
  out.push_back({Severity::warning, "dataset",
                 fmt::format("small: {} usable trajectories, {} steps", seen.readable, seen.steps),
                 "collect more; validation splits by trajectory, and intervals over so few are wide"});
}

void find_unequal_lengths(const Inspection& seen, const InspectionFacts& facts, Problems& out) {
  const StepCounts& steps = seen.steps_per_trajectory;
  const double low = static_cast<double>(steps.min), high = static_cast<double>(steps.max);
  if (seen.readable < 2 || (high <= kUnequal * steps.median && low * kUnequal >= steps.median)) return;
  out.push_back({Severity::warning, "dataset",
                 fmt::format("trajectories have very different lengths: {} ('{}') to {} ('{}') steps, median {}",
                             steps.min, facts.shortest, steps.max, facts.longest, steps.median),
                 "check for aborted or merged recordings; long ones dominate what is learned"});
}

void find_timing(const Inspection& seen, const InspectionFacts&, Problems& out) {
  if (!seen.timing || seen.timing->irregular == 0) return;
  const Timing& t = *seen.timing;
  out.push_back({Severity::warning, "timestamps",
                 fmt::format("{} of {} intervals are more than 10 % off {:.4g} s: they span {:.4g} to {:.4g} s",
                             t.irregular, t.intervals, t.interval, t.shortest, t.longest),
                 "resample to a fixed step, or check for dropped frames; a policy acts at one rate"});
}

void find_rewards(const Inspection& seen, const InspectionFacts& facts, Problems& out) {
  if (!facts.early_dones.empty()) {
    out.push_back({Severity::warning, fmt::format("trajectory '{}'", facts.early_dones.front()),
                   fmt::format("a done before the last step (in {} trajectories)", facts.early_dones.size()),
                   "split the trajectory there: what follows belongs to another episode"});
  }
  if (seen.returns) return;
  out.push_back(
      {Severity::note, "dataset", "no rewards are recorded", "returns are not known; learning does not need them"});
}

void find_partial_fields(const Inspection& seen, const InspectionFacts& facts, Problems& out) {
  for (const auto& [field, count] : facts.partial_fields) {
    out.push_back({Severity::error, "dataset",
                   fmt::format("{} are recorded in {} of {} trajectories", field, count, seen.readable),
                   "record them in all or in none, or leave those trajectories out"});
  }
}

}  // namespace

std::vector<Problem> find_problems(const Inspection& inspection, const InspectionFacts& facts) {
  Problems problems;
  find_unreadable(inspection, facts, problems);
  if (inspection.steps > 0) {
    for (const auto find : {find_constant, find_equal, find_saturation, find_repeated_state, find_unequal_lengths,
                            find_timing, find_small, find_rewards, find_partial_fields}) {
      find(inspection, facts, problems);
    }
  }
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Problem& a, const Problem& b) { return a.severity < b.severity; });
  return problems;
}

}  // namespace pianola
