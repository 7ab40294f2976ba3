#include "pianola/cli/action_options.hpp"

#include <CLI/CLI.hpp>

#include "pianola/cli/options.hpp"

namespace pianola::cli {

void add_action_options(CLI::App& verb, ActionDeclaration& declaration) {
  add_text(verb, "--kinds", declaration.kinds,
           "what action dimensions are: linear*6,binary or 3-5=euler_xyz,gripper=binary (default: as recorded, else "
           "linear)",
           kSpec);
  add_text(verb, "--frame", declaration.frame,
           "what actions are relative to: absolute, relative (to the state at the chunk's start), delta (to the step "
           "before); for all, or as relative*6,absolute or 0-5=relative",
           kSpec);
  add_text(verb, "--state", declaration.state,
           "the observation field or columns that are the state of the action's dimensions: joints, 0-25, "
           "3-5=eef_quat(quaternion_xyzw)",
           kSpec);
}

}  // namespace pianola::cli
