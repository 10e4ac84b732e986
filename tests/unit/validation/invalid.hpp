// SPDX-License-Identifier: Apache-2.0
// What the validator says about modules, and about bodies in a module that has something of everything.
#pragma once

#include <string>
#include <vector>

#include "support/module_builder.hpp"

namespace shallop {

// "MESSAGE" of the ValidationError, without its offset; "accepted" if there is none. A DecodeError is "malformed:
// MESSAGE".
std::string invalid(const ModuleBuilder& module);
std::string invalid(std::vector<std::byte> module);

// The world of the bodies below: types 0 () -> (), 1 (i32, i64) -> (f32), 2 () -> (i32, i64); functions 0 and 1 of the
// types 0 and 1, of which 0 is declared for ref.func, then the body as function 2; tables 0 of funcref and 1 of
// externref; a memory; globals 0 an immutable i32 and 1 a mutable i64; element segment 0 of funcref; data segment 0.
struct BodyOf {
  std::vector<ValueType> parameters = {};
  std::vector<ValueType> results = {};
  std::vector<LocalGroup> locals = {};
};
// "+N: MESSAGE" where N counts from the body's first instruction.
std::string invalid(const BodyOf& function, const Body& body);
inline std::string invalid(const Body& body) { return invalid(BodyOf{}, body); }

}  // namespace shallop
