#include "pianola/data/trajectory_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

/// Where a number stands, for messages.
struct Place {
  std::string_view where;  ///< file
  const Trajectory& trajectory;
  const DatasetInfo& info;

  [[nodiscard]] std::string text() const {
    return fmt::format("{}: trajectory '{}'", where.empty() ? "dataset" : where, trajectory.name);
  }
};

void check_size(const Place& place, const char* field, std::size_t got, std::size_t columns) {
  std::size_t expected = 0;
  if (__builtin_mul_overflow(place.trajectory.steps, columns, &expected) || got != expected) {
    throw DataError(
        fmt::format("{}: {} must hold {} steps × {} dimensions, but hold {} numbers; every field needs one "
                    "row for each step",
                    place.text(), field, place.trajectory.steps, columns, got));
  }
}

void check_finite(const Place& place, const char* field, std::span<const double> values, std::size_t columns) {
  const std::size_t at = first_non_finite(values);
  if (at == values.size()) return;
  const std::size_t d = at % columns;
  const bool observed = std::string_view(field).ends_with("observations");
  const std::string name = observed ? observation_name(place.info, d) : "";
  throw DataError(
      fmt::format("{}, {}, row {}, dimension {}{} (both counted from 0): a finite number is required, but it "
                  "is {}; mend or remove the row, or leave the trajectory out",
                  place.text(), field, at / columns, d, name.empty() ? "" : " (" + name + ")", values[at]));
}

void check_field(const Place& place, const char* field, std::span<const double> values, std::size_t columns) {
  check_size(place, field, values.size(), columns);
  check_finite(place, field, values, columns);
}

void check_length(const Place& place, const char* field, std::span<const double> values, std::size_t columns) {
  check_size(place, field, values.size(), columns);
}

void check_optional(const Place& place, const char* field, std::span<const double> values, std::size_t columns) {
  if (!values.empty()) check_field(place, field, values, columns);
}

void check_dones(const Place& place, std::span<const double> dones) {
  check_optional(place, "dones", dones, 1);
  const auto at = std::find_if(dones.begin(), dones.end(), [](double x) { return x != 0.0 && x != 1.0; });
  if (at == dones.end()) return;
  throw DataError(
      fmt::format("{}, dones, row {} (counted from 0): 0 or 1 is required, but it is {}; write 1 where the "
                  "trajectory ends and 0 elsewhere",
                  place.text(), at - dones.begin(), *at));
}

void check_all(const Trajectory& trajectory, const DatasetInfo& info, std::string_view where, bool known_finite) {
  const Place place{where, trajectory, info};
  if (trajectory.steps == 0) throw DataError(place.text() + " is empty; leave it out");
  const auto check = known_finite ? check_length : check_field;
  check(place, "observations", trajectory.observations, info.observation_dim);
  check(place, "actions", trajectory.actions, info.action_dim);
  check_optional(place, "rewards", trajectory.rewards, 1);
  check_dones(place, trajectory.dones);
  check_optional(place, "next observations", trajectory.next_observations, info.observation_dim);
  check_optional(place, "timestamps", trajectory.timestamps, 1);
  check_optional(place, "executed actions", trajectory.executed_actions, info.action_dim);
  if (trajectory.extras.empty()) return;
  if (trajectory.extras.size() != info.extra_fields.size()) {
    throw DataError(fmt::format("{} has {} extra fields, but the dataset lists {}; give all of them or none",
                                place.text(), trajectory.extras.size(), info.extra_fields.size()));
  }
  for (std::size_t i = 0; i < trajectory.extras.size(); ++i) {  // whose values may be anything
    check_size(place, info.extra_fields[i].name.c_str(), trajectory.extras[i].size(), info.extra_fields[i].dim);
  }
}

/// Whether Σ 0 · x is 0, in parallel accumulators.
template <class Number>
bool sums_to_zero(std::span<const Number> values) {
  constexpr std::size_t kSums = 128 / sizeof(Number);  // eight registers, for additions take their time
  std::array<Number, kSums> sums{};
  std::size_t i = 0;
  for (; i + kSums <= values.size(); i += kSums) {
    for (std::size_t j = 0; j < kSums; ++j) sums[j] += Number{0} * values[i + j];
  }
  for (; i < values.size(); ++i) sums[0] += Number{0} * values[i];
  return std::all_of(sums.begin(), sums.end(), [](Number sum) { return sum == Number{0}; });
}

}  // namespace

bool all_finite(std::span<const double> values) { return sums_to_zero(values); }
bool all_finite(std::span<const float> values) { return sums_to_zero(values); }

std::size_t first_non_finite(std::span<const double> values) {
  constexpr std::size_t kBlock = 1024;
  for (std::size_t begin = 0; begin < values.size(); begin += kBlock) {
    const std::span<const double> block = values.subspan(begin, std::min(kBlock, values.size() - begin));
    if (all_finite(block)) continue;
    const auto at = std::find_if(block.begin(), block.end(), [](double x) { return !std::isfinite(x); });
    return begin + static_cast<std::size_t>(at - block.begin());
  }
  return values.size();
}

void check_trajectory(const Trajectory& trajectory, const DatasetInfo& info, std::string_view where) {
  check_all(trajectory, info, where, false);
}

void check_finite_trajectory(const Trajectory& trajectory, const DatasetInfo& info, std::string_view where) {
  check_all(trajectory, info, where, true);
}

}  // namespace pianola
