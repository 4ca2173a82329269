# Installing: libraries and headers, pkg-config files, and a CMake package with a component for each
# library, so that a program that uses only the core does not need Qt.

include_guard()

include(CMakePackageConfigHelpers)

set(BIGHT_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/bight)

# The path from the .pc file up to the prefix, so that an installed tree may be moved.
file(RELATIVE_PATH BIGHT_PC_TO_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" BIGHT_PC_TO_PREFIX "${BIGHT_PC_TO_PREFIX}")

# bight_library() calls this for each library.
function(bight_package_library name description libraries requires requires_private libs_private
        find_packages)
    string(REGEX REPLACE "^bight-" "" component ${name})
    foreach(suffix "" "-static")
        set_target_properties(${name}${suffix} PROPERTIES EXPORT_NAME ${component}${suffix})
        add_library(bight::${component}${suffix} ALIAS ${name}${suffix})
    endforeach()
    install(TARGETS ${name} ${name}-static EXPORT bight-${component})
    if(IS_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/include)
        install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    endif()
    # CMake's export file loads all files whose names continue with a hyphen: bight-qt6.cmake would
    # load bight-qt6-lines.
    install(EXPORT bight-${component} NAMESPACE bight:: DESTINATION ${BIGHT_PACKAGE_DIR}
        FILE bight-${component}-targets.cmake)
    bight_package_component(${component} "${libraries}" "${find_packages}")
    bight_package_pkgconfig(${name} "${description}" "${libraries};${requires}"
        "${requires_private}" "${libs_private}")
endfunction()

# The file that finds what a component needs before its targets are loaded.
function(bight_package_component component libraries find_packages)
    list(TRANSFORM libraries REPLACE "^bight-" "")
    set(file ${PROJECT_BINARY_DIR}/package/bight-${component}-needs.cmake)
    file(CONFIGURE OUTPUT ${file} @ONLY CONTENT "set(bight_${component}_NEEDS @libraries@)
@find_packages@
")
    install(FILES ${file} DESTINATION ${BIGHT_PACKAGE_DIR})
endfunction()

function(bight_package_pkgconfig BIGHT_PC_NAME BIGHT_PC_DESCRIPTION requires requires_private
        libs_private)
    list(REMOVE_ITEM requires "")
    list(JOIN requires ", " BIGHT_PC_REQUIRES)
    list(JOIN requires_private ", " BIGHT_PC_REQUIRES_PRIVATE)
    list(JOIN libs_private " " BIGHT_PC_LIBS_PRIVATE)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/bight.pc.in
        ${PROJECT_BINARY_DIR}/package/${BIGHT_PC_NAME}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/package/${BIGHT_PC_NAME}.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

# Once, at the end of the top CMakeLists.txt.
function(bight_package)
    configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/bightConfig.cmake.in
        ${PROJECT_BINARY_DIR}/package/bightConfig.cmake
        INSTALL_DESTINATION ${BIGHT_PACKAGE_DIR} NO_SET_AND_CHECK_MACRO
        NO_CHECK_REQUIRED_COMPONENTS_MACRO)
    # Before 1.0, a minor version may break compatibility.
    write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/bightConfigVersion.cmake
        COMPATIBILITY SameMinorVersion)
    install(FILES
        ${PROJECT_BINARY_DIR}/package/bightConfig.cmake
        ${PROJECT_BINARY_DIR}/package/bightConfigVersion.cmake
        DESTINATION ${BIGHT_PACKAGE_DIR})
endfunction()
