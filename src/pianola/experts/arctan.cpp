#include "pianola/experts/arctan.hpp"

#include <fmt/format.h>

#include "pianola/base/atan_lanes.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

struct NoOptions {
  template <class V>
  void visit(V&&) {}
};

}  // namespace

Arctan::Arctan(const System& system) {
  const SystemInfo& plant = system.info();
  if (plant.observation_dim != plant.action_dim) {
    throw UsageError(
        fmt::format("expert 'arctan' plays one action for each observation, but system '{}' has {} "
                    "observations and {} actions",
                    plant.spec, plant.observation_dim, plant.action_dim));
  }
  info_.spec = "arctan";
  info_.observation_dim = info_.action_dim = plant.action_dim;
  info_.lipschitz = 1.0;
}

void Arctan::act(const Situation& situation, std::span<double> actions) const {
  atan_lanes(situation.observations, actions);
}

ExpertEntry entry_arctan() {
  return {"arctan", "u = arctan x in each dimension", {}, [](const Spec& spec, std::shared_ptr<const System> system) {
            read_options<NoOptions>(spec, "expert 'arctan'");
            return std::shared_ptr<const Expert>(std::make_shared<Arctan>(*system));
          }};
}

}  // namespace pianola
