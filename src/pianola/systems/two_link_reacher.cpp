#include "pianola/systems/two_link_reacher.hpp"

#include "pianola/systems/mujoco.hpp"
#include "pianola/systems/mujoco_models.hpp"
#include "pianola/systems/mujoco_toml.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola {
namespace {

struct ReacherOptions {
  int horizon = 200;
  template <class V>
  void visit(V&& v) {
    v("horizon", horizon, "steps of 0.02 s");
  }
};

std::shared_ptr<const System> make(const Spec& spec, const SystemContext&) {
  const auto options = read_options<ReacherOptions>(spec, "system 'two_link_reacher'");
  MujocoTask task = parse_mujoco_task(embedded_model("two_link_reacher.toml"), "models/two_link_reacher.toml");
  task.model_text = embedded_model(task.model);
  task.horizon = options.horizon;
  task.spec = write_spec("two_link_reacher", options).text();
  return make_mujoco_system(task);
}

}  // namespace

SystemEntry system_entry_two_link_reacher() {
  return {"two_link_reacher", "a planar two-link arm that reaches for random targets (MuJoCo, embedded); expert: reach",
          describe_options<ReacherOptions>(), make, mujoco_unavailable()};
}

}  // namespace pianola
