# SPDX-License-Identifier: Apache-2.0
# add_guest_executable(NAME SOURCES...): a program that is a Wasm guest under the toolchain wasm32-wasi.cmake and an ordinary
# native program otherwise, so that one CMakeLists.txt builds both.
include_guard(GLOBAL)
set(SHALLOP_GUEST_DIRECTORY ${CMAKE_CURRENT_LIST_DIR}/../guest CACHE INTERNAL "Sources of the guest SDK")

# The SDK is C++, also in projects that are C alone.
macro(add_guest_executable)
  enable_language(CXX)
  shallop_add_guest_executable(${ARGV})
endmacro()

function(shallop_add_guest_executable name)
  if(NOT TARGET shallop_guest_sdk)
    add_subdirectory(${SHALLOP_GUEST_DIRECTORY} ${CMAKE_BINARY_DIR}/shallop-guest EXCLUDE_FROM_ALL)
  endif()
  add_executable(${name} ${ARGN})
  if(CMAKE_SYSTEM_NAME STREQUAL "WASI")
    target_link_libraries(${name} PRIVATE shallop::posix)
    set_target_properties(${name} PROPERTIES SUFFIX .wasm)
  endif()
endfunction()
