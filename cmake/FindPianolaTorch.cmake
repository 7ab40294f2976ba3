# Target pianola_torch: LibTorch's C++ libraries from an installed copy (CMAKE_PREFIX_PATH) or the wheel.
# One imported target over libtorch, libtorch_cpu, libc10 serves CPU and CUDA builds alike.
file(GLOB _wheel "${PIANOLA_DEPS}/lib/python3*/site-packages/torch")
find_path(PianolaTorch_INCLUDE_DIR torch/torch.h PATH_SUFFIXES include/torch/csrc/api/include PATHS ${_wheel})
find_library(PianolaTorch_LIBRARY torch PATH_SUFFIXES lib PATHS ${_wheel})
find_library(PianolaTorch_CPU_LIBRARY torch_cpu PATH_SUFFIXES lib PATHS ${_wheel})
find_library(PianolaTorch_C10_LIBRARY c10 PATH_SUFFIXES lib PATHS ${_wheel})
if(PianolaTorch_INCLUDE_DIR)
  foreach(_header IN ITEMS "../../../headeronly/version.h" "torch/version.h")  # newer, older
    if(EXISTS "${PianolaTorch_INCLUDE_DIR}/${_header}" AND NOT PianolaTorch_VERSION)
      file(STRINGS "${PianolaTorch_INCLUDE_DIR}/${_header}" _version REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
      string(REGEX REPLACE "[^0-9;]" "" _version "${_version}")
      list(JOIN _version "." PianolaTorch_VERSION)
    endif()
  endforeach()
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(PianolaTorch
  VERSION_VAR PianolaTorch_VERSION
  REASON_FAILURE_MESSAGE "run ./bootstrap deps, or configure with -DPIANOLA_WITH_TORCH=OFF"
  REQUIRED_VARS PianolaTorch_LIBRARY PianolaTorch_CPU_LIBRARY PianolaTorch_C10_LIBRARY PianolaTorch_INCLUDE_DIR)
if(PianolaTorch_FOUND AND NOT TARGET pianola_torch)
  add_library(pianola_torch INTERFACE IMPORTED)
  cmake_path(SET _include NORMALIZE "${PianolaTorch_INCLUDE_DIR}/../../../..")
  target_include_directories(pianola_torch SYSTEM INTERFACE "${PianolaTorch_INCLUDE_DIR}" "${_include}")
  target_link_libraries(pianola_torch INTERFACE
    -Wl,--no-as-needed "${PianolaTorch_LIBRARY}" "${PianolaTorch_CPU_LIBRARY}" "${PianolaTorch_C10_LIBRARY}"
    -Wl,--as-needed)
  target_compile_options(pianola_torch INTERFACE -Wno-shadow)
endif()
