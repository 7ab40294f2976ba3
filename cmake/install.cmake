# Install: libraries, headers, the program, and a CMake package.
#
#   find_package(pianola)                      targets pianola::pianola, pianola::training, pianola::<room>
#   find_package(pianola COMPONENTS runtime)   pianola::runtime alone: no other library is looked for
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/pianola")

install(TARGETS pianola_runtime EXPORT pianolaRuntimeTargets)
set_target_properties(pianola_runtime PROPERTIES EXPORT_NAME runtime)
install(EXPORT pianolaRuntimeTargets NAMESPACE pianola:: DESTINATION "${package_dir}")

if(NOT PIANOLA_RUNTIME_ONLY)
  add_library(pianola_all INTERFACE)
  add_library(pianola::pianola ALIAS pianola_all)
  target_link_libraries(pianola_all INTERFACE pianola_theory pianola_control pianola_report)
  set_target_properties(pianola_all PROPERTIES EXPORT_NAME pianola)
  install(TARGETS pianola_all EXPORT pianolaTargets)
  foreach(room IN LISTS PIANOLA_ROOMS)
    if(NOT room STREQUAL cli)
      set_target_properties(pianola_${room} PROPERTIES EXPORT_NAME ${room})
      install(TARGETS pianola_${room} EXPORT pianolaTargets)
    endif()
  endforeach()
  install(EXPORT pianolaTargets NAMESPACE pianola:: DESTINATION "${package_dir}")
  # The wheels' libraries stay where they are; the installed program finds them there.
  foreach(library IN ITEMS "${PianolaTorch_LIBRARY}" "${PianolaMuJoCo_LIBRARY}"
          "${PianolaArrow_PARQUET_LIBRARY}")
    if(library)
      cmake_path(GET library PARENT_PATH folder)
      list(APPEND library_folders "${folder}")
    endif()
  endforeach()
  set_target_properties(pianola PROPERTIES INSTALL_RPATH "${library_folders}")
  install(TARGETS pianola)
  install(FILES cmake/FindPianolaArrow.cmake cmake/FindPianolaMuJoCo.cmake cmake/FindPianolaTorch.cmake
          DESTINATION "${package_dir}")
  add_custom_command(OUTPUT pianola.bash COMMAND pianola completion > pianola.bash DEPENDS pianola VERBATIM)
  add_custom_target(completion ALL DEPENDS pianola.bash)
  install(FILES "${CMAKE_BINARY_DIR}/pianola.bash" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions"
          RENAME pianola)
endif()

install(DIRECTORY src/pianola DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h"
        PATTERN "*_internal.hpp" EXCLUDE PATTERN "cli" EXCLUDE PATTERN "models" EXCLUDE)
install(FILES LICENSE THIRD_PARTY.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
configure_package_config_file(cmake/pianolaConfig.cmake.in pianolaConfig.cmake INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file(pianolaConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/pianolaConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/pianolaConfigVersion.cmake"
        DESTINATION "${package_dir}")
