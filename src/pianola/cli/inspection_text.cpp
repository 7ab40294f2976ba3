#include "pianola/cli/inspection_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "pianola/data/lerobot_observation_names.hpp"
#include "pianola/data/listed.hpp"
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

/// One row a dimension: extremes, quantiles and the shape of the distribution. at_bounds: null for no such column.
Table dimension_table(const char* title, const InspectedColumns& seen, const std::vector<std::string>& names,
                      const std::vector<double>* at_bounds) {
  Table table{{title, "min", "1 %", "median", "99 %", "max", "std"}, {}, {}};
  if (at_bounds != nullptr) table.columns.emplace_back("at bounds");
  table.numeric.assign(table.columns.size(), true);
  table.numeric.front() = false;
  table.columns.emplace_back("from min to max");
  table.numeric.push_back(false);
  for (std::size_t d = 0; d < seen.min.size(); ++d) {
    const auto& quantiles = seen.quantiles[d];
    table.rows.push_back({d < names.size() ? names[d] : std::to_string(d), format_number(seen.min[d]),
                          format_number(quantiles[1]), format_number(quantiles[4]), format_number(quantiles[7]),
                          format_number(seen.max[d]), format_number(seen.std[d])});
    if (at_bounds != nullptr) {
      table.rows.back().push_back(at_bounds->empty() ? std::string("–") : format_percent((*at_bounds)[d]));
    }
    table.rows.back().push_back(sparkline(seen.histograms[d].counts));
  }
  return table;
}

/// Names of the observation's columns: as LeRobot records them, else "2", or "position[2]" where there are several
/// fields.
std::vector<std::string> observation_names(const DatasetInfo& info) {
  std::vector<std::string> names = lerobot_observation_names(info);
  if (!names.empty() || info.observation_fields.size() < 2) return names;
  for (const ObservationField& field : info.observation_fields) {
    for (std::size_t d = 0; d < field.dim; ++d) names.push_back(fmt::format("{}[{}]", field.name, d));
  }
  return names;
}

}  // namespace

std::string sizes_text(const Inspection& inspection) {
  const StepCounts& steps = inspection.steps_per_trajectory;
  std::string text =
      fmt::format("{}: {} trajectories ({} readable), {} steps ({} to {} each, median {})\n", inspection.info.format,
                  inspection.trajectories, inspection.readable, inspection.steps, steps.min, steps.max, steps.median);
  if (inspection.readable > 0) text += return_text(inspection);
  if (std::isfinite(inspection.repeat_rate)) {
    text += fmt::format("repeated: {} of the actions equal the one before\n", format_percent(inspection.repeat_rate));
  }
  if (inspection.timing) {
    text +=
        fmt::format("timing: {} s a step, {} of {} intervals irregular\n", format_number(inspection.timing->interval),
                    inspection.timing->irregular, inspection.timing->intervals);
  }
  return text;
}

Table field_table(const Inspection& inspection) {
  Table table{{"field", "numbers a step", "width", "from", "to"}, {}, {false, true, true, true, true}};
  const auto extent = [&](const std::vector<double>& low, const std::vector<double>& high, std::size_t first,
                          std::size_t dim) -> std::pair<std::string, std::string> {
    if (low.size() < first + dim || dim == 0) return {"–", "–"};
    const auto at = static_cast<std::ptrdiff_t>(first), end = static_cast<std::ptrdiff_t>(first + dim);
    return {format_number(*std::min_element(low.begin() + at, low.begin() + end)),
            format_number(*std::max_element(high.begin() + at, high.begin() + end))};
  };
  const DatasetInfo& info = inspection.info;
  const auto add = [&](const std::string& name, std::size_t dim, const std::string& width, auto from_to) {
    table.rows.push_back({name, std::to_string(dim), width, from_to.first, from_to.second});
  };
  for (const ObservationField& field : info.observation_fields) {
    add(field.name, field.dim, fmt::format("float{}", info.observation_bits),
        extent(inspection.observations.min, inspection.observations.max, field.first, field.dim));
  }
  add("action", info.action_dim, fmt::format("float{}", info.action_bits),
      extent(inspection.actions.min, inspection.actions.max, 0, info.action_dim));
  const std::pair<std::string, std::string> unseen{"–", "–"};
  for (const ExtraField& field : info.extra_fields) add(field.name, field.dim, field.type, unseen);
  for (const ObservationField& field : info.left_out_fields) add(field.name, field.dim, "left out", unseen);
  return table;
}

Table action_table(const Inspection& inspection) {
  return dimension_table("action", inspection.actions, inspection.info.action_names, &inspection.saturated_fraction);
}

Table observation_table(const Inspection& inspection) {
  return dimension_table("observation", inspection.observations, observation_names(inspection.info), nullptr);
}

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
  if (!s.outside_lipschitz.empty()) {
    text +=
        wrapped(fmt::format("action {} {}: wrapped or of discrete values, outside every Lipschitz claim: bounds and "
                            "certificates say nothing of {}",
                            s.outside_lipschitz.size() == 1 ? "dimension" : "dimensions",
                            list_numbers(s.outside_lipschitz), s.outside_lipschitz.size() == 1 ? "it" : "them"),
                {.width = kWidth, .indent = 4, .break_words = false});
  }
  return text;
}

namespace {

/// How many times the range of all is that of a part, in the dimension where that is most.
struct WiderRange {
  double times = 1.0;
  std::size_t part = 0, dimension = 0;
};

WiderRange widest_beside_its_part(const KeyedStatistics& s) {
  WiderRange found;
  for (std::size_t d = 0; !s.parts.empty() && d < s.parts.front().min.size(); ++d) {
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (const KeyedPart& part : s.parts) {
      low = std::min(low, part.min[d]);
      high = std::max(high, part.max[d]);
    }
    for (std::size_t p = 0; p < s.parts.size(); ++p) {
      const double own = s.parts[p].max[d] - s.parts[p].min[d];
      if (own > 0.0 && (high - low) / own > found.times) found = {(high - low) / own, p, d};
    }
  }
  return found;
}

/// What one range for all parts would cost, where that is more than a bit.
std::string range_text(const KeyedStatistics& s) {
  const WiderRange found = widest_beside_its_part(s);
  if (!(found.times > 2.0)) return "";
  const std::string& value = s.parts[found.part].value;
  return wrapped(fmt::format("{} {}: in dimension {} the range of all is {} times its own, so that equal bins over it "
                             "cost {} bits there; `quantize --by {}` fits a quantizer to each",
                             s.key, value.empty() ? "not recorded" : "'" + value + "'", found.dimension,
                             format_number(found.times, 3), format_number(std::log2(found.times), 2), s.key),
                 {.width = kWidth, .indent = 4, .break_words = false});
}

}  // namespace

std::string keyed_text(const KeyedStatistics& s) {
  Table table{{s.key, "trajectories", "steps", "least std", "largest std", "largest shift", "in dimension"}, {}, {}};
  table.numeric = {false, true, true, true, true, true, true};
  for (const KeyedPart& part : s.parts) {
    std::size_t worst = 0;
    double least = HUGE_VAL, most = 0.0;
    for (std::size_t d = 0; d < part.shift.size(); ++d) {
      if (std::isnan(part.shift[d])) continue;
      if (std::isnan(part.shift[worst]) || std::abs(part.shift[d]) > std::abs(part.shift[worst])) worst = d;
      least = std::min(least, part.spread[d]);
      most = std::max(most, part.spread[d]);
    }
    const bool moves = std::isfinite(least);
    const auto cell = [&](double x) { return moves ? format_number(x) : std::string("–"); };
    table.rows.push_back({part.value.empty() ? "not recorded" : part.value, std::to_string(part.trajectories),
                          std::to_string(part.steps), cell(least), cell(most), cell(part.shift[worst]),
                          moves ? std::to_string(worst) : "–"});
  }
  return fmt::format("\nactions by {}; std and shift of the mean in standard deviations of all trajectories\n", s.key) +
         format_table(table, kWidth) + range_text(s);
}

std::string inspection_text(const Inspection& inspection) {
  constexpr std::size_t kMostShown = 64;  // dimensions of an observation
  std::string text = problems_text(inspection) + "\n" + sizes_text(inspection);
  text += "\n" + format_table(field_table(inspection), kWidth);
  if (inspection.actions.min.empty()) return text;
  text += "\n" + format_table(action_table(inspection), kWidth);
  if (inspection.info.observation_dim == 0) return text;
  if (inspection.info.observation_dim > kMostShown) {
    return text + fmt::format("\nobservations have {} dimensions: --report shows them, --observation chooses fields\n",
                              inspection.info.observation_dim);
  }
  return text + "\n" + format_table(observation_table(inspection), kWidth);
}

}  // namespace pianola::cli
