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
#include "pianola/data/inspect_problems.hpp"
#include "pianola/data/order_statistics.hpp"

namespace pianola {
namespace {

/// Collects everything in one pass, trajectory by trajectory.
class Collector {
 public:
  Collector(const DatasetInfo& info, const InspectOptions& options, bool keep_actions, Inspection& out);
  void add(const Trajectory& t);
  void reject(const std::string& name, const std::string& message);
  void finish();

  InspectionFacts facts;
  std::vector<std::vector<double>> columns;  ///< actions by dimension, if they are kept

 private:
  void add_actions(const Trajectory& t);
  void add_range(std::span<const double> actions);
  void drop_unequal_dimensions(std::span<const double> actions);
  void count_fields(const Trajectory& t);
  void add_rewards(const Trajectory& t);
  void add_timing(const Trajectory& t);
  void add_identity(const Trajectory& t);
  void finish_lengths();
  void finish_range();

  Inspection& seen_;
  std::size_t dim_;
  ColumnStatistics actions_, observations_;
  std::optional<ColumnCorrelation> correlation_;
  KindEvidence kinds_;
  std::vector<std::size_t> at_or_beyond_, beyond_;
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

Collector::Collector(const DatasetInfo& info, const InspectOptions& options, bool keep_actions, Inspection& out)
    : seen_(out),
      dim_(info.action_dim),
      actions_(info.action_dim),
      observations_(info.observation_dim),
      kinds_(info.action_dim),
      at_or_beyond_(info.action_dim),
      beyond_(info.action_dim) {
  seen_.range = range_of(info, options);
  columns.resize(keep_actions ? dim_ : 0);
  if (info.observation_dim == dim_) correlation_.emplace(dim_);
  for (std::size_t a = 0; a < dim_; ++a) {
    for (std::size_t b = a + 1; b < dim_; ++b) facts.equal_dimensions.emplace_back(a, b);
  }
}

void Collector::add(const Trajectory& t) {
  ++seen_.readable;
  seen_.steps += t.steps;
  ++seen_.outcomes[t.outcome];
  lengths_.emplace_back(t.steps, t.name);
  add_actions(t);
  observations_.add(t.observations);
  if (correlation_) correlation_->add(t.actions, t.observations);
  count_fields(t);
  add_rewards(t);
  add_timing(t);
  add_identity(t);
}

void Collector::reject(const std::string& name, const std::string& message) {
  facts.unreadable.push_back(unreadable_trajectory(seen_.info.path, name, message));
}

void Collector::add_actions(const Trajectory& t) {
  actions_.add(t.actions);
  kinds_.add(t.actions);
  add_range(t.actions);
  drop_unequal_dimensions(t.actions);
  for (std::size_t d = 0; d < columns.size(); ++d) {
    for (std::size_t i = d; i < t.actions.size(); i += dim_) columns[d].push_back(t.actions[i]);
  }
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

void Collector::drop_unequal_dimensions(std::span<const double> actions) {
  for (std::size_t i = 0; i < actions.size() && !facts.equal_dimensions.empty(); i += dim_) {
    std::erase_if(facts.equal_dimensions,
                  [&](const auto& pair) { return actions[i + pair.first] != actions[i + pair.second]; });
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

void Collector::finish() {
  if (seen_.steps == 0) return;
  finish_lengths();
  finish_range();
  constexpr std::array<const char*, 5> kFields{"rewards", "dones", "next observations", "timestamps",
                                               "executed actions"};
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    if (field_counts_[i] % seen_.readable != 0) facts.partial_fields.emplace_back(kFields[i], field_counts_[i]);
  }
  facts.kinds = kinds_.propose(seen_.info.action_names);
  facts.at_min = actions_.at_min();
  facts.at_max = actions_.at_max();
  seen_.action_min = actions_.min();
  seen_.action_max = actions_.max();
  seen_.action_mean = actions_.mean();
  seen_.action_std = actions_.deviation();
  seen_.observation_min = observations_.min();
  seen_.observation_max = observations_.max();
  seen_.observation_mean = observations_.mean();
  seen_.observation_std = observations_.deviation();
  if (correlation_) seen_.action_state_correlation = correlation_->correlation();
  if (returns_.empty()) return;
  seen_.returns = mean_estimate(returns_);
  const auto [low, high] = std::minmax_element(returns_.begin(), returns_.end());
  seen_.return_min = *low;
  seen_.return_max = *high;
}

/// Quantiles of actions that do not fit into memory, in further passes over the readable trajectories.
std::vector<std::vector<double>> streamed_quantiles(TrajectoryReader& reader, std::span<const std::size_t> readable,
                                                    std::size_t steps, Progress& progress) {
  StreamedQuantiles quantiles(reader.info().action_dim, steps, kInspectedQuantiles);
  progress.begin("quantiles", readable.size() * StreamedQuantiles::kPasses, "trajectories");
  for (int pass = 0; pass < StreamedQuantiles::kPasses; ++pass) {
    for (const std::size_t i : readable) {
      throw_if_interrupted();
      quantiles.add(reader.read_actions(i));
      progress.advance(1);
    }
    quantiles.end_pass();
  }
  progress.end();
  return quantiles.quantiles();
}

/// Steps that the file claims, bad trajectories left out.
std::size_t claimed_steps(TrajectoryReader& reader) {
  std::size_t steps = 0;
  for (std::size_t i = 0; i < reader.size(); ++i) {
    try {
      steps += reader.steps(i);
    } catch (const DataError&) {  // the pass reports it
    }
  }
  return steps;
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
  const std::size_t claimed = claimed_steps(reader);
  const bool keep = claimed <= options.memory / sizeof(double) / std::max<std::size_t>(1, seen.info.action_dim);
  Collector collector(seen.info, options, keep, seen);
  for (auto& column : collector.columns) column.reserve(claimed);
  std::vector<std::size_t> readable;
  shown.begin("inspect", reader.size(), "trajectories");
  for (std::size_t i = 0; i < reader.size(); ++i) {
    throw_if_interrupted();
    try {
      collector.add(reader.read(i));
      readable.push_back(i);
    } catch (const DataError& error) {
      collector.reject(reader.name(i), error.what());
    }
    shown.advance(1);
  }
  shown.end();
  collector.finish();
  if (keep && seen.steps > 0) {
    for (auto& column : collector.columns) {
      seen.action_quantiles.push_back(exact_quantiles(column, kInspectedQuantiles));
    }
  } else if (seen.steps > 0) {
    seen.action_quantiles = streamed_quantiles(reader, readable, seen.steps, shown);
  }
  seen.problems = find_problems(seen, collector.facts);
  return seen;
}

}  // namespace pianola
