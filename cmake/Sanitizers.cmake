# SPDX-License-Identifier: Apache-2.0
# SHALLOP_SANITIZE instruments every target (presets asan-ubsan, tsan and fuzz); SHALLOP_FUZZ adds libFuzzer's coverage.
set(SHALLOP_SANITIZE "" CACHE STRING "Sanitizers for every target, as in -fsanitize=")
option(SHALLOP_FUZZ "Instrument every target for libFuzzer" OFF)

if(SHALLOP_SANITIZE)
  add_compile_options(-fsanitize=${SHALLOP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(SHALLOP_SANITIZE MATCHES address)
    # A function's locals stay on the real stack: the interpreter compares their addresses with the stack's limit.
    add_compile_options(-fsanitize-address-use-after-return=never)
  endif()
  if(SHALLOP_SANITIZE MATCHES undefined)
    # Its check opens a pipe to ask whether an object may be read, and where descriptors have run out (as tests let them)
    # it takes the refusal for a broken object.
    add_compile_options(-fno-sanitize=vptr)
  endif()
  add_link_options(-fsanitize=${SHALLOP_SANITIZE})
endif()
if(SHALLOP_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
