#include "pianola/cli/inspection_text.hpp"

#include <fmt/format.h>

#include <cmath>

#include "pianola/report/numbers.hpp"
#include "pianola/report/table.hpp"
#include "pianola/report/wrapped_text.hpp"

namespace pianola::cli {
namespace {

constexpr std::size_t kWidth = 100;

std::string problems_text(const Inspection& inspection) {
  if (inspection.problems.empty()) return "no problems found\n";
  std::string text, said;
  for (const Problem& problem : inspection.problems) {
    std::string line = fmt::format("{}: {}: {}", severity_name(problem.severity), problem.where, problem.what);
    if (problem.remedy != said) line += "; " + problem.remedy;  // trajectories in a row may need the same
    said = problem.remedy;
    text += wrapped(line, {.width = kWidth, .indent = 4, .break_words = false});
  }
  return text;
}

/// Returns as far as rewards tell them.
std::string return_text(const Inspection& inspection) {
  if (!inspection.returns) return "return: not known, no rewards are recorded\n";
  const Estimate& returns = *inspection.returns;
  std::string text = "return: " + format_plus_minus(returns);
  if (inspection.return_min == inspection.return_max) {
    text = fmt::format("return: {} in every trajectory", format_number(inspection.return_min));
  } else {
    text += fmt::format(", from {} to {}", format_number(inspection.return_min), format_number(inspection.return_max));
  }
  if (returns.n < inspection.readable) {
    text += fmt::format("; only {} of {} trajectories have rewards", returns.n, inspection.readable);
  }
  return text + "\n";
}

std::string sizes_text(const Inspection& inspection) {
  const StepCounts& steps = inspection.steps_per_trajectory;
  const auto dimensions = [](std::size_t n) { return fmt::format("{} {}", n, n == 1 ? "dimension" : "dimensions"); };
  std::string text =
      fmt::format("{}: {} trajectories ({} readable), {} steps ({} to {} each, median {})\n", inspection.info.format,
                  inspection.trajectories, inspection.readable, inspection.steps, steps.min, steps.max, steps.median);
  text += "observation: " + dimensions(inspection.info.observation_dim);
  for (const ObservationField& field : inspection.info.observation_fields)
    text += fmt::format("  {}[{}]", field.name, field.dim);
  text += "\naction: " + dimensions(inspection.info.action_dim) + "\n";
  if (inspection.readable > 0) text += return_text(inspection);
  if (inspection.timing) {
    text +=
        fmt::format("timing: {} s a step, {} of {} intervals irregular\n", format_number(inspection.timing->interval),
                    inspection.timing->irregular, inspection.timing->intervals);
  }
  return text;
}

Table action_table(const Inspection& inspection) {
  Table table{{"action", "min", "1 %", "median", "99 %", "max", "mean", "std", "at bounds"}, {}, {}};
  table.numeric = {false, true, true, true, true, true, true, true, true};
  for (std::size_t d = 0; d < inspection.action_min.size(); ++d) {
    const auto& names = inspection.info.action_names;
    const auto& quantiles = inspection.action_quantiles[d];
    table.rows.push_back(
        {d < names.size() ? names[d] : std::to_string(d), format_number(inspection.action_min[d]),
         format_number(quantiles[1]), format_number(quantiles[4]), format_number(quantiles[7]),
         format_number(inspection.action_max[d]), format_number(inspection.action_mean[d]),
         format_number(inspection.action_std[d]),
         inspection.saturated_fraction.empty() ? std::string("–") : format_percent(inspection.saturated_fraction[d])});
  }
  return table;
}

}  // namespace

std::string represented_text(const RepresentedStatistics& s) {
  Table table{{"in the model", "min", "max", "mean", "std", "range, file / model", "std, file / model"}, {}, {}};
  table.numeric = {false, true, true, true, true, true, true};
  const auto ratio = [](double x) { return std::isnan(x) ? std::string("–") : format_number(x); };
  for (std::size_t i = 0; i < s.names.size(); ++i) {
    table.rows.push_back({s.names[i], format_number(s.min[i]), format_number(s.max[i]), format_number(s.mean[i]),
                          format_number(s.std[i]), ratio(s.range_ratio[i]), ratio(s.std_ratio[i])});
  }
  std::string text =
      fmt::format("\nas a scheme would see them, in {} steps of all chunks of {}: {}\n", s.rows, s.chunk, s.actions) +
      format_table(table, kWidth);
  if (!std::isnan(s.median_range_ratio)) {
    text +=
        fmt::format("in the file ranges are {} times and standard deviations {} times those in the model (medians)\n",
                    format_number(s.median_range_ratio), format_number(s.median_std_ratio));
  }
  return text;
}

std::string inspection_text(const Inspection& inspection) {
  std::string text = problems_text(inspection) + "\n" + sizes_text(inspection);
  if (!inspection.action_min.empty()) text += "\n" + format_table(action_table(inspection), kWidth);
  return text;
}

}  // namespace pianola::cli
