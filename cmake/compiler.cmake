# Warnings (errors in every preset); sanitizers and ccache as asked for.
add_library(pianola_options INTERFACE)
target_compile_options(pianola_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${PIANOLA_WERROR}>>:-Werror>
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>)  # false alarms of g++ 12 on std::string (GCC bug 105329)
target_include_directories(pianola_options INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
target_compile_definitions(pianola_options INTERFACE PIANOLA_VERSION="${PROJECT_VERSION}")

if(PIANOLA_SANITIZE)
  add_compile_options(-fsanitize=${PIANOLA_SANITIZE} -fno-omit-frame-pointer)
  if(PIANOLA_SANITIZE MATCHES undefined)
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
  add_link_options(-fsanitize=${PIANOLA_SANITIZE})
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Build folders and clones share the cache: no folder's name is hashed. Precompiled headers need the other allowances,
  # and their targets -fpch-preprocess, or ccache never hits.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=true CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL GNU AND NOT PIANOLA_RUNTIME_ONLY)
  add_link_options(-fuse-ld=mold)
endif()
