#include "pianola/data/inspect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <unordered_map>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/data/column_statistics.hpp"
#include "pianola/data/equal_columns.hpp"
#include "pianola/data/inspect_problems.hpp"
#include "pianola/data/missing_names.hpp"
#include "pianola/data/order_statistics.hpp"
#include "pianola/data/streamed_quantiles.hpp"

namespace pianola {
namespace {

/// All that is seen of one matrix, actions or observations, column by column.
struct MatrixLook {
  ColumnStatistics statistics;
  ColumnHistograms histograms;
  EqualColumns equal;
  StreamedQuantiles quantiles;

  MatrixLook(std::size_t columns, std::size_t memory)
      : statistics(columns), histograms(columns), equal(columns), quantiles(columns, kInspectedQuantiles, memory) {}
  void add(std::span<const double> rows) {
    statistics.add(rows);
    histograms.add(rows);
    equal.add(rows);
    quantiles.add(rows);
  }
  [[nodiscard]] InspectedColumns columns() {
    return {statistics.min(),       statistics.max(),      statistics.mean(),
            statistics.deviation(), quantiles.quantiles(), histograms.histograms(kHistogramBins)};
  }
};

/// Collects everything in one pass, trajectory by trajectory.
class Collector {
 public:
  Collector(const DatasetInfo& info, const InspectOptions& options, Inspection& out);
  void add(const Trajectory& t);
  void reject(const std::string& name, const std::string& message);
  /// Further passes over the readable trajectories, if their numbers did not fit into memory.
  void find_quantiles(TrajectoryReader& reader, Progress& progress);
  void finish();

  InspectionFacts facts;

 private:
  void add_range(std::span<const double> actions);
  void add_repeats(std::span<const double> actions);
  void count_fields(const Trajectory& t);
  void add_rewards(const Trajectory& t);
  void add_timing(const Trajectory& t);
  void add_identity(const Trajectory& t);
  void finish_lengths();
  void finish_range();
  void finish_columns();
  void finish_returns();

  Inspection& seen_;
  std::size_t dim_;
  MatrixLook actions_, observations_;
  std::optional<ColumnCorrelation> correlation_;
  KindEvidence kinds_;
  std::optional<ActionStateDistance> distance_;
  std::vector<std::size_t> at_or_beyond_, beyond_;
  std::size_t repeats_ = 0, followers_ = 0;
  std::array<std::size_t, 5> field_counts_{};
  std::vector<double> returns_;
  std::vector<std::pair<std::size_t, std::string>> lengths_;
  std::unordered_map<std::string, std::string> hashes_;
};

ActionRange range_of(const DatasetInfo& info, const InspectOptions& options) {
  const ActionRange range = options.range.value_or(info.action_range);
  if (range.low.empty() && range.high.empty()) return range;
  if (range.low.size() == info.action_dim && range.high.size() == info.action_dim) return range;
  throw UsageError(fmt::format("{}: a range of {} dimensions was given, but actions have {}; is it another system's?",
                               info.path, std::max(range.low.size(), range.high.size()), info.action_dim));
}

/// A matrix's part of `memory`.
std::size_t share_of(std::size_t memory, std::size_t columns, std::size_t all) {
  return memory / std::max<std::size_t>(all, 1) * columns;
}

Collector::Collector(const DatasetInfo& info, const InspectOptions& options, Inspection& out)
    : seen_(out),
      dim_(info.action_dim),
      actions_(info.action_dim, share_of(options.memory, info.action_dim, info.action_dim + info.observation_dim)),
      observations_(info.observation_dim,
                    share_of(options.memory, info.observation_dim, info.action_dim + info.observation_dim)),
      kinds_(info.action_dim),
      at_or_beyond_(info.action_dim),
      beyond_(info.action_dim) {
  seen_.range = range_of(info, options);
  if (info.observation_dim != dim_) return;
  correlation_.emplace(dim_);
  distance_.emplace(dim_);
}

void Collector::add(const Trajectory& t) {
  ++seen_.readable;
  seen_.steps += t.steps;
  ++seen_.outcomes[t.outcome];
  lengths_.emplace_back(t.steps, t.name);
  actions_.add(t.actions);
  kinds_.add(t.actions);
  add_range(t.actions);
  add_repeats(t.actions);
  observations_.add(t.observations);
  if (correlation_) correlation_->add(t.actions, t.observations);
  if (distance_) distance_->add(t.actions, t.observations);
  count_fields(t);
  add_rewards(t);
  add_timing(t);
  add_identity(t);
}

void Collector::reject(const std::string& name, const std::string& message) {
  facts.unreadable.push_back(unreadable_trajectory(seen_.info.path, name, message));
}

void Collector::add_range(std::span<const double> actions) {
  if (seen_.range.low.empty()) return;
  for (std::size_t i = 0; i < actions.size(); i += dim_) {
    for (std::size_t d = 0; d < dim_; ++d) {
      const double x = actions[i + d], low = seen_.range.low[d], high = seen_.range.high[d];
      at_or_beyond_[d] += x <= low || x >= high;
      beyond_[d] += x < low || x > high;
    }
  }
}

void Collector::add_repeats(std::span<const double> actions) {
  for (std::size_t i = dim_; i < actions.size(); i += dim_) {
    const auto row = actions.subspan(i, dim_), before = actions.subspan(i - dim_, dim_);
    repeats_ += std::equal(row.begin(), row.end(), before.begin());
    ++followers_;
  }
}

void Collector::count_fields(const Trajectory& t) {
  const std::vector<double>* const fields[] = {&t.rewards, &t.dones, &t.next_observations, &t.timestamps,
                                               &t.executed_actions};
  for (std::size_t i = 0; i < field_counts_.size(); ++i) field_counts_[i] += !fields[i]->empty();
}

void Collector::add_rewards(const Trajectory& t) {
  double sum = 0.0;
  for (const double reward : t.rewards) sum += reward;
  if (!t.rewards.empty()) returns_.push_back(sum);
  const auto early = std::find_if(t.dones.begin(), t.dones.end(), [](double done) { return done != 0.0; });
  if (early != t.dones.end() && early + 1 != t.dones.end()) facts.early_dones.push_back(t.name);
}

void Collector::add_timing(const Trajectory& t) {
  if (t.timestamps.size() < 2) return;
  std::vector<double> intervals(t.timestamps.size() - 1);
  for (std::size_t i = 0; i < intervals.size(); ++i) intervals[i] = t.timestamps[i + 1] - t.timestamps[i];
  if (!seen_.timing) {
    const double half = 0.5;
    std::vector<double> copy = intervals;
    seen_.timing = Timing{.interval = exact_quantiles(copy, {&half, 1}).front(),
                          .shortest = std::numeric_limits<double>::infinity(),
                          .longest = -std::numeric_limits<double>::infinity()};
  }
  Timing& timing = *seen_.timing;
  for (const double interval : intervals) {
    timing.shortest = std::min(timing.shortest, interval);
    timing.longest = std::max(timing.longest, interval);
    ++timing.intervals;
    timing.irregular += interval <= 0.0 || std::abs(interval - timing.interval) > 0.1 * timing.interval;
  }
}

void Collector::add_identity(const Trajectory& t) {
  const std::string hash =
      hash_hex(std::as_bytes(std::span(t.observations))) + hash_hex(std::as_bytes(std::span(t.actions)));
  const auto [at, is_new] = hashes_.try_emplace(hash, t.name);
  if (!is_new) facts.equal_trajectories.emplace_back(at->second, t.name);
}

void Collector::finish_lengths() {
  if (lengths_.empty()) return;
  std::stable_sort(lengths_.begin(), lengths_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  facts.shortest = lengths_.front().second;
  facts.longest = lengths_.back().second;
  const std::size_t middle = lengths_.size() / 2;
  const double below = static_cast<double>(lengths_[(lengths_.size() - 1) / 2].first);
  seen_.steps_per_trajectory = {lengths_.front().first, lengths_.back().first,
                                0.5 * (below + static_cast<double>(lengths_[middle].first))};
}

void Collector::finish_range() {
  if (seen_.range.low.empty()) return;
  for (std::size_t d = 0; d < dim_; ++d) {
    seen_.saturated_fraction.push_back(static_cast<double>(at_or_beyond_[d]) / static_cast<double>(seen_.steps));
    seen_.outside_fraction.push_back(static_cast<double>(beyond_[d]) / static_cast<double>(seen_.steps));
  }
}

void Collector::finish_columns() {
  facts.kinds = kinds_.propose(seen_.info.action_names);
  facts.at_min = actions_.statistics.at_min();
  facts.at_max = actions_.statistics.at_max();
  facts.equal_actions = actions_.equal.classes();
  facts.equal_observations = observations_.equal.classes();
  seen_.actions = actions_.columns();
  seen_.observations = observations_.columns();
}

void Collector::finish_returns() {
  if (returns_.empty()) return;
  seen_.returns = mean_estimate(returns_);
  const auto [low, high] = std::minmax_element(returns_.begin(), returns_.end());
  seen_.return_min = *low;
  seen_.return_max = *high;
}

void Collector::find_quantiles(TrajectoryReader& reader, Progress& progress) {
  StreamedQuantiles &actions = actions_.quantiles, &observations = observations_.quantiles;
  actions.end_pass();
  observations.end_pass();
  while (!actions.done() || !observations.done()) {
    progress.begin("quantiles", seen_.readable, "trajectories");
    for (const std::size_t i : seen_.readable_trajectories) {
      throw_if_interrupted();
      if (observations.done()) {
        actions.add(reader.read_actions(i));
      } else {
        const Trajectory t = reader.read(i);
        observations.add(t.observations);
        if (!actions.done()) actions.add(t.actions);
      }
      progress.advance(1);
    }
    if (!actions.done()) actions.end_pass();
    if (!observations.done()) observations.end_pass();
    progress.end();
  }
}

void Collector::finish() {
  if (seen_.steps == 0) return;
  finish_lengths();
  finish_range();
  finish_columns();
  finish_returns();
  constexpr std::array<const char*, 5> kFields{"rewards", "dones", "next observations", "timestamps",
                                               "executed actions"};
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    if (field_counts_[i] % seen_.readable != 0) facts.partial_fields.emplace_back(kFields[i], field_counts_[i]);
  }
  if (followers_ > 0) seen_.repeat_rate = static_cast<double>(repeats_) / static_cast<double>(followers_);
  if (correlation_) seen_.action_state_correlation = correlation_->correlation();
  if (distance_) seen_.action_state_lag = distance_->lag(seen_.actions.std);
}

}  // namespace

const char* severity_name(Severity severity) {
  constexpr const char* kNames[] = {"error", "warning", "note"};
  return kNames[static_cast<std::size_t>(severity)];
}

Inspection inspect(TrajectoryReader& reader, Progress* progress, const InspectOptions& options) {
  Progress& shown = progress == nullptr ? no_progress() : *progress;
  Inspection seen;
  seen.info = reader.info();
  seen.trajectories = reader.size();
  Collector collector(seen.info, options, seen);
  shown.begin("inspect", reader.size(), "trajectories");
  for (std::size_t i = 0; i < reader.size(); ++i) {
    throw_if_interrupted();
    try {
      collector.add(reader.read(i));
      seen.readable_trajectories.push_back(i);
    } catch (const DataError& error) {
      collector.reject(reader.name(i), error.what());
    }
    shown.advance(1);
  }
  shown.end();
  if (seen.steps > 0) collector.find_quantiles(reader, shown);
  collector.finish();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < reader.size(); ++i) names.push_back(reader.name(i));
  collector.facts.missing = missing_names(names);
  seen.problems = find_problems(seen, collector.facts);
  return seen;
}

}  // namespace pianola
