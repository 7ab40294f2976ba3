#include "pianola/data/flat_episodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

constexpr std::size_t kNone = SIZE_MAX;

/// Finds the ends of the episodes of one dataset.
class EndFinder {
 public:
  EndFinder(FlatColumns& columns, std::span<const NamedRole> named, std::size_t steps, const DatasetInfo& info)
      : columns_(columns), named_(named), steps_(steps), info_(info) {}

  [[nodiscard]] FlatEpisodes find(const ReadOptions& options);

 private:
  [[nodiscard]] std::size_t column(std::initializer_list<std::string_view> names) const;
  [[nodiscard]] std::size_t of_role(FieldRole role) const;
  void require_a_row_a_step(std::size_t field) const;
  template <class Visit>
  void for_each(std::size_t field, Visit&& visit) const;
  [[nodiscard]] FlatEpisodes from_ends(std::size_t field) const;
  [[nodiscard]] FlatEpisodes from_numbers(std::size_t field) const;
  [[nodiscard]] FlatEpisodes from_starts(std::size_t field) const;
  [[nodiscard]] FlatEpisodes from_flags(std::size_t terminated, std::size_t truncated) const;
  [[nodiscard]] FlatEpisodes from_limit(std::size_t terminated, std::size_t limit) const;
  [[nodiscard]] std::size_t recorded_limit() const;
  void check_flag(std::size_t field, std::size_t row, double value) const;
  [[noreturn]] void throw_no_marks(std::size_t terminated) const;

  FlatColumns& columns_;
  std::span<const NamedRole> named_;
  std::size_t steps_;
  const DatasetInfo& info_;
};

std::size_t EndFinder::column(std::initializer_list<std::string_view> names) const {
  for (const std::string_view name : names) {
    for (std::size_t i = 0; i < columns_.fields().size(); ++i) {
      if (columns_.fields()[i].name == name) return i;
    }
  }
  return kNone;
}

std::size_t EndFinder::of_role(FieldRole role) const {
  for (std::size_t i = 0; i < named_.size(); ++i) {
    if (named_[i].role == role) return i;
  }
  return kNone;
}

void EndFinder::require_a_row_a_step(std::size_t field) const {
  const StoredField& stored = columns_.fields()[field];
  if (columns_.rows(field) == steps_ && numbers_a_step(stored, info_.path) == 1) return;
  throw DataError(fmt::format("{}: '{}' has {} rows of {} numbers, but one number for each of {} steps is required",
                              info_.path, stored.name, columns_.rows(field), numbers_a_step(stored, info_.path),
                              steps_));
}

template <class Visit>
void EndFinder::for_each(std::size_t field, Visit&& visit) const {
  constexpr std::size_t kBlock = std::size_t{1} << 15;
  std::vector<double> block(std::min(kBlock, columns_.rows(field)));
  for (std::size_t begin = 0; begin < columns_.rows(field); begin += block.size()) {
    const std::span<double> part = std::span(block).first(std::min(block.size(), columns_.rows(field) - begin));
    columns_.read(field, begin, part);
    for (std::size_t i = 0; i < part.size(); ++i) visit(begin + i, part[i]);
  }
}

void EndFinder::check_flag(std::size_t field, std::size_t row, double value) const {
  if (value == 0.0 || value == 1.0) return;
  throw DataError(fmt::format("{}: '{}', row {} (counted from 0): 0 or 1 is required, but it is {}", info_.path,
                              columns_.fields()[field].name, row, value));
}

FlatEpisodes EndFinder::from_ends(std::size_t field) const {
  const std::string& name = columns_.fields()[field].name;
  if (numbers_a_step(columns_.fields()[field], info_.path) != 1) {
    throw DataError(fmt::format("{}: '{}' must be a list of numbers", info_.path, name));
  }
  FlatEpisodes episodes;
  double before = 0.0;
  for_each(field, [&](std::size_t row, double end) {
    if (!(end > before) || end > static_cast<double>(steps_) ||
        end != static_cast<double>(static_cast<std::size_t>(end))) {
      throw DataError(
          fmt::format("{}: '{}', entry {} (counted from 0) is {}, but ends must rise from above {} to the {} "
                      "rows of the actions; the dataset was cut or edited",
                      info_.path, name, row, end, before, steps_));
    }
    episodes.ends.push_back(static_cast<std::size_t>(end));
    before = end;
  });
  if (!episodes.ends.empty() && episodes.ends.back() == steps_) return episodes;
  throw DataError(fmt::format("{}: '{}' ends at {}, but the actions have {} rows; the dataset was cut or edited",
                              info_.path, name, before, steps_));
}

FlatEpisodes EndFinder::from_numbers(std::size_t field) const {
  constexpr double kLargest = 0x1p53;  // beyond it, two numbers may be one double
  require_a_row_a_step(field);
  FlatEpisodes episodes;
  std::set<double> seen;
  double current = 0.0;
  for_each(field, [&](std::size_t row, double episode) {
    if (row > 0 && episode == current) return;
    if (!(std::abs(episode) <= kLargest)) {
      throw DataError(
          fmt::format("{}: '{}', row {} (counted from 0): the number of an episode is required, within ±2^53, but it "
                      "is {}",
                      info_.path, columns_.fields()[field].name, row, episode));
    }
    if (!seen.insert(episode).second) {
      throw DataError(
          fmt::format("{}: '{}', row {} (counted from 0): episode {} goes on after another one; sort the rows "
                      "by episode",
                      info_.path, columns_.fields()[field].name, row, episode));
    }
    if (row > 0) episodes.ends.push_back(row);
    current = episode;
  });
  episodes.ends.push_back(steps_);
  return episodes;
}

FlatEpisodes EndFinder::from_starts(std::size_t field) const {
  require_a_row_a_step(field);
  FlatEpisodes episodes;
  for_each(field, [&](std::size_t row, double start) {
    check_flag(field, row, start);
    if (row == 0 && start != 1.0) {
      throw DataError(fmt::format("{}: '{}' must begin with 1", info_.path, columns_.fields()[field].name));
    }
    if (row > 0 && start == 1.0) episodes.ends.push_back(row);
  });
  episodes.ends.push_back(steps_);
  return episodes;
}

FlatEpisodes EndFinder::from_flags(std::size_t terminated, std::size_t truncated) const {
  std::vector<std::size_t> ends;
  for (const std::size_t field : {terminated, truncated}) {
    if (field == kNone) continue;
    require_a_row_a_step(field);
    for_each(field, [&](std::size_t row, double flag) {
      check_flag(field, row, flag);
      if (flag == 1.0) ends.push_back(row + 1);
    });
  }
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  if (ends.empty() || ends.back() != steps_) ends.push_back(steps_);
  return {std::move(ends), {}};
}

FlatEpisodes EndFinder::from_limit(std::size_t terminated, std::size_t limit) const {
  FlatEpisodes episodes;
  std::size_t begin = 0;
  const auto end_at = [&](std::size_t end, Outcome outcome) {
    episodes.ends.push_back(end);
    episodes.outcomes.push_back(outcome);
    begin = end;
  };
  require_a_row_a_step(terminated);
  for_each(terminated, [&](std::size_t row, double flag) {
    check_flag(terminated, row, flag);
    if (flag == 1.0) {
      end_at(row + 1, Outcome::terminated);
    } else if (row + 1 - begin == limit) {
      end_at(row + 1, Outcome::truncated);
    }
  });
  if (begin != steps_) end_at(steps_, Outcome::running);
  return episodes;
}

std::size_t EndFinder::recorded_limit() const {
  const auto at = info_.attributes.find("max_episode_steps");
  if (at == info_.attributes.end()) return 0;
  std::size_t limit = 0;
  const char* end = at->second.data() + at->second.size();
  if (std::from_chars(at->second.data(), end, limit).ptr == end && limit > 0) return limit;
  throw DataError(fmt::format("{}: attribute max_episode_steps must be a whole number of at least 1, but is '{}'",
                              info_.path, at->second));
}

void EndFinder::throw_no_marks(std::size_t terminated) const {
  if (terminated != kNone) {
    throw DataError(
        fmt::format("{}: it has '{}' but no timeouts: an episode that a step limit cut would run into the "
                    "next; give the limit of its environment (--step-limit 1000), or a number beyond any "
                    "episode if none was cut",
                    info_.path, columns_.fields()[terminated].name));
  }
  throw DataError(
      fmt::format("{}: nothing says where episodes end: one of episode_ends, episode, episode_starts, or "
                  "terminals and timeouts is required",
                  info_.path));
}

FlatEpisodes EndFinder::find(const ReadOptions& options) {
  if (steps_ == 0) return {};
  const std::size_t terminated = of_role(FieldRole::terminated), truncated = of_role(FieldRole::truncated);
  const std::size_t ends = column({"episode_ends"}), numbers = column({"episode", "episode_index", "episode_id"}),
                    starts = column({"episode_starts"});
  const bool marked = ends != kNone || numbers != kNone || starts != kNone || truncated != kNone;
  if (marked && options.step_limit != 0) {
    throw UsageError(info_.path + ": its episodes are marked; leave --step-limit out");
  }
  if (ends != kNone) return from_ends(ends);
  if (numbers != kNone) return from_numbers(numbers);
  if (starts != kNone) return from_starts(starts);
  if (truncated != kNone) return from_flags(terminated, truncated);
  const std::size_t limit = options.step_limit != 0 ? options.step_limit : recorded_limit();
  if (terminated == kNone || limit == 0) throw_no_marks(terminated);
  return from_limit(terminated, limit);
}

}  // namespace

bool is_episode_mark(std::string_view name) {
  return name == "episode_ends" || name == "episode_starts" || name == "episode" || name == "episode_index" ||
         name == "episode_id";
}

FlatEpisodes find_flat_episodes(FlatColumns& columns, std::span<const NamedRole> named, std::size_t steps,
                                const DatasetInfo& info, const ReadOptions& options) {
  return EndFinder(columns, named, steps, info).find(options);
}

}  // namespace pianola
