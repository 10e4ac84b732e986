// SPDX-License-Identifier: Apache-2.0
// The instructions of slot code, as lowering asks for them: by Wasm opcode and by where operands are and results go. A
// look-up returns null where a form does not exist; lowering then brings the operands into a form that does. After each
// comes its layout: payload fields 0-3, `upper` (fields 2-3 as one 32-bit number), further words.
#pragma once

#include <cstdint>

#include "interpreter/code.hpp"
#include "interpreter/instruction.hpp"
#include "runtime/interruption.hpp"
#include "wasm/opcode.hpp"

namespace shallop::interpreter {

// --- Numeric (numeric_handlers.cpp) ---

// dst, a, b; an immediate is in `upper`, for f64 in word 2. To::caller exists here (not for vectors) and for loads.
Handler binary_handler(Opcode opcode, From a, From b, To to);
// dst, a.
Handler unary_handler(Opcode opcode, From a, To to);
// dst, a, shift; word 2 = multiplier, of a remainder word 3 = divisor (division_handlers.cpp, reciprocal.hpp).
Handler divide_by_constant_handler(Opcode opcode, From a, To to);

// --- Vectors (simd_handlers.cpp). The look-ups for unary, binary, load and store find those of vectors as well. ---

Handler vector_unary_handler(Opcode opcode, From a, To to);
// Of a shift, b is an i32. An immediate v128 is in words 2 and 3.
Handler vector_binary_handler(Opcode opcode, From a, From b, To to);
// dst, a, b, c.
Handler vector_ternary_handler(Opcode opcode, From a, From b, From c, To to);
// The permutations (permute_handlers.cpp); of a shuffle, the lanes are in words 2 and 3.
Handler swizzle_handler(From a, From b, To to);
Handler shuffle_handler(From a, From b, To to);
// dst, vector (a slot), lane.
Handler extract_lane_handler(Opcode opcode, To to);
// dst, vector, value, lane.
Handler replace_lane_handler(Opcode opcode, From vector, From value, To to);
// dst, address, upper = offset; word 2 = vector | lane << 32.
Handler load_lane_handler(Opcode opcode, From vector, From address, To to, MemoryAccess access);
// vector (a slot), address, upper = offset; word 2 = lane.
Handler store_lane_handler(Opcode opcode, From address, MemoryAccess access);

// --- Comparisons as conditions (branch_handlers.cpp) ---

// a, b, upper = target; an immediate is in word 2. Goes to target if the comparison's result is `when`.
Handler compare_branch_handler(Opcode compare, From a, From b, bool when);
// a, upper = target. Goes to target if (a != 0) == when.
Handler branch_if_handler(From a, bool when);
// upper = target.
Handler branch_handler();
// index, -, upper = number of labels without the default; then 32-bit targets, the default last, two a word.
Handler branch_table_handler(From index);

// --- Memory (memory_handlers.cpp) ---

// dst, address, upper = offset; of a constant address, upper is the sum.
Handler load_handler(Opcode opcode, From address, To to, MemoryAccess access);
// value, address, upper = offset; an immediate value is in word 2.
Handler store_handler(Opcode opcode, From value, From address, MemoryAccess access);
// dst; word 2 = memory.
Handler memory_size_handler(To to);
// dst, delta; word 2 = memory.
Handler memory_grow_handler(To to);
// destination, value, count (slots); word 2 = memory.
Handler memory_fill_handler();
// destination, source, count (slots); word 2 = destination memory | source memory << 32.
Handler memory_copy_handler();
// destination, source, count (slots); word 2 = memory | data segment << 32.
Handler memory_init_handler();
// word 2 = data segment.
Handler data_drop_handler();

// --- Atomics (atomic_handlers.cpp). Word 2 = slots of two further operands, the memory in its upper half. ---

// dst, address, upper = offset.
Handler atomic_load_handler(Opcode opcode, From address, To to);
// value, address, upper = offset.
Handler atomic_store_handler(Opcode opcode, From value, From address);
// dst, address (a slot), upper = offset; one operand.
Handler atomic_rmw_handler(Opcode opcode, To to);
// dst, address (a slot), upper = offset; expected, replacement.
Handler atomic_cmpxchg_handler(Opcode opcode, To to);
// dst, address (a slot), upper = offset; expected, timeout.
Handler atomic_wait32_handler(To to);
Handler atomic_wait64_handler(To to);
// dst, address (a slot), upper = offset; count.
Handler atomic_notify_handler(To to);
Handler atomic_fence_handler();

// --- Memories other than 0 (other_memory_handlers.cpp): operands in slots, every access compared ---

// dst, address, upper = offset; word 2 = memory.
Handler other_load_handler(Opcode opcode, To to);
// value, address, upper = offset; word 2 = memory.
Handler other_store_handler(Opcode opcode);
// dst, address, upper = offset; word 2 = vector | lane << 32, word 3 = memory.
Handler other_load_lane_handler(Opcode opcode, To to);
// vector, address, upper = offset; word 2 = lane, word 3 = memory.
Handler other_store_lane_handler(Opcode opcode);

// --- Moves, calls, control (control_handlers.cpp) ---

// Which accumulator has a value, and how much of it: a v128 takes the whole of the float accumulator.
enum class Accumulator : uint8_t { integer, floating, vector };

// dst, source, dst, source; word 2 the same. As many of them as `count` says, in this order.
inline constexpr unsigned most_copies = 4;
Handler copy_handler(unsigned count);
// dst, source; of a v128.
Handler copy_vector_handler();
// dst; word 2 = bits.
Handler constant_handler();
// dst; words 2 and 3 = bits.
Handler vector_constant_handler();
// dst.
Handler store_accumulator_handler(Accumulator accumulator);
// dst, if true, if false, condition (slots but for the condition).
Handler select_handler(From condition, Accumulator accumulator, To to);
// start, count (at least 1).
Handler zero_slots_handler(unsigned count);

// Of a call, dst is where a single result of one slot goes; others stay where the arguments were. It may begin with
// copies (copy_handler's fields, in its last word), at most these.
inline constexpr unsigned most_call_copies = 2;
// dst, argument slot; word 2 = FunctionCode; word 3 = copies, if any.
Handler call_handler(unsigned copies);
// dst, argument slot, slot beyond arguments and results; word 2 = function index.
Handler call_import_handler();
// There are as many of each indirect call's handler. They are the same, but a processor predicts the jump of each by
// itself, and one call in the program goes to the same callee more often than all calls do.
inline constexpr unsigned call_indirect_replicas = 8;
// dst, argument slot, index, slot beyond arguments and results; word 2 = canonical type; word 3 = table; word 4 =
// copies, if any.
Handler call_indirect_handler(From index, unsigned copies, unsigned replica);

// -, argument slot, number of argument slots; word 2 = FunctionCode.
Handler return_call_handler();
// -, argument slot, number of argument slots, that of arguments or results; word 2 = function index.
Handler return_call_import_handler();
// index, and as the one before; word 2 = canonical type; word 3 = table.
Handler return_call_indirect_handler(From index);

Handler return_nothing_handler();
// -, value.
Handler return_one_handler(From value, Accumulator accumulator);
// -, first value, number of slots.
Handler return_many_handler();

Handler unreachable_handler();
// Ends the loop: the return address of a frame that was entered from outside.
Handler leave_handler();
// The first instruction of a function before its first call; word 1 = FunctionCode.
Handler first_call_handler();
// The first instruction of a function that has native code; word 1 = FunctionCode.
Handler native_call_handler();

// --- Exceptions (exception_handlers.cpp) ---

// -, first value; word 2 = tag.
Handler throw_handler();
// -, reference (slots).
Handler throw_ref_handler();

// --- Globals, tables, references (instance_handlers.cpp) ---

// dst; word 2 = global.
Handler global_get_handler(Accumulator accumulator, To to);
// value; word 2 = global.
Handler global_set_handler(From value, Accumulator accumulator);
// dst; word 2 = function.
Handler ref_func_handler(To to);
// dst, index; word 2 = table.
Handler table_get_handler(To to);
// index, value; word 2 = table.
Handler table_set_handler();
// dst; word 2 = table.
Handler table_size_handler(To to);
// dst, value, delta; word 2 = table.
Handler table_grow_handler(To to);
// start, value, count; word 2 = table.
Handler table_fill_handler();
// destination, source, count; word 2 = destination table | source table << 32.
Handler table_copy_handler();
// destination, source, count; word 2 = table | segment << 32.
Handler table_init_handler();
// word 2 = element segment.
Handler elem_drop_handler();

// --- Endings (control_handlers.cpp) ---

// Note where the program stands, for the backtrace, and return. The trap code is in the store.
SHALLOP_HANDLER Completion trapped(SHALLOP_HANDLER_PARAMETERS);
// The same after a callee outside this loop returned `exited` or `trapped`; its Completion is in `acc`. After `threw`,
// goes on at the innermost catch clause of the loop that takes the exception, if there is one.
SHALLOP_HANDLER Completion passed_on(SHALLOP_HANDLER_PARAMETERS);
SHALLOP_HANDLER Completion unwind(SHALLOP_HANDLER_PARAMETERS);

#define SHALLOP_TRAP_IF(condition, trap_code) \
  do { \
    if (condition) [[unlikely]] { \
      instance->store->ending.trap.code = (trap_code); \
      SHALLOP_GO(trapped); \
    } \
  } while (false)

// Behind whatever may take long: a signal that comes meanwhile cannot end the guest (runtime/interruption.hpp).
#define SHALLOP_TRAP_IF_INTERRUPTED() SHALLOP_TRAP_IF(is_interrupted(), TrapCode::interrupted)

}  // namespace shallop::interpreter
