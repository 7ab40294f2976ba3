# Target mujoco::mujoco: an installed MuJoCo, else the wheel (whose library has no unversioned name).
find_package(mujoco CONFIG QUIET)
if(NOT TARGET mujoco::mujoco)
  file(GLOB _wheel "${PIANOLA_DEPS}/lib/python3*/site-packages/mujoco")
  find_path(PianolaMuJoCo_INCLUDE_DIR mujoco/mujoco.h PATHS ${_wheel} PATH_SUFFIXES include)
  file(GLOB _libraries ${_wheel}/libmujoco.so*)
  find_library(PianolaMuJoCo_LIBRARY NAMES mujoco ${_libraries} PATHS ${_wheel})
  if(NOT PianolaMuJoCo_LIBRARY AND _libraries)
    list(GET _libraries 0 PianolaMuJoCo_LIBRARY)
  endif()
  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(PianolaMuJoCo
    REASON_FAILURE_MESSAGE "run ./bootstrap deps, or configure with -DPIANOLA_WITH_MUJOCO=OFF"
    REQUIRED_VARS PianolaMuJoCo_LIBRARY PianolaMuJoCo_INCLUDE_DIR)
  if(PianolaMuJoCo_FOUND)
    add_library(mujoco::mujoco SHARED IMPORTED)
    set_target_properties(mujoco::mujoco PROPERTIES IMPORTED_LOCATION "${PianolaMuJoCo_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${PianolaMuJoCo_INCLUDE_DIR}")
  endif()
else()
  set(PianolaMuJoCo_FOUND TRUE)
endif()
