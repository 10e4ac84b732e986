# SPDX-License-Identifier: Apache-2.0
# shallop_add_layer(name SOURCES file... [LAYERS layer...] [LIBRARIES target...])
#
# A layer is one folder of src/ = one static library shallop_<name>. LAYERS names what it may include, as in the
# dependency table of ARCHITECTURE.md; tests/architecture holds the #include lines against the same table.
function(shallop_add_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;LAYERS;LIBRARIES")
  add_library(shallop_${name} STATIC ${ARG_SOURCES})
  target_include_directories(shallop_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM ARG_LAYERS PREPEND shallop_)
  target_link_libraries(shallop_${name} PUBLIC ${ARG_LAYERS} ${ARG_LIBRARIES} PRIVATE shallop_warnings)
endfunction()
