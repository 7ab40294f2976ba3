#include "pianola/training/memory_columns.hpp"

#include <algorithm>
#include <span>
#include <string>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/observed_memory.hpp"

namespace pianola {
namespace {

const ObservedMemory& required(const Quantizer& quantizer) {
  if (const ObservedMemory* const memory = observed_memory(quantizer)) return *memory;
  const bool represented = quantizer.representation() != nullptr;
  throw UsageError(
      "train: quantizer '" + quantizer.info().spec + "' has a moving scale, which a policy does not see" +
      (represented ? " where actions are represented; leave out --kinds and --frame, or use" : "; use one such as") +
      " uniform");
}

DatasetInfo widened(DatasetInfo info, std::size_t features) {
  if (!info.observation_fields.empty()) info.observation_fields.push_back({"memory", info.observation_dim, features});
  info.observation_dim += features;
  return info;
}

}  // namespace

RememberedData with_memory_columns(const Dataset& dataset, const Quantizer& quantizer) {
  const ObservedMemory& scheme = required(quantizer);
  const std::size_t features = scheme.memory_features().size(), size = quantizer.info().memory_size;
  const std::size_t plant = dataset.info().observation_dim, dim = dataset.info().action_dim, width = plant + features;
  RememberedData out{Dataset(widened(dataset.info(), features)), {}};
  out.data.reserve(dataset.size(), dataset.steps());
  out.memory.reserve(dataset.steps() * size);
  std::vector<double> memory;
  std::vector<float> action(dim);
  for (std::size_t i = 0; i < dataset.size(); ++i) {
    const Trajectory whole = dataset.trajectory(i);
    Trajectory seen;
    seen.name = whole.name, seen.steps = whole.steps, seen.outcome = whole.outcome;
    seen.actions = whole.actions;
    seen.observations.resize(whole.steps * width);
    memory.assign(size, 0.0);
    for (std::size_t h = 0; h < whole.steps; ++h) {
      const auto row = std::span(seen.observations).subspan(h * width, width);
      std::copy_n(&whole.observations[h * plant], plant, row.begin());
      scheme.observe_memory(memory, row.subspan(plant));
      out.memory.insert(out.memory.end(), memory.begin(), memory.end());
      for (std::size_t d = 0; d < dim; ++d) action[d] = static_cast<float>(whole.actions[h * dim + d]);
      scheme.follow(action, memory);
    }
    out.data.append(seen);
  }
  return out;
}

}  // namespace pianola
