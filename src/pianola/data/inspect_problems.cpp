#include "pianola/data/inspect_problems.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <utility>

#include "pianola/data/inspect_saturation.hpp"
#include "pianola/data/listed.hpp"

namespace pianola {
namespace {

constexpr std::size_t kListed = 5;            // further trajectories of a kind are named, not explained
constexpr double kRepeatsState = 0.8;         // correlation of a_t with s_t from which "repeat the state" is a rival
constexpr std::size_t kFewTrajectories = 10;  // a split by trajectory leaves one for validation
constexpr std::size_t kFewSteps = 1000;
constexpr double kRepeats = 0.2;  // share of repeated actions that is no accident
constexpr double kUnequal = 5.0;  // longest or shortest against the median

using Problems = std::vector<Problem>;
using Dimensions = std::vector<std::size_t>;

/// "'demo_3'" of "trajectory 'demo_3'".
std::string quoted_name(const Problem& unreadable) {
  const std::size_t at = unreadable.where.find('\'');
  return at == std::string::npos ? unreadable.where : unreadable.where.substr(at);
}

/// Those with the same trouble in the same place are one row.
void find_unreadable(const Inspection&, const InspectionFacts& facts, Problems& out) {
  constexpr std::size_t kNamed = 20;
  std::vector<std::pair<Problem, std::vector<std::string>>> rows;
  for (const Problem& problem : facts.unreadable) {
    const auto at = std::find_if(rows.begin(), rows.end(), [&](const auto& row) {
      return row.first.what == problem.what && row.first.remedy == problem.remedy;
    });
    (at == rows.end() ? rows.emplace_back(problem, std::vector<std::string>()) : *at)
        .second.push_back(quoted_name(problem));
  }
  std::vector<std::string> more;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& [problem, names] = rows[i];
    if (names.size() > 1) problem.where = "trajectories " + list_names(names, kNamed);
    if (i < kListed) out.push_back(problem);
    if (i >= kListed) more.insert(more.end(), names.begin(), names.end());
  }
  if (more.empty()) return;
  out.push_back({Severity::error, "dataset",
                 fmt::format("{} more trajectories cannot be used: {}", more.size(), list_names(more, kNamed)),
                 "mend those that are explained and look again"});
}

void find_left_out(const Inspection& seen, const InspectionFacts&, Problems& out) {
  if (seen.info.left_out_fields.empty()) return;
  std::vector<std::string> left_out, fields;
  left_out.reserve(seen.info.left_out_fields.size());
  for (const ObservationField& field : seen.info.left_out_fields) {
    left_out.push_back(fmt::format("{} ({} numbers a step)", field.name, field.dim));
  }
  fields.reserve(seen.info.observation_fields.size());
  for (const ObservationField& field : seen.info.observation_fields) fields.push_back(field.name);
  if (seen.info.format.starts_with("lerobot_")) {
    out.push_back({Severity::note,
                   fmt::format("{} {}", left_out.size() == 1 ? "feature" : "features", list_names(left_out)),
                   "images and videos are listed, not decoded: nothing here learns from them",
                   "nothing to do, unless the task needs to see"});
    return;
  }
  const std::string named =
      fields.empty() ? seen.info.left_out_fields.front().name : fmt::format("{}", fmt::join(fields, ","));
  out.push_back(
      {Severity::warning,
       fmt::format("observation {} {}", left_out.size() == 1 ? "field" : "fields", list_names(left_out)),
       "no vector a step (an image?): left out here, and learning refuses the file as long as no fields are named",
       "name the fields to learn from: --observation " + named});
}

void find_unread(const Inspection& seen, const InspectionFacts&, Problems& out) {
  if (seen.info.unread.empty()) return;
  out.push_back({Severity::note, "dataset", "in the file, but not read: " + list_names(seen.info.unread),
                 "nothing to mend for learning; converting loses it"});
}

void find_constant(const Inspection& seen, const InspectionFacts&, Problems& out) {
  Dimensions dims;
  std::vector<std::string> values;
  for (std::size_t d = 0; d < seen.actions.min.size(); ++d) {
    if (seen.actions.min[d] != seen.actions.max[d]) continue;
    dims.push_back(d);
    values.push_back(short_number(seen.actions.min[d]));
  }
  if (dims.empty()) return;
  out.push_back({Severity::warning, where_of_actions(seen, dims),
                 fmt::format("constant: {} in all {} steps", list_names(values), seen.steps),
                 "leave out what is constant, or expect one token for it; statistics of it say nothing"});
}

void find_switches(const Inspection& seen, const InspectionFacts& facts, Problems& out) {
  Dimensions dims;
  std::vector<std::string> values;
  for (std::size_t d = 0; d < seen.actions.min.size(); ++d) {
    const double low = seen.actions.min[d], high = seen.actions.max[d];
    if (low == high || !is_linear_action(seen, d) || facts.at_min[d] + facts.at_max[d] != seen.steps) continue;
    dims.push_back(d);
    values.push_back(fmt::format("[{}, {}]", short_number(low), short_number(high)));
  }
  if (dims.empty()) return;
  out.push_back(
      {Severity::note, where_of_actions(seen, dims), fmt::format("two values only: {}", list_names(values)),
       fmt::format("if it is a switch (a gripper), declare it: --kinds '{}=binary'; two tokens hold it exactly",
                   fmt::join(dims, "=binary,"))});
}

/// Kinds that the numbers suggest, with the reason; binary ones are find_switches'.
void find_kinds(const Inspection& seen, const InspectionFacts& facts, Problems& out) {
  for (const KindProposal& proposal : facts.kinds) {
    Dimensions dims(proposal.width);
    std::iota(dims.begin(), dims.end(), proposal.first);
    const bool declared =
        std::any_of(dims.begin(), dims.end(), [&](std::size_t d) { return !is_linear_action(seen, d); });
    if (declared || proposal.kind == "binary") continue;
    out.push_back({Severity::note, where_of_actions(seen, dims), proposal.reason,
                   fmt::format("if that is what it is, declare it: --kinds '{}'", kinds_text({&proposal, 1}))});
  }
}

/// Classes of equal dimensions; constant ones, of which find_constant speaks, left out.
std::vector<std::string> moving_classes(const std::vector<Dimensions>& classes, const std::vector<double>& low,
                                        const std::vector<double>& high) {
  std::vector<std::string> texts;
  for (const Dimensions& dims : classes) {
    if (low[dims.front()] != high[dims.front()]) texts.push_back(list_numbers(dims));
  }
  return texts;
}

void find_equal_dimensions(const Inspection& seen, const InspectionFacts& facts, Problems& out) {
  const auto actions = moving_classes(facts.equal_actions, seen.actions.min, seen.actions.max);
  const auto what = [](std::size_t n) { return n == 1 ? "equal in every step" : "in each group equal in every step"; };
  if (!actions.empty()) {
    out.push_back({Severity::warning, fmt::format("action dimensions {}", fmt::join(actions, "; ")),
                   what(actions.size()),
                   "keep one of them and copy it in deployment; the others cost tokens and add nothing"});
  }
  const auto observations = moving_classes(facts.equal_observations, seen.observations.min, seen.observations.max);
  if (observations.empty()) return;
  out.push_back({Severity::note, fmt::format("observation dimensions {}", fmt::join(observations, "; ")),
                 what(observations.size()), "harmless to a network; one of them is enough"});
}

void find_constant_observations(const Inspection& seen, const InspectionFacts&, Problems& out) {
  Dimensions dims;
  for (std::size_t d = 0; d < seen.observations.min.size(); ++d) {
    if (seen.observations.min[d] == seen.observations.max[d]) dims.push_back(d);
  }
  if (dims.empty()) return;
  out.push_back(
      {Severity::note,
       fmt::format("observation {} {}", dims.size() == 1 ? "dimension" : "dimensions", list_numbers(dims)),
       fmt::format("constant in all {} steps", seen.steps),
       "nothing can be learned from it; it is normalised to 0, and a robot on which it moves is another one"});
}

void find_missing(const Inspection&, const InspectionFacts& facts, Problems& out) {
  if (facts.missing.empty()) return;
  out.push_back({Severity::note, "dataset",
                 fmt::format("the numbering of trajectories leaves out {}", list_names(facts.missing)),
                 "if they were not left out on purpose, look for them"});
}

void find_equal_trajectories(const Inspection&, const InspectionFacts& facts, Problems& out) {
  if (facts.equal_trajectories.empty()) return;
  std::vector<std::string> copies, originals;
  for (const auto& [original, copy] : facts.equal_trajectories) {
    copies.push_back("'" + copy + "'");
    originals.push_back("'" + original + "'");
  }
  out.push_back(
      {Severity::warning, fmt::format("{} {}", copies.size() == 1 ? "trajectory" : "trajectories", list_names(copies)),
       fmt::format("the same numbers as {}; split between training and validation they leak", list_names(originals)),
       "leave copies out"});
}

void find_repeated_state(const Inspection& seen, const InspectionFacts&, Problems& out) {
  std::vector<double> high;
  std::string lag;
  if (const auto& at = seen.action_state_lag) {
    lag = fmt::format("; closest at a lag of {} {}: {:.2g} std, {:.2g} at lag 0", at->lag,
                      at->lag == 1 ? "step" : "steps", at->distance, at->distance_now);
    if (at->lag == 0) lag = fmt::format("; closest without a lag: {:.2g} std", at->distance);
  }
  for (const double r : seen.action_state_correlation) {
    if (r >= kRepeatsState) high.push_back(r);
  }
  if (high.empty() || 2 * high.size() < seen.action_state_correlation.size()) return;
  const auto [low, top] = std::minmax_element(high.begin(), high.end());
  out.push_back({Severity::warning, "actions and observations",
                 fmt::format("a_t is close to s_t in {} of {} dimensions (correlation {:.3g} to {:.3g}){}", high.size(),
                             seen.action_state_correlation.size(), *low, *top, lag),
                 "judge an offline error against that of repeating the state; think of relative or delta actions"});
}

/// robomimic's environments take actions in [−1, 1] and clip what they are given.
void find_unnormalised(const Inspection& seen, const InspectionFacts&, Problems& out) {
  if (!seen.range.low.empty() || seen.info.format != "robomimic") return;
  Dimensions dims;
  for (std::size_t d = 0; d < seen.actions.min.size(); ++d) {
    if (is_linear_action(seen, d) && (seen.actions.min[d] < -1.0 || seen.actions.max[d] > 1.0)) dims.push_back(d);
  }
  if (dims.empty()) return;
  out.push_back({Severity::note, where_of_actions(seen, dims),
                 "beyond [−1, 1], which robomimic and many simulators expect of actions, and clip them to",
                 "if this plant clips them too, say so (--system): a clipped expert sits on its bounds"});
}

void find_repeats(const Inspection& seen, const InspectionFacts&, Problems& out) {
  if (!(seen.repeat_rate >= kRepeats) || seen.actions.min == seen.actions.max) return;
  out.push_back({Severity::warning, "actions",
                 fmt::format("{} of them equal the one before in every dimension",
                             list_shares(std::array<double, 1>{seen.repeat_rate})),
                 "held commands or idle stretches: a learner that repeats its last action looks good here and never "
                 "starts; record at the rate of the commands, or trim where nothing moves"});
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

Problem unreadable_trajectory(const std::string& path, const std::string& name, const std::string& message) {
  const std::string where = fmt::format("trajectory '{}'", name);
  std::string what = message, remedy = "mend it or leave it out; nothing learns from a file with such a trajectory";
  // "a.hdf5: trajectory 'demo_3', actions, row 7 …" → "actions, row 7 …"
  if (what.starts_with(path + ": ")) what.erase(0, path.size() + 2);
  if (const std::size_t at = what.find(where); at == 0 || (at < what.size() && what.substr(0, at).ends_with(": "))) {
    what.erase(0, what.find_first_not_of(" ,:", at + where.size()));
  }
  if (const std::size_t at = what.rfind("; "); at != std::string::npos) {
    remedy = what.substr(at + 2);
    what.resize(at);
  }
  return {Severity::error, where, what, remedy};
}

namespace {

bool is_worse(const Problem& a, const Problem& b) { return a.severity < b.severity; }

}  // namespace

std::vector<Problem> find_problems(const Inspection& inspection, const InspectionFacts& facts) {
  Problems problems;
  find_unreadable(inspection, facts, problems);
  find_left_out(inspection, facts, problems);
  find_unread(inspection, facts, problems);
  if (inspection.steps > 0) {
    for (const auto find :
         {find_constant, find_switches, find_kinds, find_equal_dimensions, find_equal_trajectories, find_saturation,
          find_unnormalised, find_repeated_state, find_repeats, find_unequal_lengths, find_timing, find_small,
          find_missing, find_constant_observations, find_rewards, find_partial_fields}) {
      find(inspection, facts, problems);
    }
  }
  std::stable_sort(problems.begin(), problems.end(), is_worse);
  return problems;
}

void add_problems(Inspection& inspection, std::vector<Problem> problems) {
  std::move(problems.begin(), problems.end(), std::back_inserter(inspection.problems));
  std::stable_sort(inspection.problems.begin(), inspection.problems.end(), is_worse);
}

}  // namespace pianola
