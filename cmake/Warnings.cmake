add_library(shallop_warnings INTERFACE)
option(SHALLOP_WERROR "Treat warnings as errors" OFF)
target_compile_options(shallop_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wmissing-declarations
  $<$<BOOL:${SHALLOP_WERROR}>:-Werror>)
