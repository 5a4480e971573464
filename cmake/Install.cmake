# What `cmake --install` puts where: the program, its subjects beside it, the manual page, which the
# program itself prints, the public headers, and behind them two libraries to link with:
# liblossproof (loss.h; shared and static) and liblossproof_ref (ref.h; shared, since it brings core
# and MPFR with it), found by pkg-config and by find_package(lossproof).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/lossproof.1
  COMMAND lossproof --man > ${CMAKE_BINARY_DIR}/lossproof.1
  DEPENDS lossproof VERBATIM)
add_custom_target(manual ALL DEPENDS ${CMAKE_BINARY_DIR}/lossproof.1)

install(TARGETS lossproof RUNTIME)
install(FILES ${CMAKE_BINARY_DIR}/lossproof.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_SOURCE_DIR}/reports/lossproof-vectors-1.schema.json
  DESTINATION ${CMAKE_INSTALL_DATADIR}/lossproof)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/lossproof DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# The program looks for them in ../lib/lossproof, whatever the system calls its libraries' folder.
install(DIRECTORY ${LP_SUBJECT_DIR}/ DESTINATION lib/lossproof FILES_MATCHING PATTERN "*.so")

# lp_install_library(NAME ROOM HEADER DESCRIPTION PRIVATE...): the room's archive whole, as one shared
# object that shows the names of its public header alone; PRIVATE: what a static link needs too.
function(lp_install_library name room header description)
  add_library(${name} SHARED ${CMAKE_SOURCE_DIR}/include/lossproof/${header})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
  target_link_libraries(${name} PRIVATE lp_flags $<LINK_LIBRARY:WHOLE_ARCHIVE,lp_${room}>)
  target_link_options(${name} PRIVATE LINKER:--as-needed,--no-undefined)
  target_include_directories(${name} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  install(TARGETS ${name} EXPORT lossproof-targets LIBRARY)
  set(LP_PC_NAME ${name})
  set(LP_PC_DESCRIPTION "${description}")
  list(JOIN ARGN " " LP_PC_PRIVATE)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/lossproof.pc.in ${CMAKE_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

# Sanitizers and fuzzers want their runtime in the program, not in a library: not for strangers.
if(NOT LP_SANITIZE AND NOT LP_FUZZ)
  # The .pc files say where they lie by what is above them, so that a tree can be moved.
  file(RELATIVE_PATH LP_PC_INCLUDE /${CMAKE_INSTALL_LIBDIR}/pkgconfig /${CMAKE_INSTALL_INCLUDEDIR})
  lp_install_library(lossproof_loss impl loss.h
    "correctly rounded cross-entropy losses and gradients" -lm ${OpenMP_C_FLAGS})
  install(FILES $<TARGET_FILE:lp_impl> DESTINATION ${CMAKE_INSTALL_LIBDIR} RENAME liblossproof_loss.a)
  lp_install_library(lossproof_ref ref ref.h "exact cross-entropy losses and gradients, by MPFR")
  install(EXPORT lossproof-targets NAMESPACE lossproof::
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/lossproof FILE lossproof-config.cmake)
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/lossproof-config-version.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/lossproof-config-version.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/lossproof)
endif()
