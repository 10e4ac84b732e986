// SPDX-License-Identifier: Apache-2.0
#include "interpreter/lower.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "binary/instructions.hpp"
#include "interpreter/lowering.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop::interpreter {

Lowering::Lowering(const ModuleCode& module_code, uint32_t defined_index, MemoryAccess access,
                   std::vector<InstructionPlace>* places)
    : module_code_(module_code),
      module_(*module_code.module()),
      function_(module_.functions[defined_index]),
      type_(module_.types[function_.type.value]),
      access_(access),
      places_(places),
      locals_(type_, function_),
      replica_(defined_index) {
  builder_.set_operand_base(locals_.end());
  // Room for zeroing locals, used if it turns out to be needed.
  builder_.emit(zero_slots_handler(1), 0);
  frames_.push_back({.kind = Frame::Kind::function,
                     .parameters = {},
                     .results = type_.results,
                     .base_height = 0,
                     .base_slot = builder_.next_slot()});
}

LoweredFunction Lowering::finish() {
  const auto [first, count] = locals_.zeroed_range();
  if (count != 0) {
    builder_.word(0) = std::bit_cast<Word>(zero_slots_handler(count));
    builder_.word(1) = pack(first, count, 0, 0);
  }
  if (builder_.frame_slots() > limits::frame_slots) {
    throw ValidationError(function_.body.offset,
                          fmt::format("a function needs {} slots for its locals and operands, more than {}",
                                      builder_.frame_slots(), limits::frame_slots));
  }
  return {.words = builder_.take_words(),
          .first_word = count != 0 ? 0u : 2u,
          .frame_slots = builder_.frame_slots(),
          .catch_handlers = std::move(catch_handlers_)};
}

void Lowering::at(size_t offset) {
  if (places_ != nullptr && reachable_) {
    while (!places_->empty() && places_->back().word >= builder_.position()) places_->pop_back();
    places_->push_back({static_cast<uint32_t>(builder_.position()), offset});
  }
}

uint32_t slots_of(const std::vector<ValueType>& types) {
  uint32_t slots = 0;
  for (ValueType each : types) slots += slots_of(each);
  return slots;
}

uint64_t most_results(const Module& module) {
  uint64_t most = 1;
  for (const FuncType& each : module.types) most = std::max<uint64_t>(most, each.results.size());
  return most;
}

uint64_t frame_slots_bound(const Module& module, uint32_t defined_index, uint64_t most_results) {
  const Function& function = module.functions[defined_index];
  const FuncType& type = module.types[function.type.value];
  uint64_t slots = slots_of(type.parameters) + slots_of(type.results);
  for (const LocalGroup& group : function.locals) slots += uint64_t{group.count} * slots_of(group.type);
  // An instruction pushes one value, a call or block its results; each value takes at most two slots.
  return slots + 2 * function.body.bytes.size() * most_results;
}

LoweredFunction lower(const ModuleCode& module_code, uint32_t defined_index, MemoryAccess access,
                      std::vector<InstructionPlace>* places) {
  Lowering lowering(module_code, defined_index, access, places);
  visit_instructions(module_code.module()->functions[defined_index].body, lowering);
  return lowering.finish();
}

}  // namespace shallop::interpreter
