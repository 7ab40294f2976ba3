// `gymnasium:Hopper-v4`: Gymnasium's MuJoCo tasks without Python. What each does: gymnasium_tasks.cpp.
#include "pianola/systems/gymnasium_assets.hpp"
#include "pianola/systems/gymnasium_tasks.hpp"
#include "pianola/systems/mujoco.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola {
namespace {

struct GymnasiumOptions {
  std::string task;
  template <class V>
  void visit(V&& v) {
    v("task", task, "Hopper, Walker2d, HalfCheetah, Ant, Swimmer, Reacher, InvertedPendulum or Humanoid, -v4 or -v5");
  }
};

std::shared_ptr<const System> make(const Spec& spec, const SystemContext& context) {
  const auto options = read_options<GymnasiumOptions>(spec, "system 'gymnasium'");
  MujocoTask task = gymnasium_task(options.task);
  task.model = find_gymnasium_asset(task.model, context.assets).string();
  return make_mujoco_system(task);
}

}  // namespace

SystemEntry system_entry_gymnasium() {
  return {"gymnasium", "MuJoCo tasks of Gymnasium, versions 4 and 5; their MJCF comes from --assets or an installation",
          describe_options<GymnasiumOptions>(), make, mujoco_unavailable()};
}

}  // namespace pianola
