// SPDX-License-Identifier: Apache-2.0
#include "validation/function_validator.hpp"

#include <fmt/format.h>

#include "binary/instructions.hpp"
#include "validation/known_index.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {

using enum ValueType;

namespace {
constexpr uint32_t vector_size_bytes = 16;
}

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
  stack_.pop(type.parameters);
  stack_.push(type.results);
}

// Control instructions: https://webassembly.github.io/spec/core/valid/instructions.html#control-instructions

void FunctionValidator::enter(Opcode opcode, BlockType type) {
  if (type.type_index()) require_type(*type.type_index());
  const auto parameters = type.parameters(module_);
  stack_.pop(parameters);
  stack_.enter(opcode, parameters, type.results(module_));
}

void FunctionValidator::nop() {}
void FunctionValidator::unreachable() { stack_.set_unreachable(); }
void FunctionValidator::block(BlockType type) { enter(Opcode::block, type); }
void FunctionValidator::loop(BlockType type) { enter(Opcode::loop, type); }

void FunctionValidator::if_(BlockType type) {
  stack_.pop(i32);
  enter(Opcode::if_, type);
}

void FunctionValidator::else_() {
  // The grammar of the binary format has it inside an if only.
  if (stack_.target({0}).opcode != Opcode::if_) throw DecodeError(stack_.offset(), "else without an if before it");
  const ControlFrame frame = stack_.leave();
  stack_.enter(Opcode::else_, frame.parameters, frame.results);
}

void FunctionValidator::end() {
  const ControlFrame frame = stack_.leave();
  if (frame.opcode == Opcode::if_ && !std::ranges::equal(frame.parameters, frame.results)) {
    stack_.fail_type_mismatch("an if without an else has to leave what it takes");
  }
  stack_.push(frame.results);
}

void FunctionValidator::br(LabelIndex label) {
  stack_.pop(stack_.target(label).label_types());
  stack_.set_unreachable();
}

void FunctionValidator::br_if(LabelIndex label) {
  stack_.pop(i32);
  const auto types = stack_.target(label).label_types();
  stack_.pop(types);
  stack_.push(types);
}

void FunctionValidator::br_table(const LabelTable& labels) {
  stack_.pop(i32);
  const auto default_types = stack_.target(labels.default_label()).label_types();
  LabelIndex checked = labels.default_label();
  stack_.check_top(default_types);
  for (const LabelIndex label : labels) {
    if (label == checked) continue;  // long runs of one label are usual
    const auto types = stack_.target(label).label_types();
    if (types.size() != default_types.size()) {
      stack_.fail_type_mismatch(fmt::format("label {} takes {} values, the default label {} takes {}", label.value,
                                            types.size(), labels.default_label().value, default_types.size()));
    }
    stack_.check_top(types);
    checked = label;
  }
  stack_.set_unreachable();
}

void FunctionValidator::return_() {
  stack_.pop(stack_.body().results);
  stack_.set_unreachable();
}

void FunctionValidator::call(FuncIndex index) {
  require_known_index("function", index.value, module_.function_types.size(), stack_.offset());
  apply(module_.types[module_.function_types[index.value].value]);
}

void FunctionValidator::pop_callee(TypeIndex type, TableIndex index) {
  if (table(index).element != funcref) {
    stack_.fail_type_mismatch(
        fmt::format("expected a table of funcref, table {} is of {}", index.value, text(table(index).element)));
  }
  require_type(type);
  stack_.pop(i32);
}

void FunctionValidator::call_indirect(TypeIndex type, TableIndex index) {
  pop_callee(type, index);
  apply(module_.types[type.value]);
}

// A tail call's results are those of the function that makes it.
void FunctionValidator::apply_and_return(const FuncType& type) {
  stack_.pop(type.parameters);
  if (!std::ranges::equal(type.results, stack_.body().results)) {
    const FuncType own{.parameters = {}, .results = {stack_.body().results.begin(), stack_.body().results.end()}};
    stack_.fail_type_mismatch(fmt::format("the function that is called has type {}, this one returns {}", text(type),
                                          text(own).substr(sizeof("() -> ") - 1)));
  }
  stack_.set_unreachable();
}

void FunctionValidator::return_call(FuncIndex index) {
  require_known_index("function", index.value, module_.function_types.size(), stack_.offset());
  apply_and_return(module_.types[module_.function_types[index.value].value]);
}

void FunctionValidator::return_call_indirect(TypeIndex type, TableIndex index) {
  pop_callee(type, index);
  apply_and_return(module_.types[type.value]);
}

// Exceptions: https://webassembly.github.io/spec/core/valid/instructions.html#control-instructions

const FuncType& FunctionValidator::tag(TagIndex index) const {
  require_known_index("tag", index.value, module_.tag_types.size(), stack_.offset());
  return module_.types[module_.tag_types[index.value].type.value];
}

void FunctionValidator::throw_(TagIndex index) {
  stack_.pop(tag(index).parameters);
  stack_.set_unreachable();
}

void FunctionValidator::throw_ref() {
  stack_.pop(exnref);
  stack_.set_unreachable();
}

void FunctionValidator::try_table(BlockType type, const CatchClauses& clauses) {
  for (const CatchClause clause : clauses) require_catch_label(clause);
  enter(Opcode::try_table, type);
}

void FunctionValidator::require_catch_label(const CatchClause& clause) const {
  FuncType caught;
  if (clause.tag) caught.parameters = tag(*clause.tag).parameters;
  if (clause.with_reference) caught.parameters.push_back(exnref);
  const auto taken = stack_.target(clause.label).label_types();
  if (std::ranges::equal(caught.parameters, taken)) return;
  FuncType label;
  label.parameters.assign(taken.begin(), taken.end());
  const auto list = [](const FuncType& types) { return text(types).substr(0, text(types).find(" ->")); };
  stack_.fail_type_mismatch(
      fmt::format("a catch clause gives {}, label {} takes {}", list(caught), clause.label.value, list(label)));
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

// Memory instructions: https://webassembly.github.io/spec/core/valid/instructions.html#memory-instructions

void FunctionValidator::require_type(TypeIndex index) const {
  require_known_index("type", index.value, module_.types.size(), stack_.offset());
}

void FunctionValidator::require_memory(MemoryIndex index) const {
  require_known_index("memory", index.value, module_.memory_types.size(), stack_.offset());
}

void FunctionValidator::require_data_segment(DataIndex index) const {
  // Without the count, a body could not be validated before the data section, which comes later, has been read.
  if (!module_.data_count) {
    throw DecodeError(stack_.offset(), "data count section required: an instruction names a data segment");
  }
  require_known_index("data segment", index.value, *module_.data_count, stack_.offset());
}

void FunctionValidator::require_alignment(AccessType access, MemArg argument) const {
  if (uint64_t{1} << argument.align_log2 > access.size_bytes) [[unlikely]] {
    stack_.fail(fmt::format("alignment must not be larger than natural: expected at most {} bytes, found 2^{}",
                            access.size_bytes, argument.align_log2));
  }
}

void FunctionValidator::memory_size(MemoryIndex index) {
  require_memory(index);
  stack_.push(i32);
}

void FunctionValidator::memory_grow(MemoryIndex index) {
  require_memory(index);
  stack_.apply_unary(i32, i32);
}

void FunctionValidator::memory_init(DataIndex data, MemoryIndex memory) {
  require_memory(memory);
  require_data_segment(data);
  for (int i = 0; i < 3; ++i) stack_.pop(i32);
}

void FunctionValidator::data_drop(DataIndex index) { require_data_segment(index); }

void FunctionValidator::memory_copy(MemoryIndex target, MemoryIndex source) {
  require_memory(target);
  require_memory(source);
  for (int i = 0; i < 3; ++i) stack_.pop(i32);
}

void FunctionValidator::memory_fill(MemoryIndex index) {
  require_memory(index);
  for (int i = 0; i < 3; ++i) stack_.pop(i32);
}

void FunctionValidator::load(Opcode opcode, MemArg argument) {
  const AccessType access = access_type(opcode);
  require_memory(argument.memory);
  require_alignment(access, argument);
  stack_.apply_unary(i32, access.value);
}

void FunctionValidator::store(Opcode opcode, MemArg argument) {
  const AccessType access = access_type(opcode);
  require_memory(argument.memory);
  require_alignment(access, argument);
  stack_.pop(access.value);
  stack_.pop(i32);
}

void FunctionValidator::load_lane(Opcode opcode, MemArg argument, LaneIndex lane) {
  require_lane(lane, vector_size_bytes / access_type(opcode).size_bytes);
  stack_.pop(v128);
  load(opcode, argument);
}

void FunctionValidator::store_lane(Opcode opcode, MemArg argument, LaneIndex lane) {
  require_lane(lane, vector_size_bytes / access_type(opcode).size_bytes);
  store(opcode, argument);
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

// Atomic memory instructions:
// https://webassembly.github.io/threads/core/valid/instructions.html#atomic-memory-instructions

void FunctionValidator::require_atomic_access(AccessType access, MemArg argument) const {
  require_memory(argument.memory);
  if (uint64_t{1} << argument.align_log2 != access.size_bytes) [[unlikely]] {
    stack_.fail(fmt::format("atomic alignment must be natural: expected {} bytes, found 2^{}", access.size_bytes,
                            argument.align_log2));
  }
}

void FunctionValidator::atomic_load(Opcode opcode, MemArg argument) {
  require_atomic_access(access_type(opcode), argument);
  stack_.apply_unary(i32, access_type(opcode).value);
}

void FunctionValidator::atomic_store(Opcode opcode, MemArg argument) {
  require_atomic_access(access_type(opcode), argument);
  stack_.pop(access_type(opcode).value);
  stack_.pop(i32);
}

void FunctionValidator::atomic_rmw(Opcode opcode, MemArg argument) {
  require_atomic_access(access_type(opcode), argument);
  stack_.pop(access_type(opcode).value);
  stack_.apply_unary(i32, access_type(opcode).value);
}

void FunctionValidator::atomic_cmpxchg(Opcode opcode, MemArg argument) {
  stack_.pop(access_type(opcode).value);
  atomic_rmw(opcode, argument);
}

void FunctionValidator::memory_atomic_notify(MemArg argument) {
  require_atomic_access(i32_access, argument);
  stack_.apply_binary(i32, i32);
}

void FunctionValidator::wait(AccessType access, MemArg argument) {
  require_atomic_access(access, argument);
  stack_.pop(i64);
  stack_.pop(access.value);
  stack_.apply_unary(i32, i32);
}

}  // namespace shallop
