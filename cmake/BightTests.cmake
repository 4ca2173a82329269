# How tests are declared: one executable per topic, one ctest test per executable.

include_guard()

find_package(GTest QUIET)

# Every executable writes its counts of passed, failed and skipped cases here; `./run test` adds
# them up.
set(BIGHT_TEST_RESULTS ${PROJECT_BINARY_DIR}/test-results)

# Sanitizers slow everything down, so the timeout for a hanging test must be longer.
if(BIGHT_SANITIZE)
    set(BIGHT_TEST_PATIENCE 4)
else()
    set(BIGHT_TEST_PATIENCE 1)
endif()

# The properties of every test, with gtest or without: a timeout, labels, the environment of the
# sanitizers, and its weight. `./run test` runs three for each processor at once, and a test
# counts as two: so there are three tests for two processors, because tests work two thirds of their
# time. A test that waits most of its time counts as one, and begins first.
function(bight_test_properties name timeout gui serial waits labels environment)
    if(NOT timeout)
        set(timeout 120)
    endif()
    math(EXPR timeout "${timeout} * ${BIGHT_TEST_PATIENCE}")
    # The folder is a label too: ctest -L '^core$'.
    get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
    list(APPEND labels ${folder})
    set(leaks "")
    set(strict 1)
    if(gui)
        list(APPEND labels gui)
        # libxkbcommon-x11 measures strings that the X server sent without a NUL, within bounds.
        set(strict 0)
        set(leaks "suppressions=${PROJECT_SOURCE_DIR}/cmake/gui-leaks.supp:print_suppressions=0")
    endif()
    set(halves 2)
    if(waits)
        set(halves 1)
        set_tests_properties(${name} PROPERTIES COST 1000)
    endif()
    # GCC 12's leak check reads a header in front of each thread-local block that a loaded library
    # has, which glibc no longer writes, and crashes when the block begins 16 bytes into a page.
    set(asan detect_stack_use_after_return=1:strict_string_checks=${strict}:intercept_tls_get_addr=0)
    list(PREPEND environment
        "ASAN_OPTIONS=${asan}"
        "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1"
        "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1"
        "LSAN_OPTIONS=${leaks}"
        # After a crash, Swift's runtime starts a debugger that keeps the output of the test open.
        "SWIFT_BACKTRACE=enable=no")
    set_tests_properties(${name} PROPERTIES TIMEOUT ${timeout} SKIP_RETURN_CODE 77
        RUN_SERIAL ${serial} PROCESSORS ${halves} LABELS "${labels}" ENVIRONMENT "${environment}")
endfunction()

# The private headers of the bight libraries among LIBRARIES may be included by `target`.
function(bight_private_headers target)
    foreach(library IN LISTS ARGN)
        if(library MATCHES "^bight.*-static$")
            target_include_directories(${target} PRIVATE $<TARGET_PROPERTY:${library},SOURCE_DIR>)
        endif()
    endforeach()
endfunction()

# bight_test_code(TARGET): compile the target like the tests: with all warnings, and with the
# headers of tests/support/precompiled.hpp read once for all of them, for otherwise two thirds of
# the time of a test's compilation go into them. A precompiled header is valid only for the same
# flags. So everything is compiled as position-independent code, which Qt wants, and with -pthread,
# which GLib wants; a target whose flags must differ sets DISABLE_PRECOMPILE_HEADERS.
function(bight_test_code target)
    bight_warnings(${target})
    target_compile_options(${target} PRIVATE -fPIC -pthread)
    if(BIGHT_PRECOMPILED_HEADERS)
        # With this flag ccache detects which precompiled header a source uses.
        target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
        if(target STREQUAL bight-test-headers)
            target_precompile_headers(${target} PRIVATE
                $<$<COMPILE_LANGUAGE:CXX>:${PROJECT_SOURCE_DIR}/tests/support/precompiled.hpp>)
        else()
            target_precompile_headers(${target} REUSE_FROM bight-test-headers)
        endif()
    endif()
endfunction()

# bight_test(NAME SOURCES ... LIBRARIES ... [DEFINITIONS ...] [ENVIRONMENT VAR=value ...]
#            [TIMEOUT seconds] [LABELS ...] [OWN_MAIN] [GUI] [SERIAL] [WAITS])
#
# A GoogleTest executable `test-NAME` in build/<preset>/tests/, which is the ctest test NAME.
# LIBRARIES are the -static targets, whose hidden symbols and private headers a test may use:
# "base/list.h" is found when bight-static is among them. tests/support is always linked, and
# gtest's main too unless OWN_MAIN. GUI: links a toolkit, whose own leaks are ignored. SERIAL:
# measures time or counts something of the whole machine, so no other test runs at the same time.
# WAITS: its processor time is less than half of the time that it takes on an idle machine, as
# where programs are started and waited for. The label `threads` is for tests with more than one
# thread, which run under TSan.
function(bight_test name)
    cmake_parse_arguments(arg "OWN_MAIN;GUI;SERIAL;WAITS" "TIMEOUT"
        "SOURCES;LIBRARIES;DEFINITIONS;ENVIRONMENT;LABELS" ${ARGN})
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "bight_test(${name}): what is ${arg_UNPARSED_ARGUMENTS}?")
    endif()
    set(target test-${name})
    add_executable(${target} ${arg_SOURCES})
    bight_test_code(${target})
    set_target_properties(${target} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    target_compile_definitions(${target} PRIVATE ${arg_DEFINITIONS})
    target_link_libraries(${target} PRIVATE bight-test-support ${arg_LIBRARIES} GTest::gtest)
    if(NOT arg_OWN_MAIN)
        target_link_libraries(${target} PRIVATE GTest::gtest_main)
    endif()
    bight_private_headers(${target} ${arg_LIBRARIES})
    add_test(NAME ${name}
        COMMAND ${target} --gtest_output=xml:${BIGHT_TEST_RESULTS}/${name}.xml)
    bight_test_properties(${name} "${arg_TIMEOUT}" ${arg_GUI} ${arg_SERIAL} ${arg_WAITS}
        "${arg_LABELS}" "${arg_ENVIRONMENT}")
    set_property(TEST ${name} APPEND PROPERTY LABELS gtest)
    if("threads" IN_LIST arg_LABELS)
        add_dependencies(tests-with-threads ${target})
    endif()
endfunction()

# bight_test_again(NAME OF other [ENVIRONMENT VAR=value ...] [TIMEOUT seconds] [LABELS ...] [GUI])
#
# The ctest test NAME is the executable of bight_test(other) in another environment, and its cases
# are counted separately.
function(bight_test_again name)
    cmake_parse_arguments(arg "GUI" "OF;TIMEOUT" "ENVIRONMENT;LABELS" ${ARGN})
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "bight_test_again(${name}): what is ${arg_UNPARSED_ARGUMENTS}?")
    endif()
    add_test(NAME ${name}
        COMMAND test-${arg_OF} --gtest_output=xml:${BIGHT_TEST_RESULTS}/${name}.xml)
    bight_test_properties(${name} "${arg_TIMEOUT}" ${arg_GUI} FALSE FALSE "${arg_LABELS}"
        "${arg_ENVIRONMENT}")
    set_property(TEST ${name} APPEND PROPERTY LABELS gtest)
endfunction()

# What `./run test tsan` builds and runs: the tests with the label threads.
add_custom_target(tests-with-threads)

# bight_script_test(NAME COMMAND ... [ENVIRONMENT VAR=value ...] [TIMEOUT seconds] [LABELS ...]
#                   [GUI] [SERIAL] [WAITS])
#
# A test that is a program or script: it counts as one. Exit status 77 is a skip; the reason is the
# last line that it prints.
function(bight_script_test name)
    cmake_parse_arguments(arg "GUI;SERIAL;WAITS" "TIMEOUT" "COMMAND;ENVIRONMENT;LABELS" ${ARGN})
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "bight_script_test(${name}): what is ${arg_UNPARSED_ARGUMENTS}?")
    endif()
    add_test(NAME ${name} COMMAND ${arg_COMMAND})
    bight_test_properties(${name} "${arg_TIMEOUT}" ${arg_GUI} ${arg_SERIAL} ${arg_WAITS}
        "${arg_LABELS}" "${arg_ENVIRONMENT}")
endfunction()

# bight_fuzz(NAME SOURCES ... LIBRARIES ... [TIMEOUT seconds])
#
# A fuzz target: the sources define LLVMFuzzerTestOneInput. With the preset fuzz it is an executable
# `fuzz-NAME` of libFuzzer, for `./run fuzz NAME`. In all other builds it is the ctest test
# fuzz-NAME, which gives it every file of tests/fuzz/corpus/NAME and a few thousand mutations of
# them, the same in every run.
function(bight_fuzz name)
    cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
    set(target fuzz-${name})
    set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
    add_executable(${target} ${arg_SOURCES})
    bight_warnings(${target})
    target_link_libraries(${target} PRIVATE ${arg_LIBRARIES})
    bight_private_headers(${target} ${arg_LIBRARIES})
    set_target_properties(${target} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
    if(BIGHT_FUZZ)
        target_link_options(${target} PRIVATE -fsanitize=fuzzer)
        return()
    endif()
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:bight-fuzz-replay>)
    add_test(NAME ${target} COMMAND ${target} ${corpus})
    bight_test_properties(${target} "${arg_TIMEOUT}" FALSE FALSE FALSE fuzz "")
endfunction()

# bight_bench(NAME SOURCES ... LIBRARIES ... [TIMEOUT seconds] [GUI])
#
# A measurement: the executable `bench-NAME`, for `./run bench NAME`. With `--smoke` it only checks
# within seconds that it still works; that is the ctest test bench-NAME.
function(bight_bench name)
    cmake_parse_arguments(arg "GUI" "TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
    set(target bench-${name})
    add_executable(${target} ${arg_SOURCES})
    bight_warnings(${target})
    target_link_libraries(${target} PRIVATE ${arg_LIBRARIES})
    bight_private_headers(${target} ${arg_LIBRARIES})
    set_target_properties(${target} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
    add_test(NAME ${target} COMMAND ${target} --smoke)
    bight_test_properties(${target} "${arg_TIMEOUT}" ${arg_GUI} FALSE FALSE bench "")
endfunction()
