# SPDX-License-Identifier: Apache-2.0
# CMake toolchain for guests: clang 19, wasi-libc and libc++ as Debian packages them, and the SDK of ../guest.
#
#   cmake -S . -B build -DCMAKE_TOOLCHAIN_FILE=<shallop>/cmake/wasm32-wasi.cmake
#
# gives `add_guest_executable(NAME SOURCES...)`, which makes NAME.wasm; ordinary POSIX socket code compiles unchanged.
set(CMAKE_SYSTEM_NAME WASI)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})  # Platform/WASI.cmake

set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_AR llvm-ar-19)
set(CMAKE_RANLIB llvm-ranlib-19)
set(CMAKE_C_COMPILER_TARGET wasm32-wasi)
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)

# The wrapper headers stand before wasi-libc's. Bulk memory: a copy is one instruction instead of wasi-libc's loop. The
# emulations are what wasi-libc has for programs that name signals, process ids or clock(), and cost nothing when they are
# not used.
set(shallop_guest_flags "-isystem \"${CMAKE_CURRENT_LIST_DIR}/../guest/posix/include\" -mbulk-memory \
-D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_GETPID")
set(CMAKE_C_FLAGS_INIT "${shallop_guest_flags}")
set(CMAKE_CXX_FLAGS_INIT "${shallop_guest_flags} -fno-exceptions -fno-rtti")

# A stack of 1 MiB below the data: running over its end traps instead of overwriting variables. Debug information goes, the
# name section stays, as backtraces show it; but where clang finds Binaryen's wasm-opt it runs that behind the link, which
# makes code a twentieth shorter and drops the names.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,-z,stack-size=1048576 -Wl,--stack-first -Wl,--strip-debug")
set(CMAKE_C_STANDARD_LIBRARIES_INIT "-lwasi-emulated-signal -lwasi-emulated-process-clocks -lwasi-emulated-getpid")
set(CMAKE_CXX_STANDARD_LIBRARIES_INIT "${CMAKE_C_STANDARD_LIBRARIES_INIT}")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel")
endif()

include(${CMAKE_CURRENT_LIST_DIR}/GuestExecutable.cmake)
