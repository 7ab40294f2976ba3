#include "pianola/audits/dataset_audit.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/base/json.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

Json smoothness_json(const NeighbourSmoothness& seen) {
  Json bins = Json::array();
  for (const NeighbourBin& bin : seen.bins) {
    bins.push_back({{"state_distance", number_or_null(bin.state_distance)},
                    {"action_distance", to_json(bin.action_distance)},
                    {"action_p90", number_or_null(bin.action_p90)},
                    {"pairs", bin.pairs}});
  }
  return {{"floor", to_json(seen.floor)},
          {"typical", number_or_null(seen.typical)},
          {"states", seen.states},
          {"bins", bins}};
}

/// The step at which the mean error is largest, of those that at least half of the trajectories have.
std::size_t largest_step(const QuantizationErrors& errors) {
  std::size_t at = 0;
  for (std::size_t h = 0; h < errors.by_step.size(); ++h) {
    if (2 * errors.by_step[h].n < errors.by_step[0].n) break;
    if (errors.by_step[h].value > errors.by_step[at].value) at = h;
  }
  return at;
}

}  // namespace

DatasetAudit audit_dataset(TrajectoryReader& reader, const Quantizer& quantizer, const NoiseKey& key,
                           const std::optional<ObservationScale>& scale) {
  const auto actions = action_source(reader);
  DatasetAudit audit;
  audit.quantizer = measure_quantizer(quantizer, *actions, key);
  audit.errors = quantization_errors(quantizer, *actions, key);
  audit.smoothness = neighbour_smoothness(reader, key, {.scale = scale});
  return audit;
}

Json to_json(const DatasetAudit& audit) {
  Json json = to_json(audit.quantizer);
  json["error_by_step"] = Json::array();
  for (const Estimate& error : audit.errors.by_step) json["error_by_step"].push_back(to_json(error));
  json["worst_trajectories"] = Json::array();
  for (const TrajectoryError& worst : audit.errors.worst) {
    json["worst_trajectories"].push_back({{"trajectory", worst.trajectory},
                                          {"mean_error", number_or_null(worst.mean)},
                                          {"largest_error", number_or_null(worst.largest)},
                                          {"step", worst.step}});
  }
  json["smoothness"] = audit.smoothness ? smoothness_json(*audit.smoothness) : Json(nullptr);
  return json;
}

std::string summary(const DatasetAudit& audit) {
  const QuantizationErrors& errors = audit.errors;
  const std::size_t largest = largest_step(errors);
  std::string text = fmt::format("error by step: {:.3g} at the first, {:.3g} at its largest (step {})",
                                 errors.by_step.front().value, errors.by_step[largest].value, largest);
  if (!errors.worst.empty()) {
    const TrajectoryError& worst = errors.worst.front();
    text += fmt::format("; worst trajectory: number {}, {:.3g} a step, {:.3g} at step {}", worst.trajectory, worst.mean,
                        worst.largest, worst.step);
  }
  text += "\n";
  if (!audit.smoothness) return text + "smoothness: not known; it takes observations of two trajectories\n";
  const NeighbourSmoothness& seen = *audit.smoothness;
  text += fmt::format(
      "smoothness: in the closest states of different trajectories ({:.2g} std apart) actions differ by {:.3g} "
      "[{:.3g}, {:.3g}], any two by {:.3g}; ",
      seen.bins.front().state_distance, seen.floor.value, seen.floor.low, seen.floor.high, seen.typical);
  const double share = audit.quantizer.epsilon_in.value / seen.floor.value;
  if (seen.floor.value > 0.0) text += fmt::format("the quantizer's error is {:.2g} of that\n", share);
  return text +
         "that distance is noise of the expert, what observations do not show, several ways to act, or a steep policy: "
         "recordings alone cannot tell which\n"
         "these are errors on recorded actions; whether the closed loop is safe takes the plant (pianola evaluate)\n";
}

}  // namespace pianola
