# The helpers that every folder's CMakeLists.txt uses, so that a target is declared in one line and
# all are built alike.

include_guard()

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

macro(bight_option name text default)
    option(${name} "${text}" ${default})
endmacro()

# bight_feature(TEXT STATE): a line of the closing summary.
function(bight_feature text state)
    set_property(GLOBAL APPEND PROPERTY BIGHT_SUMMARY "  ${text}: ${state}")
endfunction()

function(bight_summary)
    get_property(lines GLOBAL PROPERTY BIGHT_SUMMARY)
    message(STATUS "Bight ${PROJECT_VERSION} builds:")
    foreach(line IN LISTS lines)
        message(STATUS "${line}")
    endforeach()
endfunction()

# Linux first: the system calls that the core uses are GNU extensions of the C library.
add_compile_definitions(_GNU_SOURCE)

# The warnings that all code of the project is held to.
function(bight_warnings target)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wpointer-arith
        -Wundef -Wvla -Wformat=2
        $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition>)
    if(BIGHT_WERROR)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
endfunction()

# bight_library(NAME SOURCES ... [LIBRARIES ...] [PRIVATE_LIBRARIES ...]): a shared library NAME
# and a static one NAME-static of the same objects, with the folder's include/ as public headers.
# LIBRARIES are other bight libraries by their plain names.
function(bight_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES;PRIVATE_LIBRARIES" ${ARGN})
    add_library(${name}-objects OBJECT ${arg_SOURCES})
    bight_warnings(${name}-objects)
    target_include_directories(${name}-objects PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}
        ${CMAKE_CURRENT_SOURCE_DIR}/include)
    foreach(library IN LISTS arg_LIBRARIES)
        target_include_directories(${name}-objects PRIVATE
            $<TARGET_PROPERTY:${library},INTERFACE_INCLUDE_DIRECTORIES>)
    endforeach()
    target_link_libraries(${name}-objects PRIVATE ${arg_PRIVATE_LIBRARIES})
    add_library(${name} SHARED $<TARGET_OBJECTS:${name}-objects>)
    add_library(${name}-static STATIC $<TARGET_OBJECTS:${name}-objects>)
    set_target_properties(${name} PROPERTIES VERSION ${PROJECT_VERSION}
        SOVERSION ${PROJECT_VERSION_MAJOR} LINKER_LANGUAGE C)
    set_target_properties(${name}-static PROPERTIES OUTPUT_NAME ${name})
    list(TRANSFORM arg_LIBRARIES APPEND -static OUTPUT_VARIABLE static_libraries)
    target_link_libraries(${name} PUBLIC ${arg_LIBRARIES} PRIVATE ${arg_PRIVATE_LIBRARIES})
    target_link_libraries(${name}-static PUBLIC ${static_libraries} ${arg_PRIVATE_LIBRARIES})
    foreach(target ${name} ${name}-static)
        target_include_directories(${target} PUBLIC
            $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
            $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    endforeach()
endfunction()
