// SPDX-License-Identifier: Apache-2.0
#include "interpreter/print.hpp"

#include <fmt/format.h>

#include <bit>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "interpreter/fused_handlers.hpp"
#include "interpreter/handlers.hpp"
#include "wasm/opcode.hpp"

namespace shallop::interpreter {
namespace {

using Names = std::unordered_map<Word, std::string>;

char letter(From from) { return from == From::slot ? 's' : from == From::acc ? 'a' : 'i'; }
const char* letter(To to) { return to == To::slot ? "s" : to == To::acc ? "a" : "return"; }
const char* suffix(Accumulator accumulator) {
  if (accumulator == Accumulator::integer) return "";
  return accumulator == Accumulator::floating ? "f" : "v";
}

constexpr From all_from[] = {From::slot, From::acc, From::imm};
constexpr To all_to[] = {To::acc, To::slot};
constexpr To all_to_or_caller[] = {To::acc, To::slot, To::caller};
constexpr Accumulator all_accumulators[] = {Accumulator::integer, Accumulator::floating, Accumulator::vector};
constexpr std::pair<Returned, const char*> all_returned[] = {{Returned::nothing, ""},
                                                             {Returned::integer_slot, " s"},
                                                             {Returned::integer_acc, " a"},
                                                             {Returned::float_slot, " sf"},
                                                             {Returned::float_acc, " af"}};
constexpr MemoryAccess all_access[] = {MemoryAccess::guarded, MemoryAccess::checked};

constexpr Opcode all_opcodes[] = {
#define SHALLOP_LOAD(code, id, text, result, size) Opcode::id,
#define SHALLOP_STORE(code, id, text, operand, size) Opcode::id,
#define SHALLOP_UNARY(code, id, text, operand, result) Opcode::id,
#define SHALLOP_UNARY_TRAPPING(code, id, text, operand, result) Opcode::id,
#define SHALLOP_BINARY(code, id, text, operand, result) Opcode::id,
#define SHALLOP_BINARY_TRAPPING(code, id, text, operand, result) Opcode::id,
#define SHALLOP_COMPARE(code, id, text, operand, result) Opcode::id,
#include "wasm/opcodes.def"
};

constexpr Opcode vector_opcodes[] = {
#define SHALLOP_VECTOR_UNARY(code, id, text, operand, result) Opcode::id,
#define SHALLOP_VECTOR_BINARY(code, id, text, operand, result) Opcode::id,
#define SHALLOP_VECTOR_TERNARY(code, id, text, operand, result) Opcode::id,
#define SHALLOP_VECTOR_SHIFT(code, id, text, operand, result) Opcode::id,
#define SHALLOP_EXTRACT_LANE(code, id, text, lanes, result) Opcode::id,
#define SHALLOP_REPLACE_LANE(code, id, text, lanes, operand) Opcode::id,
#define SHALLOP_VECTOR_LOAD(code, id, text, result, size_bytes) Opcode::id,
#define SHALLOP_LOAD_LANE(code, id, text, result, size_bytes) Opcode::id,
#define SHALLOP_STORE_LANE(code, id, text, operand, size_bytes) Opcode::id,
#include "wasm/opcodes.def"
};

constexpr Opcode atomic_opcodes[] = {
#define SHALLOP_ATOMIC_LOAD(code, id, text, result, size_bytes) Opcode::id,
#define SHALLOP_ATOMIC_STORE(code, id, text, operand, size_bytes) Opcode::id,
#define SHALLOP_ATOMIC_RMW(code, id, text, operand, size_bytes, operation) Opcode::id,
#define SHALLOP_ATOMIC_CMPXCHG(code, id, text, operand, size_bytes) Opcode::id,
#include "wasm/opcodes.def"
};

void add(Names& names, Handler handler, std::string name) {
  if (handler != nullptr) names.emplace(std::bit_cast<Word>(handler), std::move(name));
}

void add_opcode(Names& names, Opcode opcode) {
  const std::string_view name = text(opcode);
  add(names, other_store_handler(opcode), fmt::format("{} other", name));
  for (To to : all_to) add(names, other_load_handler(opcode, to), fmt::format("{} >{} other", name, letter(to)));
  for (From a : all_from) {
    for (To to : all_to) {
      add(names, unary_handler(opcode, a, to), fmt::format("{} {}>{}", name, letter(a), letter(to)));
    }
    for (To to : all_to_or_caller) {
      add(names, divide_by_constant_handler(opcode, a, to),
          fmt::format("{} {}i>{} multiplied", name, letter(a), letter(to)));
      for (MemoryAccess access : all_access) {
        const char* const checked = access == MemoryAccess::checked ? " checked" : "";
        add(names, load_handler(opcode, a, to, access),
            fmt::format("{} {}>{}{}", name, letter(a), letter(to), checked));
      }
      for (From b : all_from) {
        add(names, binary_handler(opcode, a, b, to), fmt::format("{} {}{}>{}", name, letter(a), letter(b), letter(to)));
      }
    }
    for (From b : all_from) {
      add(names, store_handler(opcode, a, b, MemoryAccess::guarded),
          fmt::format("{} {}{}", name, letter(a), letter(b)));
      add(names, store_handler(opcode, a, b, MemoryAccess::checked),
          fmt::format("{} {}{} checked", name, letter(a), letter(b)));
      for (bool when : {false, true}) {
        add(names, compare_branch_handler(opcode, a, b, when),
            fmt::format("br_{} {} {}{}", when ? "if" : "unless", name, letter(a), letter(b)));
      }
    }
  }
}

// `inner` together with each instruction that may follow it.
void add_pairs(Names& names, Opcode inner) {
  const std::string_view first = text(inner);
  for (To to : all_to) {
    add(names, global_move_handler(inner, to), fmt::format("global.get, {}, global.set i>{}", first, letter(to)));
  }
  for (From a : all_from) {
    for (const auto& [returned, mark] : all_returned) {
      add(names, operate_global_set_return_handler(inner, a, returned),
          fmt::format("{}, global.set {}i, return{}", first, letter(a), mark));
    }
    for (To to : all_to) {
      add(names, operate_global_set_handler(inner, a, to),
          fmt::format("{}, global.set {}i>{}", first, letter(a), letter(to)));
      for (From b : all_from) {
        add(names, compare_select_handler(inner, a, b, to),
            fmt::format("{}, select {}{}>{}", first, letter(a), letter(b), letter(to)));
      }
    }
    for (To to : all_to_or_caller) {
      add(names, load_load_handler(inner, a, to), fmt::format("i32.load, {} {}>{}", first, letter(a), letter(to)));
    }
    for (From b : all_from) {
      for (To to : all_to_or_caller) {
        add(names, load_sum_handler(inner, a, b, to),
            fmt::format("{} +{}{}>{}", first, letter(a), letter(b), letter(to)));
      }
      for (From value : all_from) {
        add(names, store_sum_handler(inner, value, a, b),
            fmt::format("{} {}+{}{}", first, letter(value), letter(a), letter(b)));
      }
    }
  }
  for (Opcode outer : all_opcodes) {
    const std::string_view second = text(outer);
    for (From a : all_from) {
      for (From b : all_from) {
        for (To to : all_to_or_caller) {
          const std::string ab = fmt::format("{}{}>{}", letter(a), letter(b), letter(to));
          for (Side side : {Side::left, Side::right}) {
            const char* const mark = side == Side::left ? "" : " right";
            add(names, load_operate_handler(inner, outer, side, a, b, to),
                fmt::format("{}, {} {}{}", first, second, ab, mark));
          }
        }
        for (To to : all_to) {
          const std::string ab = fmt::format("{}{}>{}", letter(a), letter(b), letter(to));
          add(names, load_branch_handler(inner, outer, a, b, to), fmt::format("{}, br_if {} {}", first, second, ab));
          for (From c : all_from) {
            const std::string abc = fmt::format("{}{}{}>{}", letter(a), letter(b), letter(c), letter(to));
            add(names, operate_branch_handler(inner, outer, a, b, c, to),
                fmt::format("{}, br_if {} {}", first, second, abc));
            add(names, operate_store_handler(inner, outer, a, b, c, to), fmt::format("{}, {} {}", first, second, abc));
            for (Side side : {Side::left, Side::right}) {
              const char* const mark = side == Side::left ? "" : " right";
              add(names, load_sum_operate_handler(inner, outer, side, a, b, c, to),
                  fmt::format("{} +, {} {}{}", first, second, abc, mark));
              add(names, chain_handler(inner, outer, side, a, b, c, to),
                  fmt::format("{}, {} {}{}", first, second, abc, mark));
              add(names, wide_chain_handler(inner, outer, side, a, b, c, to),
                  fmt::format("{}, {} wide {}{}", first, second, abc, mark));
            }
          }
        }
      }
    }
  }
}

// What vector instructions have beyond the forms of add_opcode.
void add_vector_opcode(Names& names, Opcode opcode) {
  const std::string_view name = text(opcode);
  add(names, other_store_lane_handler(opcode), fmt::format("{} other", name));
  for (To to : all_to) {
    add(names, other_load_lane_handler(opcode, to), fmt::format("{} >{} other", name, letter(to)));
    add(names, extract_lane_handler(opcode, to), fmt::format("{} s>{}", name, letter(to)));
    for (From a : all_from) {
      for (From b : all_from) {
        const std::string ab = fmt::format("{} {}{}>{}", name, letter(a), letter(b), letter(to));
        add(names, load_sum_handler(opcode, a, b, to),
            fmt::format("{} +{}{}>{}", name, letter(a), letter(b), letter(to)));
        add(names, replace_lane_handler(opcode, a, b, to), ab);
        add(names, load_lane_handler(opcode, a, b, to, MemoryAccess::guarded), ab);
        add(names, load_lane_handler(opcode, a, b, to, MemoryAccess::checked), ab + " checked");
        for (From c : all_from) {
          add(names, vector_ternary_handler(opcode, a, b, c, to),
              fmt::format("{} {}{}{}>{}", name, letter(a), letter(b), letter(c), letter(to)));
        }
      }
    }
  }
  for (From address : all_from) {
    add(names, store_lane_handler(opcode, address, MemoryAccess::guarded),
        fmt::format("{} s{}", name, letter(address)));
    add(names, store_lane_handler(opcode, address, MemoryAccess::checked),
        fmt::format("{} s{} checked", name, letter(address)));
  }
}

void add_atomic_opcode(Names& names, Opcode opcode) {
  const std::string_view name = text(opcode);
  for (To to : all_to) {
    for (From address : all_from) {
      add(names, atomic_load_handler(opcode, address, to), fmt::format("{} {}>{}", name, letter(address), letter(to)));
    }
    add(names, atomic_rmw_handler(opcode, to), fmt::format("{} ss>{}", name, letter(to)));
    add(names, atomic_cmpxchg_handler(opcode, to), fmt::format("{} sss>{}", name, letter(to)));
  }
  for (From value : all_from) {
    for (From address : all_from) {
      add(names, atomic_store_handler(opcode, value, address),
          fmt::format("{} {}{}", name, letter(value), letter(address)));
    }
  }
}

void add_calls(Names& names) {
  for (unsigned copies = 0; copies <= most_call_copies; ++copies) {
    const std::string mark = copies == 0 ? "" : fmt::format(", copy {}", copies);
    add(names, call_handler(copies), "call" + mark);
    for (unsigned replica = 0; replica < call_indirect_replicas; ++replica) {
      add(names, call_indirect_handler(From::slot, copies, replica), "call_indirect s" + mark);
      add(names, call_indirect_handler(From::acc, copies, replica), "call_indirect a" + mark);
    }
  }
  add(names, call_import_handler(), "call_import");
  add(names, return_call_handler(), "return_call");
  add(names, return_call_import_handler(), "return_call_import");
  add(names, throw_handler(), "throw");
  add(names, throw_ref_handler(), "throw_ref");
  add(names, return_nothing_handler(), "return");
  add(names, return_many_handler(), "return_many");
  add(names, unreachable_handler(), "unreachable");
  add(names, first_call_handler(), "first_call");
  add(names, leave_handler(), "leave");
}

void add_copies_and_constants(Names& names) {
  for (unsigned count = 1; count <= most_copies; ++count) {
    add(names, copy_handler(count), fmt::format("copy {}", count));
  }
  add(names, copy_vector_handler(), "copy v128");
  add(names, constant_handler(), "constant");
  add(names, vector_constant_handler(), "constant v128");
  for (unsigned count = 1; count <= 7; ++count) add(names, zero_slots_handler(count), "zero");
}

void add_memory_and_tables(Names& names) {
  add(names, memory_fill_handler(), "memory.fill");
  add(names, memory_copy_handler(), "memory.copy");
  add(names, memory_init_handler(), "memory.init");
  add(names, data_drop_handler(), "data.drop");
  add(names, atomic_fence_handler(), "atomic.fence");
  add(names, table_set_handler(), "table.set");
  add(names, table_fill_handler(), "table.fill");
  add(names, table_copy_handler(), "table.copy");
  add(names, table_init_handler(), "table.init");
  add(names, elem_drop_handler(), "elem.drop");
  for (To to : all_to) {
    add(names, memory_size_handler(to), fmt::format("memory.size >{}", letter(to)));
    add(names, memory_grow_handler(to), fmt::format("memory.grow >{}", letter(to)));
    add(names, atomic_wait32_handler(to), fmt::format("memory.atomic.wait32 sss>{}", letter(to)));
    add(names, atomic_wait64_handler(to), fmt::format("memory.atomic.wait64 sss>{}", letter(to)));
    add(names, atomic_notify_handler(to), fmt::format("memory.atomic.notify ss>{}", letter(to)));
    add(names, ref_func_handler(to), fmt::format("ref.func >{}", letter(to)));
    add(names, table_get_handler(to), fmt::format("table.get >{}", letter(to)));
    add(names, table_size_handler(to), fmt::format("table.size >{}", letter(to)));
    add(names, table_grow_handler(to), fmt::format("table.grow >{}", letter(to)));
  }
}

// What takes its operand from a slot or an accumulator.
void add_by_source(Names& names, From from) {
  add(names, branch_if_handler(from, true), fmt::format("br_if {}", letter(from)));
  add(names, branch_if_handler(from, false), fmt::format("br_unless {}", letter(from)));
  add(names, branch_table_handler(from), fmt::format("br_table {}", letter(from)));
  add(names, return_call_indirect_handler(from), fmt::format("return_call_indirect {}", letter(from)));
  for (Accumulator accumulator : all_accumulators) {
    const std::string which = suffix(accumulator);
    add(names, return_one_handler(from, accumulator), fmt::format("return {}{}", letter(from), which));
    add(names, global_set_handler(from, accumulator), fmt::format("global.set {}{}", letter(from), which));
    for (To to : all_to) {
      add(names, select_handler(from, accumulator, to), fmt::format("select {}>{}{}", letter(from), letter(to), which));
    }
  }
}

void add_by_accumulator(Names& names, Accumulator accumulator) {
  add(names, store_accumulator_handler(accumulator), fmt::format("store_acc{}", suffix(accumulator)));
  for (To to : all_to) {
    add(names, global_get_handler(accumulator, to), fmt::format("global.get >{}{}", letter(to), suffix(accumulator)));
  }
}

void add_shuffles(Names& names) {
  for (From a : all_from) {
    for (From b : all_from) {
      for (To to : all_to) {
        add(names, shuffle_handler(a, b, to), fmt::format("i8x16.shuffle {}{}>{}", letter(a), letter(b), letter(to)));
      }
    }
  }
}

Names all_names() {
  Names names;
  for (Opcode opcode : all_opcodes) {
    add_opcode(names, opcode);
    add_pairs(names, opcode);
  }
  for (Opcode opcode : vector_opcodes) {
    add_opcode(names, opcode);
    add_vector_opcode(names, opcode);
  }
  for (Opcode opcode : atomic_opcodes) add_atomic_opcode(names, opcode);
  add_shuffles(names);
  add(names, branch_handler(), "br");
  add_copies_and_constants(names);
  add_calls(names);
  add_memory_and_tables(names);
  for (From from : {From::slot, From::acc}) add_by_source(names, from);
  for (Accumulator accumulator : all_accumulators) add_by_accumulator(names, accumulator);
  return names;
}

}  // namespace

// An instruction reaches to the next word that is a handler's address. No payload or constant of real code looks like
// one; if it does, the listing is wrong there and nothing else is.
std::string print(const ModuleCode& code, FunctionCode& function) {
  static const Names names = all_names();
  const Word* const first = code.ensure_lowered(function);
  const auto skipped = static_cast<size_t>(first - function.words.data());
  std::string listing = fmt::format("frame {}\n", function.frame_slots.load());
  for (size_t i = skipped; i < function.words.size(); ++i) {
    const Word word = function.words[i];
    if (const auto name = names.find(word); name != names.end()) {
      if (i != skipped) listing += '\n';
      fmt::format_to(std::back_inserter(listing), "{:4} {:<32}", i, name->second);
      const Word payload = i + 1 < function.words.size() ? function.words[i + 1] : 0;
      for (unsigned field = 0; field < 4; ++field) {
        fmt::format_to(std::back_inserter(listing), " {}", static_cast<int16_t>(payload >> (16 * field)));
      }
      ++i;
    } else {
      // The address of a callee or type differs from run to run.
      const bool is_address = word >> 40 != 0 && word >> 47 == 0;
      if (is_address)
        listing += " | (address)";
      else
        fmt::format_to(std::back_inserter(listing), " | {}", static_cast<int64_t>(word));
    }
  }
  return listing + '\n';
}

}  // namespace shallop::interpreter
