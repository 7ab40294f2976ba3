// The models and tasks in systems/models, compiled into the library by cmake/EmbedModels.cmake.
#pragma once

#include <string_view>

namespace pianola {

/// The text of a file of systems/models, e.g. "cart_pole.xml"; "" if there is none of this name.
std::string_view embedded_model(std::string_view file);

}  // namespace pianola
