# Installs this build into a fresh prefix, then builds and runs examples/find_package against it, outside the tree.
# cmake -DBUILD=… -DSOURCE=… -DWORK=… -P test_install.cmake
file(REMOVE_RECURSE "${WORK}")
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(code)
    message(FATAL_ERROR "${ARGV} failed:\n${output}")
  endif()
endfunction()
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
# The example is copied away from the tree, so that nothing but the package can supply headers.
file(COPY ${SOURCE}/examples DESTINATION ${WORK}/elsewhere)
run(${CMAKE_COMMAND} -S ${WORK}/elsewhere/examples/find_package -B ${WORK}/build -G Ninja
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH=${WORK}/prefix)
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/quickstart)
# A robot's program: the component runtime, with no wheels to be found.
run(${CMAKE_COMMAND} -S ${SOURCE}/tests/install/runtime -B ${WORK}/robot -G Ninja -DCMAKE_BUILD_TYPE=Release
    -DCMAKE_PREFIX_PATH=${WORK}/prefix -DPIANOLA_DEPS=${WORK}/nowhere)
run(${CMAKE_COMMAND} --build ${WORK}/robot)
run(${WORK}/robot/robot)
run(${WORK}/prefix/bin/pianola --version)
if(NOT EXISTS ${WORK}/prefix/share/doc/pianola/THIRD_PARTY.md)
  message(FATAL_ERROR "third-party notices were not installed")
endif()
message(STATUS "installed, found, built and ran")
