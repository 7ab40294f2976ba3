# Run as a script (-D SOURCE -D OUT): writes generated/revision.hpp, only if the revision changed since it was written.
if(CMAKE_SCRIPT_MODE_FILE)
  execute_process(COMMAND git -C "${SOURCE}" describe --always --dirty --exclude "*" --abbrev=12
                  OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed)
    set(revision "unknown")
  endif()
  file(CONFIGURE OUTPUT "${OUT}" CONTENT "#pragma once\n\ninline constexpr const char* kGitRevision = \"${revision}\";\n")
  return()
endif()

# pianola_revision(target): its sources may include "generated/revision.hpp", which names the commit that is built.
function(pianola_revision target)
  set(header "${PROJECT_BINARY_DIR}/generated/revision.hpp")
  add_custom_target(pianola_revision BYPRODUCTS "${header}"
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DOUT=${header} -P ${PROJECT_SOURCE_DIR}/cmake/Revision.cmake)
  add_dependencies(${target} pianola_revision)
  target_include_directories(${target} PRIVATE "${PROJECT_BINARY_DIR}")
endfunction()
