# The kinds of build that the presets choose between: sanitizers, coverage, a compiler cache.

include_guard()

set(BIGHT_SANITIZE "" CACHE STRING "Sanitizers to build with: address,undefined or thread")
option(BIGHT_PRECOMPILED_HEADERS "Compile the headers that tests share once" OFF)
option(BIGHT_COVERAGE "Count which lines are run" OFF)
option(BIGHT_CCACHE "Compile through ccache, if it is there" OFF)
option(BIGHT_MOLD "Link with mold, if it is there" OFF)
option(BIGHT_FUZZ "Build the fuzz targets for libFuzzer (clang)" OFF)

if(BIGHT_CCACHE)
    find_program(BIGHT_CCACHE_PROGRAM ccache)
    if(BIGHT_CCACHE_PROGRAM)
        # ccache rejects a precompiled header unless it is told to accept two things: that only the
        # compiler compares definitions on the command line, and that a header may mention __DATE__
        # or __TIME__. The build sets this, so that users need not configure ccache.
        set(CMAKE_C_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros
            ${BIGHT_CCACHE_PROGRAM})
        set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_C_COMPILER_LAUNCHER})
    endif()
endif()

# The tests are two hundred executables; mold links each of them in a fifth of the time.
if(BIGHT_MOLD)
    include(CheckLinkerFlag)
    check_linker_flag(C -fuse-ld=mold BIGHT_HAS_MOLD)
    if(BIGHT_HAS_MOLD)
        add_link_options(-fuse-ld=mold)
    endif()
endif()

if(BIGHT_SANITIZE)
    # Frame pointers make stack traces readable. The libraries use -O1, or the suites with a
    # thousand connections would take minutes. The tests do not, because it would lengthen their
    # compilation by more than it saves.
    add_compile_options(-fsanitize=${BIGHT_SANITIZE} -fno-sanitize-recover=all
        -fno-omit-frame-pointer $<$<COMPILE_LANGUAGE:C>:-O1>)
    add_link_options(-fsanitize=${BIGHT_SANITIZE})
elseif(BIGHT_COVERAGE)
    add_compile_options(--coverage -fprofile-update=atomic)
    add_link_options(--coverage)
endif()

if(BIGHT_FUZZ)
    if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
        message(FATAL_ERROR "BIGHT_FUZZ needs clang: use the preset fuzz")
    endif()
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
