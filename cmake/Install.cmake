# What `cmake --install` puts where: the program, its subjects beside it, the public headers, and the
# manual page, which the program itself prints.
include(GNUInstallDirs)

add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/lossproof.1
  COMMAND lossproof --man > ${CMAKE_BINARY_DIR}/lossproof.1
  DEPENDS lossproof VERBATIM)
add_custom_target(manual ALL DEPENDS ${CMAKE_BINARY_DIR}/lossproof.1)

install(TARGETS lossproof RUNTIME)
install(FILES ${CMAKE_BINARY_DIR}/lossproof.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/lossproof DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# The program looks for them in ../lib/lossproof, whatever the system calls its libraries' folder.
install(DIRECTORY ${LP_SUBJECT_DIR}/ DESTINATION lib/lossproof FILES_MATCHING PATTERN "*.so")
