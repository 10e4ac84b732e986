# A layer is one folder of src/ = one static library. `LAYERS` names what it may include, as in ARCHITECTURE.md's
# dependency table; tests/architecture holds the #include lines against the same table.
function(shallop_add_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LAYERS;LIBRARIES" ${ARGN})
  add_library(shallop_${name} STATIC ${ARG_SOURCES})
  target_include_directories(shallop_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  foreach(layer IN LISTS ARG_LAYERS)
    target_link_libraries(shallop_${name} PUBLIC shallop_${layer})
  endforeach()
  target_link_libraries(shallop_${name} PUBLIC ${ARG_LIBRARIES} PRIVATE shallop_warnings)
endfunction()

# One GoogleTest program, known to ctest as `name`. `LABELS` are the suite names of `./dev test SUITE`.
function(shallop_add_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LAYERS;LIBRARIES;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  foreach(layer IN LISTS ARG_LAYERS)
    target_link_libraries(${name} PRIVATE shallop_${layer})
  endforeach()
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} GTest::gtest_main shallop_warnings)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
endfunction()
