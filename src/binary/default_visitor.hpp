// SPDX-License-Identifier: Apache-2.0
// Base of a visitor that tells only a few instructions apart. Derived declares functions for those, which hide the ones
// here, and other() for all the rest.
#pragma once

#include <cstddef>
#include <cstdint>

#include "binary/immediates.hpp"
#include "wasm/opcode.hpp"

namespace shallop {

template <class Derived>
class DefaultVisitor {
 public:
  void at(size_t) {}
#define SHALLOP_OP(code, id, text, immediate) \
  void id(auto...) { derived().other(); }
#include "wasm/opcodes.def"
  void load(Opcode, MemArg) { derived().other(); }
  void store(Opcode, MemArg) { derived().other(); }
  void constant(ValueType, uint64_t) { derived().other(); }
  void unary(Opcode) { derived().other(); }
  void unary_trapping(Opcode) { derived().other(); }
  void binary(Opcode) { derived().other(); }
  void binary_trapping(Opcode) { derived().other(); }
  void compare(Opcode) { derived().other(); }
  void ternary(Opcode) { derived().other(); }
  void shift(Opcode) { derived().other(); }
  void extract_lane(Opcode, LaneIndex) { derived().other(); }
  void replace_lane(Opcode, LaneIndex) { derived().other(); }
  void load_lane(Opcode, MemArg, LaneIndex) { derived().other(); }
  void store_lane(Opcode, MemArg, LaneIndex) { derived().other(); }
  void atomic_load(Opcode, MemArg) { derived().other(); }
  void atomic_store(Opcode, MemArg) { derived().other(); }
  void atomic_rmw(Opcode, MemArg) { derived().other(); }
  void atomic_cmpxchg(Opcode, MemArg) { derived().other(); }

 private:
  friend Derived;
  DefaultVisitor() = default;

  Derived& derived() { return static_cast<Derived&>(*this); }
};

}  // namespace shallop
