#include <nlohmann/json.hpp>

#include "pianola/base/json.hpp"
#include "pianola/data/inspect.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

/// One number a dimension; null where nothing could be read.
Json numbers(const std::vector<double>& values) {
  if (values.empty()) return nullptr;
  Json list = Json::array();
  for (const double value : values) list.push_back(number_or_null(value));
  return list;
}

Json quantiles(const std::vector<std::vector<double>>& values) {
  if (values.empty()) return nullptr;
  Json list = Json::array();
  for (const auto& dimension : values) list.push_back(numbers(dimension));
  return list;
}

Json timing(const std::optional<Timing>& seen) {
  if (!seen) return nullptr;
  return {{"interval", number_or_null(seen->interval)},
          {"shortest", number_or_null(seen->shortest)},
          {"longest", number_or_null(seen->longest)},
          {"intervals", seen->intervals},
          {"irregular", seen->irregular}};
}

Json problems(const std::vector<Problem>& seen) {
  Json list = Json::array();
  for (const Problem& problem : seen) {
    list.push_back({{"severity", severity_name(problem.severity)},
                    {"where", problem.where},
                    {"what", problem.what},
                    {"remedy", problem.remedy}});
  }
  return list;
}

Json outcomes(const std::map<Outcome, std::size_t>& seen) {
  Json object = Json::object();
  for (const auto& [outcome, count] : seen) object[outcome_name(outcome)] = count;
  return object;
}

Json left_out_fields(const DatasetInfo& info) {
  Json list = Json::array();
  for (const ObservationField& field : info.left_out_fields) list.push_back({{"name", field.name}, {"dim", field.dim}});
  return list;
}

Json observation_fields(const DatasetInfo& info) {
  Json list = Json::array();
  for (const ObservationField& field : info.observation_fields) {
    list.push_back({{"name", field.name}, {"first", field.first}, {"dim", field.dim}});
  }
  return list;
}

Json action_kinds(const DatasetInfo& info) {
  Json list = Json::array();
  for (std::size_t d = 0; d < info.action_dim; ++d) {
    list.push_back(action_kind_name(info.action_kinds.empty() ? ActionKind::linear : info.action_kinds[d]));
  }
  return list;
}

Json histograms(const std::vector<Histogram>& seen) {
  if (seen.empty()) return nullptr;
  Json list = Json::array();
  for (const Histogram& h : seen) {
    list.push_back({{"low", number_or_null(h.low)}, {"width", number_or_null(h.width)}, {"counts", h.counts}});
  }
  return list;
}

Json lag(const std::optional<ActionStateLag>& seen) {
  if (!seen) return nullptr;
  return {{"lag", seen->lag}, {"distance", seen->distance}, {"distance_now", seen->distance_now}};
}

}  // namespace

Json to_json(const Inspection& seen) {
  Json json;
  json["problems"] = problems(seen.problems);
  json["format"] = seen.info.format;
  json["trajectories"] = seen.trajectories;
  json["readable_trajectories"] = seen.readable;
  json["steps"] = seen.steps;
  const StepCounts& steps = seen.steps_per_trajectory;
  json["steps_per_trajectory"] =
      seen.readable == 0 ? Json(nullptr) : Json{{"min", steps.min}, {"median", steps.median}, {"max", steps.max}};
  json["observation_dim"] = seen.info.observation_dim;
  json["observation_fields"] = observation_fields(seen.info);
  json["left_out_fields"] = left_out_fields(seen.info);
  json["action_dim"] = seen.info.action_dim;
  json["action_names"] = seen.info.action_names.empty() ? Json(nullptr) : Json(seen.info.action_names);
  json["action_kinds"] = action_kinds(seen.info);
  json["action_min"] = numbers(seen.actions.min);
  json["action_max"] = numbers(seen.actions.max);
  json["action_mean"] = numbers(seen.actions.mean);
  json["action_std"] = numbers(seen.actions.std);
  json["quantile_probabilities"] = kInspectedQuantiles;
  json["action_quantiles"] = quantiles(seen.actions.quantiles);
  json["action_range"] = seen.range.low.empty()
                             ? Json(nullptr)
                             : Json{{"low", numbers(seen.range.low)}, {"high", numbers(seen.range.high)}};
  json["saturated_fraction"] = numbers(seen.saturated_fraction);
  json["outside_fraction"] = numbers(seen.outside_fraction);
  json["action_state_correlation"] = numbers(seen.action_state_correlation);
  json["action_histograms"] = histograms(seen.actions.histograms);
  json["action_state_lag"] = lag(seen.action_state_lag);
  json["repeat_rate"] = number_or_null(seen.repeat_rate);
  json["observation_min"] = numbers(seen.observations.min);
  json["observation_max"] = numbers(seen.observations.max);
  json["observation_mean"] = numbers(seen.observations.mean);
  json["observation_std"] = numbers(seen.observations.std);
  json["observation_quantiles"] = quantiles(seen.observations.quantiles);
  json["observation_histograms"] = histograms(seen.observations.histograms);
  json["return"] = seen.returns ? to_json(*seen.returns) : Json(nullptr);
  json["return_min"] = seen.returns ? number_or_null(seen.return_min) : Json(nullptr);
  json["return_max"] = seen.returns ? number_or_null(seen.return_max) : Json(nullptr);
  json["timing"] = timing(seen.timing);
  json["outcomes"] = outcomes(seen.outcomes);
  json["attributes"] = seen.info.attributes;
  return json;
}

}  // namespace pianola
