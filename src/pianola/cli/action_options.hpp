// What actions are, declared: --kinds, --frame, --state, the same words for every verb that looks at actions.
#pragma once

#include "pianola/data/action_declaration.hpp"

namespace CLI {
class App;
}

namespace pianola::cli {

void add_action_options(CLI::App& verb, ActionDeclaration& declaration);

}  // namespace pianola::cli
