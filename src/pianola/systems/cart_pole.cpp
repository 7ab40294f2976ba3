#include "pianola/systems/cart_pole.hpp"

#include "pianola/systems/mujoco.hpp"
#include "pianola/systems/mujoco_models.hpp"
#include "pianola/systems/mujoco_toml.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola {
namespace {

struct CartPoleOptions {
  int horizon = 200;
  template <class V>
  void visit(V&& v) {
    v("horizon", horizon, "steps of 0.02 s");
  }
};

std::shared_ptr<const System> make(const Spec& spec, const SystemContext&) {
  const auto options = read_options<CartPoleOptions>(spec, "system 'cart_pole'");
  MujocoTask task = parse_mujoco_task(embedded_model("cart_pole.toml"), "models/cart_pole.toml");
  task.model_text = embedded_model(task.model);
  task.horizon = options.horizon;
  task.spec = write_spec("cart_pole", options).text();
  return make_mujoco_system(task);
}

}  // namespace

SystemEntry system_entry_cart_pole() {
  return {"cart_pole", "a pole on a motor-driven cart (MuJoCo, embedded); expert: LQR, which saturates",
          describe_options<CartPoleOptions>(), make, mujoco_unavailable()};
}

}  // namespace pianola
