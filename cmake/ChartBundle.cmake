# pianola_embed_chart_library(target): makes the chart library of report.html, one offline script of Vega-Embed,
# Vega-Lite and Vega, from the wheel vl-convert-python, and puts it and its licences into the target. Without the wheel
# (bare builds) pages show the numbers of each chart as a table.
function(pianola_embed_chart_library target)
  find_program(PIANOLA_PYTHON NAMES python3 HINTS "${PIANOLA_DEPS}/bin" NO_CMAKE_FIND_ROOT_PATH)
  set(found 1)
  if(PIANOLA_PYTHON)
    execute_process(COMMAND "${PIANOLA_PYTHON}" -c "import vl_convert" RESULT_VARIABLE found OUTPUT_QUIET ERROR_QUIET)
  endif()
  if(NOT found EQUAL 0)
    message(STATUS "No wheel vl-convert-python in ${PIANOLA_DEPS}: report.html will show charts as tables")
    return()
  endif()
  set(source "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/..")
  set(PIANOLA_CHART_SCRIPT "${PROJECT_BINARY_DIR}/generated/chart_library.js")
  set(PIANOLA_CHART_NOTICES "${source}/src/pianola/report/chart_notices.txt")
  set(maker "${source}/cmake/chart_library.py")
  set(assembly "${PROJECT_BINARY_DIR}/generated/chart_library.S")
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/generated")
  add_custom_command(OUTPUT "${PIANOLA_CHART_SCRIPT}" DEPENDS "${maker}" VERBATIM
    COMMAND "${PIANOLA_PYTHON}" "${maker}" "${PIANOLA_CHART_SCRIPT}" COMMENT "Bundling the chart library")
  configure_file("${source}/cmake/chart_library.S.in" "${assembly}" @ONLY)
  set_source_files_properties("${assembly}" PROPERTIES
    OBJECT_DEPENDS "${PIANOLA_CHART_SCRIPT};${PIANOLA_CHART_NOTICES}")
  target_sources(${target} PRIVATE "${assembly}")
  target_compile_definitions(${target} PRIVATE PIANOLA_CHART_LIBRARY)
endfunction()
