// SPDX-License-Identifier: Apache-2.0
// Superinstructions: two Wasm instructions in one. As in handlers.hpp, a look-up returns null where there is no such
// form. Those that access memory are for guarded memories.
#pragma once

#include "interpreter/instruction.hpp"
#include "wasm/opcode.hpp"

namespace shallop::interpreter {

// Which operand of the outer operation the inner one's result is. Of a commutative one it is the left.
enum class Side : uint8_t { left, right };

// dst, x, a, b: outer(inner(a, b), x), or outer(x, inner(a, b)). Immediates are 16 bits, signed; only b and x may be.
Handler chain_handler(Opcode inner, Opcode outer, Side side, From a, From b, From x, To to);

// dst, a; word 2 = b | x << 32. The same where b is an immediate of 32 bits, signed, of a multiplication whose product
// is added or subtracted: what is left of a division.
Handler wide_chain_handler(Opcode inner, Opcode outer, Side side, From a, From b, From x, To to);

// dst, a, upper = offset; word 2 = b. The address is i32.add(a, b).
Handler load_sum_handler(Opcode load, From a, From b, To to);
// value, a, upper = offset; word 2 = b; an immediate value in word 3.
Handler store_sum_handler(Opcode store, From value, From a, From b);

// dst, address, upper = offset; word 2 = x. outer(loaded, x), or outer(x, loaded). An immediate is 32 bits, signed.
Handler load_operate_handler(Opcode load, Opcode outer, Side side, From address, From x, To to);

// dst, a, upper = offset; word 2 = b | x << 32. outer(loaded, x), or outer(x, loaded), where i32.add(a, b) is the
// address.
Handler load_sum_operate_handler(Opcode load, Opcode outer, Side side, From a, From b, From x, To to);
// dst, address, upper = second offset; word 2 = first offset. Loads from where an i32.load leads.
Handler load_load_handler(Opcode load, From address, To to);
// dst, a, upper = offset; word 2 = b | address << 32. Stores inner(a, b); with To::acc, it is kept nowhere else.
Handler operate_store_handler(Opcode inner, Opcode store, From a, From b, From address, To to);

// dst, if true, if false, a; word 2 = b. Integers only; an immediate is 32 bits, signed.
Handler compare_select_handler(Opcode compare, From a, From b, To to);

// dst, a, upper = immediate b; word 2 = global. The global's new value is i32.add(a, b), or i32.sub; with To::acc, it
// is kept nowhere else.
Handler operate_global_set_handler(Opcode inner, From a, To to);
// dst, -, upper = immediate b; word 2 = global. The same of the global's own value.
Handler global_move_handler(Opcode inner, To to);
// What a function returns behind an operate_global_set that is its last instruction: nothing, or one value from field
// 0. The layout is that of operate_global_set.
enum class Returned : uint8_t { nothing, integer_slot, integer_acc, float_slot, float_acc };
Handler operate_global_set_return_handler(Opcode inner, From a, Returned returned);

// dst, a, upper = target; word 2 = b | c << 32. Goes to target if compare(inner(a, b), c). Immediates are 32 bits,
// signed.
Handler operate_branch_handler(Opcode inner, Opcode compare, From a, From b, From c, To to);
// dst, address, upper = target; word 2 = offset | c << 32. Goes to target if compare(loaded, c).
Handler load_branch_handler(Opcode load, Opcode compare, From address, From c, To to);

}  // namespace shallop::interpreter
