# SPDX-License-Identifier: Apache-2.0
# fmt as a static library, compiled from its installed headers: Debian has it as a shared object only, which brings
# libstdc++.so with it and takes the dynamic loader half a millisecond (docs/decisions.md).
find_package(fmt REQUIRED)
add_library(shallop_fmt STATIC ${CMAKE_CURRENT_LIST_DIR}/fmt.cpp)
target_include_directories(shallop_fmt SYSTEM PUBLIC $<TARGET_PROPERTY:fmt::fmt,INTERFACE_INCLUDE_DIRECTORIES>)
