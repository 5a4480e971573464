# A room's only include root is a folder of the build tree that holds links to the rooms it may see
# (architecture.md), so that a forbidden #include does not compile. The door test checks the same from
# the compiler's dependency files.
#
#   lp_room(NAME ref SEES core LINKS lp_core MPFR::MPFR SOURCES round.c refine.c)
#
# makes the static library lp_<NAME>. A room sees itself and include/ always; `a/b` names a sub-room.
function(lp_room_root out name)
  set(root ${CMAKE_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${root})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/include/lossproof ${root}/lossproof SYMBOLIC)
  foreach(seen IN LISTS ARGN)
    get_filename_component(parent ${root}/${seen} DIRECTORY)
    file(MAKE_DIRECTORY ${parent})
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${seen} ${root}/${seen} SYMBOLIC)
  endforeach()
  set(${out} ${root} PARENT_SCOPE)
endfunction()

function(lp_room)
  cmake_parse_arguments(ARG "" "NAME;DIR" "SEES;LINKS;SOURCES" ${ARGN})
  if(NOT ARG_DIR)
    set(ARG_DIR ${ARG_NAME})
  endif()
  lp_room_root(root ${ARG_NAME} ${ARG_DIR} ${ARG_SEES})
  add_library(lp_${ARG_NAME} STATIC ${ARG_SOURCES})
  target_include_directories(lp_${ARG_NAME} PRIVATE ${root})
  target_link_libraries(lp_${ARG_NAME} PRIVATE lp_flags PUBLIC ${ARG_LINKS})
endfunction()

# A program or shared object of a room: lp_room_target(TARGET t ROOM cli SEES core ref ...) gives an
# existing target the room's include root and the flags.
function(lp_room_target)
  cmake_parse_arguments(ARG "" "TARGET;ROOM" "SEES;LINKS" ${ARGN})
  lp_room_root(root ${ARG_ROOM} ${ARG_SEES})
  target_include_directories(${ARG_TARGET} PRIVATE ${root})
  target_link_libraries(${ARG_TARGET} PRIVATE lp_flags ${ARG_LINKS})
endfunction()
