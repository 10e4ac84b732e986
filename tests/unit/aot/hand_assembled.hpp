// SPDX-License-Identifier: Apache-2.0
// Native code without a compiler: x86-64 instructions as bytes, put together to an image. Registers on entry to a
// function: rdi = instance, esi = first parameter, r10 = caller.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <vector>

#include "aot/native_image.hpp"
#include "validation/validated_module.hpp"

namespace shallop::aot {

// A module with these functions, exported under their names; all but `f_imported` are of type (i32) -> (i32).
inline constexpr const char* hand_assembled_functions[] = {"add_one",   "load",        "recurse",      "trap",
                                                           "call_null", "call_import", "call_indirect"};
std::shared_ptr<const ValidatedModule> hand_assembled_module();
NativeImage hand_assembled_image();

}  // namespace shallop::aot
