// SPDX-License-Identifier: Apache-2.0
#include "validation/function_validator.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "binary/instructions.hpp"
#include "validation/known_index.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {

using enum ValueType;

namespace {

constexpr uint32_t vector_size_bytes = 16;

// Of its file; a module may also have been made without one.
uint64_t size_bytes(const Module& module) { return module.bytes != nullptr ? module.bytes->size() : 0; }

}  // namespace

FunctionValidator::FunctionValidator(const Module& module, const DeclaredFunctions& declared, FeatureUse& features)
    : module_(module),
      declared_(declared),
      features_(features),
      branch_values_max_(std::max(limits::branch_values_min, limits::branch_values_per_byte * size_bytes(module))) {}

// https://webassembly.github.io/spec/core/valid/modules.html#functions
void FunctionValidator::validate(const Function& function) {
  set_locals(function);
  stack_.begin(function.body, module_.types[function.type.value].results);
  visit_instructions(function.body, *this, &features_);
}

void FunctionValidator::set_locals(const Function& function) {
  locals_ = module_.types[function.type.value].parameters;
  for (const auto& [count, type] : function.locals) locals_.insert(locals_.end(), count, type);
  if (locals_.size() > limits::locals) {
    throw ValidationError(function.body.offset, fmt::format("too many locals: {} with the parameters, the limit is {}",
                                                            locals_.size(), limits::locals));
  }
}

void FunctionValidator::apply(const FuncType& type) {
  carry_if_many(type.parameters);
  carry_if_many(type.results);
  stack_.pop(type.parameters);
  stack_.push(type.results);
}

// Reference instructions: https://webassembly.github.io/spec/core/valid/instructions.html#reference-instructions

void FunctionValidator::ref_null(ValueType type) { stack_.push(type); }

void FunctionValidator::ref_is_null() {
  const ValueType found = stack_.pop_any();
  if (found != unknown_type && !is_reference(found)) {
    stack_.fail_type_mismatch(fmt::format("expected a reference, found {}", text(found)));
  }
  stack_.push(i32);
}

void FunctionValidator::ref_func(FuncIndex index) {
  require_known_index("function", index.value, module_.function_types.size(), stack_.offset());
  if (!declared_[index.value]) {
    stack_.fail(
        fmt::format("undeclared function reference: function {} has to be named in an element segment, a global or an "
                    "export",
                    index.value));
  }
  stack_.push(funcref);
}

// Parametric instructions: https://webassembly.github.io/spec/core/valid/instructions.html#parametric-instructions

void FunctionValidator::drop() { stack_.pop_any(); }

void FunctionValidator::select() {
  stack_.pop(i32);
  const ValueType second = stack_.pop_any();
  const ValueType first = stack_.pop_any();
  const ValueType type = first == unknown_type ? second : first;
  if (is_reference(type)) {
    stack_.fail_type_mismatch(
        fmt::format("expected numbers, found {}: references need a select with a type", text(type)));
  }
  if (second != type && second != unknown_type) {
    stack_.fail_type_mismatch(fmt::format("expected {} as the first operand, found {}", text(type), text(second)));
  }
  stack_.push(type);
}

void FunctionValidator::select_typed(const SelectTypes& types) {
  if (types.size() != 1) {
    stack_.fail(fmt::format("invalid result arity: expected one type for select, found {}", types.size()));
  }
  stack_.pop(i32);
  stack_.apply_binary(types.front(), types.front());
}

// Variable instructions: https://webassembly.github.io/spec/core/valid/instructions.html#variable-instructions

ValueType FunctionValidator::local(LocalIndex index) const {
  require_known_index("local", index.value, locals_.size(), stack_.offset());
  return locals_[index.value];
}

const GlobalType& FunctionValidator::global(GlobalIndex index) const {
  require_known_index("global", index.value, module_.global_types.size(), stack_.offset());
  return module_.global_types[index.value];
}

void FunctionValidator::local_get(LocalIndex index) { stack_.push(local(index)); }
void FunctionValidator::local_set(LocalIndex index) { stack_.pop(local(index)); }
void FunctionValidator::local_tee(LocalIndex index) { stack_.apply_unary(local(index), local(index)); }
void FunctionValidator::global_get(GlobalIndex index) { stack_.push(global(index).type); }

void FunctionValidator::global_set(GlobalIndex index) {
  const GlobalType& type = global(index);
  if (!type.is_mutable) stack_.fail(fmt::format("global is immutable: global.set {}", index.value));
  stack_.pop(type.type);
}

// Table instructions: https://webassembly.github.io/spec/core/valid/instructions.html#table-instructions

const TableType& FunctionValidator::table(TableIndex index) const {
  require_known_index("table", index.value, module_.table_types.size(), stack_.offset());
  return module_.table_types[index.value];
}

const ElementSegment& FunctionValidator::element(ElementIndex index) const {
  require_known_index("elem segment", index.value, module_.elements.size(), stack_.offset());
  return module_.elements[index.value];
}

void FunctionValidator::table_get(TableIndex index) { stack_.apply_unary(i32, table(index).element); }

void FunctionValidator::table_set(TableIndex index) {
  stack_.pop(table(index).element);
  stack_.pop(i32);
}

void FunctionValidator::table_init(ElementIndex source, TableIndex target) {
  const ValueType table_of = table(target).element;
  const ValueType segment_of = element(source).type;
  if (table_of != segment_of) {
    stack_.fail_type_mismatch(fmt::format("table {} is of {}, element segment {} of {}", target.value, text(table_of),
                                          source.value, text(segment_of)));
  }
  for (int i = 0; i < 3; ++i) stack_.pop(i32);
}

void FunctionValidator::elem_drop(ElementIndex index) { element(index); }

void FunctionValidator::table_copy(TableIndex target, TableIndex source) {
  if (table(target).element != table(source).element) {
    stack_.fail_type_mismatch(fmt::format("table {} is of {}, table {} of {}", target.value,
                                          text(table(target).element), source.value, text(table(source).element)));
  }
  for (int i = 0; i < 3; ++i) stack_.pop(i32);
}

void FunctionValidator::table_grow(TableIndex index) {
  stack_.pop(i32);
  stack_.apply_unary(table(index).element, i32);
}

void FunctionValidator::table_size(TableIndex index) {
  table(index);
  stack_.push(i32);
}

void FunctionValidator::table_fill(TableIndex index) {
  stack_.pop(i32);
  stack_.pop(table(index).element);
  stack_.pop(i32);
}

// Numeric instructions: https://webassembly.github.io/spec/core/valid/instructions.html#numeric-instructions

void FunctionValidator::constant(ValueType type, uint64_t) { stack_.push(type); }

void FunctionValidator::unary(Opcode opcode) {
  stack_.apply_unary(numeric_type(opcode).operand, numeric_type(opcode).result);
}

void FunctionValidator::binary(Opcode opcode) {
  stack_.apply_binary(numeric_type(opcode).operand, numeric_type(opcode).result);
}

void FunctionValidator::unary_trapping(Opcode opcode) { unary(opcode); }
void FunctionValidator::binary_trapping(Opcode opcode) { binary(opcode); }
void FunctionValidator::compare(Opcode opcode) { binary(opcode); }

// Vector instructions: https://webassembly.github.io/spec/core/valid/instructions.html#vector-instructions

void FunctionValidator::require_lane(LaneIndex lane, uint32_t lanes) const {
  if (lane.value >= lanes) [[unlikely]] {
    stack_.fail(
        fmt::format("invalid lane index {} in {}: there are {} lanes", lane.value, stack_.instruction(), lanes));
  }
}

void FunctionValidator::ternary(Opcode opcode) {
  stack_.pop(numeric_type(opcode).operand);
  binary(opcode);
}

void FunctionValidator::shift(Opcode opcode) {
  stack_.pop(i32);
  unary(opcode);
}

void FunctionValidator::extract_lane(Opcode opcode, LaneIndex lane) {
  require_lane(lane, lane_type(opcode).lanes);
  stack_.apply_unary(v128, lane_type(opcode).value);
}

void FunctionValidator::replace_lane(Opcode opcode, LaneIndex lane) {
  require_lane(lane, lane_type(opcode).lanes);
  stack_.pop(lane_type(opcode).value);
  stack_.apply_unary(v128, v128);
}

void FunctionValidator::v128_const(VectorBits) { stack_.push(v128); }

void FunctionValidator::i8x16_shuffle(ShuffleLanes lanes) {
  for (const uint8_t each : lanes) require_lane({each}, 2 * vector_size_bytes);
  stack_.apply_binary(v128, v128);
}

}  // namespace shallop
