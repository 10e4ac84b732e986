# SPDX-License-Identifier: Apache-2.0
# The warnings every target of ours is held to. They are errors where SHALLOP_WERROR is on: presets dev and asan-ubsan.
option(SHALLOP_WERROR "Treat warnings as errors" OFF)

add_library(shallop_warnings INTERFACE)
target_compile_options(shallop_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wmissing-declarations
  $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>
  $<$<BOOL:${SHALLOP_WERROR}>:-Werror>)
