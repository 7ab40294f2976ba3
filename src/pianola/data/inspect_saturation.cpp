#include "pianola/data/inspect_saturation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "pianola/data/listed.hpp"

namespace pianola {

std::string where_of_actions(const Inspection& seen, std::span<const std::size_t> dims) {
  constexpr std::size_t kNamed = 4;
  const std::string start = dims.size() == 1 ? "action dimension " : "action dimensions ";
  if (seen.info.action_names.empty() || dims.size() > kNamed) return start + list_numbers(dims);
  std::vector<std::string> named;
  for (const std::size_t d : dims) named.push_back(fmt::format("{} ({})", d, seen.info.action_names[d]));
  return start + list_names(named);
}

bool is_linear_action(const Inspection& seen, std::size_t d) {
  return seen.info.action_kinds.empty() || seen.info.action_kinds[d] == ActionKind::linear;
}

namespace {

constexpr double kSaturated = 0.01;       // share of actions at a bound from which it matters
constexpr std::size_t kFewestAtoms = 10;  // so many equal extremes are no accident

using Problems = std::vector<Problem>;
using Dimensions = std::vector<std::size_t>;

/// Where actions lie at or beyond the range.
struct Saturation {
  Dimensions dims;
  std::vector<double> shares, beyond;
  std::vector<std::string> ranges;
  double low = 0.0, high = 0.0;  ///< of all that lie beyond
};

Saturation saturation_of(const Inspection& seen) {
  Saturation found;
  for (std::size_t d = 0; d < seen.saturated_fraction.size(); ++d) {
    const double share = seen.saturated_fraction[d], outside = seen.outside_fraction[d];
    if (!is_linear_action(seen, d) || (share < kSaturated && outside == 0.0)) continue;
    found.dims.push_back(d);
    found.shares.push_back(share);
    found.ranges.push_back(fmt::format("[{}, {}]", short_number(seen.range.low[d]), short_number(seen.range.high[d])));
    if (outside == 0.0) continue;
    found.low = found.beyond.empty() ? seen.actions.min[d] : std::min(found.low, seen.actions.min[d]);
    found.high = found.beyond.empty() ? seen.actions.max[d] : std::max(found.high, seen.actions.max[d]);
    found.beyond.push_back(outside);
  }
  return found;
}

constexpr const char* kUseEnds =
    "use representatives at the ends of the range (representatives=ends), which bin centres never reach";

void find_saturation_in_range(const Inspection& seen, Problems& out) {
  const Saturation found = saturation_of(seen);
  if (found.dims.empty()) return;
  const bool all_beyond = found.beyond == found.shares;  // nobody clipped them
  std::string what = fmt::format("{} of the actions lie {} the range {}", list_shares(found.shares),
                                 all_beyond ? "beyond" : "at or beyond", list_names(found.ranges));
  if (found.shares.size() > 1) {
    const double all = std::accumulate(seen.saturated_fraction.begin(), seen.saturated_fraction.end(), 0.0);
    what += fmt::format(" ({} of all dimensions together)",
                        list_shares(std::array{all / static_cast<double>(seen.saturated_fraction.size())}));
  }
  std::string remedy = kUseEnds;
  if (!found.beyond.empty()) {
    if (!all_beyond) what += fmt::format(", {} beyond it", list_shares(found.beyond));
    what += fmt::format(": they span [{}, {}]", short_number(found.low), short_number(found.high));
    remedy += "; check units and range if actions beyond it are not meant";
  }
  out.push_back({Severity::warning, where_of_actions(seen, found.dims), std::move(what), std::move(remedy)});
}

/// Actions that are exactly one extreme of the data, dimension by dimension.
struct Atoms {
  const char* extreme;
  Dimensions dims = {};
  std::vector<double> shares = {};
  std::vector<std::string> values = {};

  void add(const Inspection& seen, std::size_t d, std::size_t count, double value) {
    const double share = static_cast<double>(count) / static_cast<double>(seen.steps);
    if (count < kFewestAtoms || share < kSaturated) return;
    dims.push_back(d);
    shares.push_back(share);
    values.push_back(short_number(value));
  }
  [[nodiscard]] std::string text() const {
    return fmt::format("{} of the actions are exactly the {}, {}", list_shares(shares), extreme, list_names(values));
  }
};

/// Without a range, many actions that equal the smallest or the largest betray one.
void find_atoms(const Inspection& seen, const InspectionFacts& facts, Problems& out) {
  Atoms smallest{"smallest"}, largest{"largest"};
  for (std::size_t d = 0; d < seen.actions.min.size(); ++d) {
    if (!is_linear_action(seen, d) || facts.at_min[d] + facts.at_max[d] >= seen.steps) continue;
    smallest.add(seen, d, facts.at_min[d], seen.actions.min[d]);
    largest.add(seen, d, facts.at_max[d], seen.actions.max[d]);
  }
  std::vector<std::string> parts;
  std::set<std::size_t> dims;
  for (const Atoms* atoms : {&smallest, &largest}) {
    if (!atoms->dims.empty()) parts.push_back(atoms->text());
    dims.insert(atoms->dims.begin(), atoms->dims.end());
  }
  if (parts.empty()) return;
  out.push_back({Severity::warning, where_of_actions(seen, std::vector<std::size_t>(dims.begin(), dims.end())),
                 fmt::format("{}: they were saturated", fmt::join(parts, ", and ")), kUseEnds});
}

}  // namespace

void find_saturation(const Inspection& seen, const InspectionFacts& facts, std::vector<Problem>& out) {
  if (!seen.range.low.empty()) return find_saturation_in_range(seen, out);
  find_atoms(seen, facts, out);
  out.push_back({Severity::note, "dataset",
                 "no action range is recorded; schemes that need one take the data's extremes",
                 "give the range of the system or robot if there is one"});
}

}  // namespace pianola
