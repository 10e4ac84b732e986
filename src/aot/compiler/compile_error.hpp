// SPDX-License-Identifier: Apache-2.0
// What stops the making of native code: a processor that LLVM does not know, an instruction that the compiler does not
// know yet. The module is none the worse for it and can be interpreted.
#pragma once

#include "wasm/error.hpp"

namespace shallop::aot {

class CompileError : public Error {
 public:
  using Error::Error;
};

}  // namespace shallop::aot
