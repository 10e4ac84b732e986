// SPDX-License-Identifier: Apache-2.0
// What native code calls for the things it does not do itself (runtime/native_abi.hpp).
#pragma once

#include "runtime/native_abi.hpp"

namespace shallop::aot {

extern const NativeBuiltins builtins;

}  // namespace shallop::aot
