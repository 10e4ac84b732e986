# SPDX-License-Identifier: Apache-2.0
# What CMake 3.25 does not know of the system name WASI: programs end in .wasm, and there are no shared libraries.
set(WASI TRUE)
set(CMAKE_EXECUTABLE_SUFFIX .wasm)
set_property(GLOBAL PROPERTY TARGET_SUPPORTS_SHARED_LIBS FALSE)
