// SPDX-License-Identifier: Apache-2.0
// Slot code as text, for golden tests and for those who look for the next superinstruction.
#pragma once

#include <string>

#include "interpreter/code.hpp"

namespace shallop::interpreter {

// One line for each instruction: its word, its name with the forms of its operands (s = slot, a = accumulator,
// i = immediate, after > where the result goes), the payload's four fields and further words.
std::string print(const ModuleCode& code, FunctionCode& function);

}  // namespace shallop::interpreter
