# The helpers that every folder's CMakeLists.txt uses, so that one line declares a target and all
# are built in the same way.

include_guard()

include(BightPackage)

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
# Installed programs and libraries find the libraries beside them, wherever the tree is moved.
file(RELATIVE_PATH bight_bin_to_lib /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
set(CMAKE_INSTALL_RPATH "$ORIGIN/${bight_bin_to_lib}")

macro(bight_option name text default)
    option(${name} "${text}" ${default})
endmacro()

# bight_feature(TEXT STATE): a line of the closing summary. STATE begins with "yes" or "no",
# followed by the reason if something is omitted.
function(bight_feature text state)
    set_property(GLOBAL APPEND PROPERTY BIGHT_FEATURES "${text}")
    set_property(GLOBAL APPEND PROPERTY BIGHT_STATES "${state}")
endfunction()

function(bight_summary)
    get_property(features GLOBAL PROPERTY BIGHT_FEATURES)
    get_property(states GLOBAL PROPERTY BIGHT_STATES)
    set(width 0)
    foreach(feature IN LISTS features)
        string(LENGTH "${feature}" length)
        if(length GREATER width)
            set(width ${length})
        endif()
    endforeach()
    set(kind "${CMAKE_BUILD_TYPE}, ${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}")
    if(BIGHT_SANITIZE)
        string(APPEND kind ", sanitizers: ${BIGHT_SANITIZE}")
    endif()
    if(CMAKE_C_COMPILER_LAUNCHER)
        string(APPEND kind ", ccache")
    endif()
    message(STATUS "Bight ${PROJECT_VERSION} (${kind}) builds:")
    foreach(feature state IN ZIP_LISTS features states)
        string(LENGTH "${feature}" length)
        math(EXPR padding "${width} - ${length}")
        string(REPEAT " " ${padding} padding)
        message(STATUS "  ${feature}${padding}  ${state}")
    endforeach()
endfunction()

# Linux first: the system calls that the core uses are GNU extensions of the C library.
add_compile_definitions(_GNU_SOURCE)

# Sizes of files and times have 64 bits everywhere.
if(CMAKE_SIZEOF_VOID_P EQUAL 4)
    add_compile_definitions(_FILE_OFFSET_BITS=64 _TIME_BITS=64)
endif()

# Makes __FILE__ in reports relative to the project, not to the build directory, from which Ninja
# names the sources.
file(RELATIVE_PATH BIGHT_WAY_UP ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR})
add_compile_options(-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/= -fmacro-prefix-map=${BIGHT_WAY_UP}=)

# The warnings for all code of the project.
function(bight_warnings target)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wpointer-arith
        -Wundef -Wvla -Wformat=2
        $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition>)
    if(BIGHT_WERROR)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
endfunction()

# bight_library(NAME SOURCES ... [DESCRIPTION text] [LIBRARIES ...] [PUBLIC_LIBRARIES ...]
#               [PRIVATE_LIBRARIES ...] [REQUIRES ...] [REQUIRES_PRIVATE ...] [LIBS_PRIVATE ...]
#               [FIND_PACKAGES code])
#
# A shared library NAME and a static one NAME-static of the same objects, with the folder's include/
# as public headers, both installed with their headers, a pkg-config file and a component of the
# CMake package: bight-glib is `bight-glib.pc` and `find_package(bight COMPONENTS glib)`, whose
# targets are bight::glib and bight::glib-static (of libbight: bight::bight, bight::bight-static).
#
# LIBRARIES are other bight libraries by their plain names. PUBLIC_LIBRARIES are those of others
# whose headers the public headers include, PRIVATE_LIBRARIES those that only the sources do. What
# a user's build needs to know of them: REQUIRES and REQUIRES_PRIVATE are their pkg-config modules,
# LIBS_PRIVATE flags for what has none, FIND_PACKAGES the CMake code that makes their targets.
function(bight_library name)
    cmake_parse_arguments(arg "" "DESCRIPTION;FIND_PACKAGES" "SOURCES;LIBRARIES;PUBLIC_LIBRARIES;\
PRIVATE_LIBRARIES;REQUIRES;REQUIRES_PRIVATE;LIBS_PRIVATE" ${ARGN})
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "bight_library(${name}): what is ${arg_UNPARSED_ARGUMENTS}?")
    endif()
    add_library(${name}-objects OBJECT ${arg_SOURCES})
    bight_warnings(${name}-objects)
    target_include_directories(${name}-objects PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}
        ${CMAKE_CURRENT_SOURCE_DIR}/include)
    foreach(library IN LISTS arg_LIBRARIES)
        target_include_directories(${name}-objects PRIVATE
            $<TARGET_PROPERTY:${library},INTERFACE_INCLUDE_DIRECTORIES>)
    endforeach()
    target_link_libraries(${name}-objects PRIVATE ${arg_PUBLIC_LIBRARIES} ${arg_PRIVATE_LIBRARIES})
    add_library(${name} SHARED $<TARGET_OBJECTS:${name}-objects>)
    add_library(${name}-static STATIC $<TARGET_OBJECTS:${name}-objects>)
    set_target_properties(${name} PROPERTIES VERSION ${PROJECT_VERSION}
        SOVERSION ${PROJECT_VERSION_MAJOR} LINKER_LANGUAGE C INSTALL_RPATH "$ORIGIN")
    set_target_properties(${name}-static PROPERTIES OUTPUT_NAME ${name})
    if(NOT BIGHT_SANITIZE)
        # Makes an undefined symbol an error here, not in the user's program.
        target_link_options(${name} PRIVATE LINKER:--no-undefined)
    endif()
    list(TRANSFORM arg_LIBRARIES APPEND -static OUTPUT_VARIABLE static_libraries)
    target_link_libraries(${name} PUBLIC ${arg_LIBRARIES} ${arg_PUBLIC_LIBRARIES}
        PRIVATE ${arg_PRIVATE_LIBRARIES})
    target_link_libraries(${name}-static PUBLIC ${static_libraries} ${arg_PUBLIC_LIBRARIES}
        PRIVATE ${arg_PRIVATE_LIBRARIES})
    foreach(target ${name} ${name}-static)
        target_include_directories(${target} PUBLIC
            $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
            $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    endforeach()
    set_property(GLOBAL APPEND PROPERTY BIGHT_LIBRARIES ${name})
    set_property(GLOBAL APPEND PROPERTY BIGHT_INCLUDE_FOLDERS ${CMAKE_CURRENT_SOURCE_DIR}/include)
    bight_package_library(${name} "${arg_DESCRIPTION}" "${arg_LIBRARIES}" "${arg_REQUIRES}"
        "${arg_REQUIRES_PRIVATE}" "${arg_LIBS_PRIVATE}" "${arg_FIND_PACKAGES}")
endfunction()
