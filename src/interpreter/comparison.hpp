// SPDX-License-Identifier: Apache-2.0
// Algebra of the comparison and commutative instructions, for lowering.
#pragma once

#include <optional>

#include "wasm/opcode.hpp"

namespace shallop::interpreter {

constexpr bool is_comparison(Opcode opcode) {
  switch (opcode) {
#define SHALLOP_COMPARE(code, id, text, operand, result) case Opcode::id:
#include "wasm/opcodes.def"
    return true;
    default: return false;
  }
}

// The comparison that holds for (b, a) exactly if `compare` holds for (a, b).
constexpr Opcode with_swapped_operands(Opcode compare) {
  switch (compare) {
#define SHALLOP_SWAP(type, less, greater) \
  case Opcode::type##_##less: return Opcode::type##_##greater; \
  case Opcode::type##_##greater: return Opcode::type##_##less;
    SHALLOP_SWAP(i32, lt_s, gt_s)
    SHALLOP_SWAP(i32, lt_u, gt_u)
    SHALLOP_SWAP(i32, le_s, ge_s)
    SHALLOP_SWAP(i32, le_u, ge_u)
    SHALLOP_SWAP(i64, lt_s, gt_s)
    SHALLOP_SWAP(i64, lt_u, gt_u)
    SHALLOP_SWAP(i64, le_s, ge_s)
    SHALLOP_SWAP(i64, le_u, ge_u)
    SHALLOP_SWAP(f32, lt, gt)
    SHALLOP_SWAP(f32, le, ge)
    SHALLOP_SWAP(f64, lt, gt)
    SHALLOP_SWAP(f64, le, ge)
#undef SHALLOP_SWAP
    default: return compare;  // eq, ne
  }
}

// The comparison that holds exactly if `compare` does not. Float orderings have none: both fail for a NaN.
constexpr std::optional<Opcode> inverse(Opcode compare) {
  switch (compare) {
#define SHALLOP_INVERSE(one, other) \
  case Opcode::one: return Opcode::other; \
  case Opcode::other: return Opcode::one;
    SHALLOP_INVERSE(i32_eq, i32_ne)
    SHALLOP_INVERSE(i32_lt_s, i32_ge_s)
    SHALLOP_INVERSE(i32_lt_u, i32_ge_u)
    SHALLOP_INVERSE(i32_gt_s, i32_le_s)
    SHALLOP_INVERSE(i32_gt_u, i32_le_u)
    SHALLOP_INVERSE(i64_eq, i64_ne)
    SHALLOP_INVERSE(i64_lt_s, i64_ge_s)
    SHALLOP_INVERSE(i64_lt_u, i64_ge_u)
    SHALLOP_INVERSE(i64_gt_s, i64_le_s)
    SHALLOP_INVERSE(i64_gt_u, i64_le_u)
    SHALLOP_INVERSE(f32_eq, f32_ne)
    SHALLOP_INVERSE(f64_eq, f64_ne)
#undef SHALLOP_INVERSE
    default: return std::nullopt;
  }
}

constexpr bool is_commutative(Opcode binary) {
  switch (binary) {
    case Opcode::i32_add:
    case Opcode::i32_mul:
    case Opcode::i32_and:
    case Opcode::i32_or:
    case Opcode::i32_xor:
    case Opcode::i64_add:
    case Opcode::i64_mul:
    case Opcode::i64_and:
    case Opcode::i64_or:
    case Opcode::i64_xor:
    case Opcode::f32_add:
    case Opcode::f32_mul:
    case Opcode::f64_add:
    case Opcode::f64_mul: return true;
    default: return false;
  }
}

}  // namespace shallop::interpreter
