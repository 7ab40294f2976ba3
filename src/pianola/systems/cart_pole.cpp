#include "pianola/systems/cart_pole.hpp"

#include <fmt/format.h>

#include <cassert>
#include <string>
#include <string_view>

#include "pianola/systems/lanes.hpp"
#include "pianola/systems/mujoco.hpp"
#include "pianola/systems/mujoco_models.hpp"
#include "pianola/systems/mujoco_toml.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola {
namespace {

constexpr const char* kName = "cart_pole";

struct CartPoleOptions {
  double pole = 1.0, pole_mass = 0.2, friction = 0.05;
  int horizon = 200;
  template <class V>
  void visit(V&& v) {
    v("pole", pole, "length of the pole, m, in [0.1, 10]: a shorter one falls faster");
    v("pole_mass", pole_mass, "kg, in [0.01, 10]");
    v("friction", friction, "of the cart on the rail, N s/m, in [0, 10]");
    v("horizon", horizon, "steps of 0.02 s");
  }
};

void replace(std::string& text, std::string_view what, const std::string& with) {
  const std::size_t at = text.find(what);
  assert(at != std::string::npos && "models/cart_pole.xml says so");
  text.replace(at, what.size(), with);
}

/// The embedded model with another uniform rod, inertia m l²/12 about its middle, and another friction.
std::string model_text(std::string text, const CartPoleOptions& options) {
  const CartPoleOptions standard;
  if (options.pole != standard.pole || options.pole_mass != standard.pole_mass) {
    const double half = options.pole / 2.0, inertia = options.pole_mass * options.pole * options.pole / 12.0;
    replace(text, R"(pos="0 0 0.5" mass="0.2" diaginertia="0.0166666667 0.0166666667 0.00001")",
            fmt::format(R"(pos="0 0 {}" mass="{}" diaginertia="{} {} 0.00001")", half, options.pole_mass, inertia,
                        inertia));
    replace(text, R"(fromto="0 0 0 0 0 1")", fmt::format(R"(fromto="0 0 0 0 0 {}")", options.pole));
    replace(text, R"(pos="0 0 1")", fmt::format(R"(pos="0 0 {}")", options.pole));
  }
  if (options.friction != standard.friction) {
    replace(text, R"(damping="0.05")", fmt::format(R"(damping="{}")", options.friction));
  }
  return text;
}

std::shared_ptr<const System> make(const Spec& spec, const SystemContext&) {
  const auto options = read_options<CartPoleOptions>(spec, "system 'cart_pole'");
  checked_within(kName, "pole", options.pole, 0.1, 10.0);
  checked_within(kName, "pole_mass", options.pole_mass, 0.01, 10.0);
  checked_within(kName, "friction", options.friction, 0.0, 10.0);
  MujocoTask task = parse_mujoco_task(embedded_model("cart_pole.toml"), "models/cart_pole.toml");
  task.model_text = model_text(std::string(embedded_model(task.model)), options);
  task.horizon = options.horizon;
  task.spec = write_spec(kName, options).text();
  return make_mujoco_system(task);
}

}  // namespace

SystemEntry system_entry_cart_pole() {
  return {kName, "a pole on a motor-driven cart (MuJoCo, embedded); expert: LQR, which saturates",
          describe_options<CartPoleOptions>(), make, mujoco_unavailable()};
}

}  // namespace pianola
