# pianola_embed_models(target folder): compiles every file of the folder into the target, as text that
# pianola/systems/mujoco_models.hpp finds by its name. Made at configure time; a changed or new file reconfigures.
function(pianola_embed_models target folder)
  file(GLOB files CONFIGURE_DEPENDS "${folder}/*.xml" "${folder}/*.toml")
  set(rows "")
  foreach(path IN LISTS files)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
    cmake_path(GET path FILENAME name)
    file(READ "${path}" text)
    string(APPEND rows "  if (file == \"${name}\") {\n    return R\"embedded(${text})embedded\";\n  }\n")
  endforeach()
  set(out "${PROJECT_BINARY_DIR}/generated/embedded_models.cpp")
  file(CONFIGURE OUTPUT "${out}" @ONLY CONTENT
"// Made by cmake/EmbedModels.cmake.
#include \"pianola/systems/mujoco_models.hpp\"

namespace pianola {

std::string_view embedded_model(std::string_view file) {
@rows@  return {};
}

}  // namespace pianola
")
  target_sources(${target} PRIVATE "${out}")
endfunction()
