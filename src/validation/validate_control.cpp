// SPDX-License-Identifier: Apache-2.0
// The rules of control instructions: blocks, branches, calls, exceptions.
#include <fmt/format.h>

#include "validation/function_validator.hpp"
#include "validation/known_index.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {

using enum ValueType;

// Control instructions: https://webassembly.github.io/spec/core/valid/instructions.html#control-instructions

void FunctionValidator::enter(Opcode opcode, BlockType type) {
  if (type.type_index()) require_type(*type.type_index());
  const auto parameters = type.parameters(module_);
  const auto results = type.results(module_);
  carry_if_many(parameters);
  carry_if_many(results);
  stack_.pop(parameters);
  stack_.enter(opcode, parameters, results);
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

// Counted before an engine copies them. https://webassembly.github.io/spec/core/appendix/implementation.html
void FunctionValidator::carry(std::span<const ValueType> types) {
  branch_values_ += types.size();
  if (branch_values_ > branch_values_max_) [[unlikely]] {
    stack_.fail(fmt::format(
        "the branches, blocks and calls up to this {} carry {} values, more than the {} for a module of this size",
        stack_.instruction(), branch_values_, branch_values_max_));
  }
}

// Blocks and calls: those of compilers take and leave few, and those that are never reached are no code.
void FunctionValidator::carry_if_many(std::span<const ValueType> types) {
  if (types.size() > limits::uncounted_values && !stack_.target({0}).is_unreachable) carry(types);
}

void FunctionValidator::br(LabelIndex label) {
  const auto types = stack_.target(label).label_types();
  carry(types);
  stack_.pop(types);
  stack_.set_unreachable();
}

void FunctionValidator::br_if(LabelIndex label) {
  stack_.pop(i32);
  const auto types = stack_.target(label).label_types();
  carry(types);
  stack_.pop(types);
  stack_.push(types);
}

void FunctionValidator::br_table(const LabelTable& labels) {
  stack_.pop(i32);
  const auto default_types = stack_.target(labels.default_label()).label_types();
  LabelIndex checked = labels.default_label();
  stack_.check_top(default_types);
  carry(default_types);
  for (const LabelIndex label : labels) {
    if (label == checked) continue;  // long runs of one label are usual
    const auto types = stack_.target(label).label_types();
    if (types.size() != default_types.size()) {
      stack_.fail_type_mismatch(fmt::format("label {} takes {} values, the default label {} takes {}", label.value,
                                            types.size(), labels.default_label().value, default_types.size()));
    }
    carry(types);
    stack_.check_top(types);
    checked = label;
  }
  stack_.set_unreachable();
}

void FunctionValidator::return_() {
  carry(stack_.body().results);
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

}  // namespace shallop
