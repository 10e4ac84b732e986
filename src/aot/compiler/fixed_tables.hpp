// SPDX-License-Identifier: Apache-2.0
// Tables whose elements are known when the module is compiled: defined by it, seen by nobody else, changed by no
// instruction, filled from its own functions. C and C++ programs have one, with their virtual and other functions whose
// address is taken. An indirect call through such a table needs no FunctionInstance: the image holds an array with the
// place and type of each element's code.
#pragma once

#include <optional>
#include <vector>

#include "wasm/module.hpp"

namespace shallop::aot {

// By element; nothing for null.
using FixedTable = std::vector<std::optional<FuncIndex>>;

// By TableIndex; nothing for a table that is not fixed.
std::vector<std::optional<FixedTable>> find_fixed_tables(const Module& module);

// The first type of the module that is equal to each: types are compared by structure.
std::vector<TypeIndex> first_equal_types(const Module& module);

}  // namespace shallop::aot
