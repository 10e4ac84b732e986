# SPDX-License-Identifier: Apache-2.0
include(GoogleTest)

# shallop_add_test(name SOURCES file... [LAYERS layer...] [LIBRARIES target...] LABELS suite [RUN_SERIAL])
#
# One GoogleTest program of one suite, as named by `./dev test SUITE`. Each of its cases is a ctest case
# `name.Suite.Case`: a crash fails one case, and ctest's totals count cases. With RUN_SERIAL a case has the machine to itself.
function(shallop_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "RUN_SERIAL" "LABELS" "SOURCES;LAYERS;LIBRARIES")
  if(NOT ARG_LABELS OR ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "shallop_add_test(${name}) wants LABELS and one suite: ./dev test finds it by that name")
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  list(TRANSFORM ARG_LAYERS PREPEND shallop_)
  target_link_libraries(${name} PRIVATE ${ARG_LAYERS} ${ARG_LIBRARIES} GTest::gtest_main shallop_warnings)
  target_precompile_headers(${name} REUSE_FROM shallop_test_headers)
  gtest_discover_tests(${name} TEST_PREFIX "${name}." WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${ARG_LABELS} TIMEOUT 120 RUN_SERIAL ${ARG_RUN_SERIAL})
endfunction()

# shallop_test_engines(name): the test runs `shallop run` under every engine of this build (tests/support/builds.hpp).
function(shallop_test_engines name)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE SHALLOP_TEST_CACHE="${PROJECT_BINARY_DIR}/test-cache")
  if(TARGET shallop-compiler)
    add_dependencies(${name} shallop-compiler)
    target_compile_definitions(${name} PRIVATE SHALLOP_HAS_COMPILER)
  endif()
endfunction()

# shallop_add_fuzz_target(name SOURCES file... [LAYERS layer...] [LIBRARIES target...])
#
# One libFuzzer program (LLVMFuzzerTestOneInput), called fuzz_<stage>. `./dev fuzz` runs it from the preset fuzz. In
# every other preset it replays what is kept in tests/fuzz/corpus/<name> and tests/fuzz/found/<name>, as suite `fuzz`.
function(shallop_add_fuzz_target name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;LAYERS;LIBRARIES")
  add_executable(${name} ${ARG_SOURCES})
  list(TRANSFORM ARG_LAYERS PREPEND shallop_)
  target_link_libraries(${name} PRIVATE ${ARG_LAYERS} ${ARG_LIBRARIES} shallop_warnings)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  set(kept)
  foreach(folder corpus found)
    if(IS_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/${name})
      list(APPEND kept ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/${name})
    endif()
  endforeach()
  if(kept)
    add_test(NAME ${name}.replay COMMAND ${name} -runs=0 ${kept})
    set_tests_properties(${name}.replay PROPERTIES LABELS fuzz TIMEOUT 120)
  endif()
endfunction()
