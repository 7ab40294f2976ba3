# A room is a folder of src/pianola and a static library of the same name. It includes only rooms above it in this
# list; tests/house checks that. Sources are found by themselves: a new quantizer needs no line here.
set(PIANOLA_ROOMS base report bounds data quantizers systems experts policies control training audits theory cli)

# pianola_room(name [LINK libraries…] [PRIVATE libraries…] [INCLUDE folders…] [DEFINE macros…] [EXCLUDE sources…])
function(pianola_room name)
  cmake_parse_arguments(ROOM "" "" "LINK;PRIVATE;INCLUDE;DEFINE;EXCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp")
  foreach(excluded IN LISTS ROOM_EXCLUDE)
    list(REMOVE_ITEM sources "${CMAKE_CURRENT_SOURCE_DIR}/${name}/${excluded}")
  endforeach()
  if(NOT sources)
    add_library(pianola_${name} INTERFACE)
    target_link_libraries(pianola_${name} INTERFACE ${ROOM_LINK})
  else()
    add_library(pianola_${name} STATIC ${sources})
    target_link_libraries(pianola_${name} PUBLIC ${ROOM_LINK} PRIVATE $<BUILD_INTERFACE:pianola_options> ${ROOM_PRIVATE})
    target_compile_definitions(pianola_${name} PRIVATE ${ROOM_DEFINE})
    target_include_directories(pianola_${name} PRIVATE ${ROOM_INCLUDE})
    target_include_directories(pianola_${name} PUBLIC
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  endif()
  add_library(pianola::${name} ALIAS pianola_${name})
endfunction()
