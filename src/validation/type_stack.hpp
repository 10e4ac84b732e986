// SPDX-License-Identifier: Apache-2.0
// The operand stack and the control stack of the validation algorithm, with its messages. Owned by a visitor, reused
// from body to body so that no instruction allocates. Throws ValidationError at the offset last told.
// https://webassembly.github.io/spec/core/appendix/algorithm.html#data-structures
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wasm/module.hpp"
#include "wasm/opcode.hpp"
#include "wasm/types.hpp"

namespace shallop {

// The type of an operand that unreachable code takes from nowhere: it matches every type.
inline constexpr ValueType unknown_type{0};

struct ControlFrame {
  Opcode opcode = Opcode::block;  // block, loop, if or else; block for the body itself
  bool is_unreachable = false;
  std::span<const ValueType> parameters;
  std::span<const ValueType> results;
  size_t height = 0;  // of the operand stack where the block begins

  // What a branch to this block takes along.
  std::span<const ValueType> label_types() const { return opcode == Opcode::loop ? parameters : results; }
};

class TypeStack {
 public:
  // Starts over with the empty stacks of a body that leaves `results`.
  void begin(const Expression& body, std::span<const ValueType> results);
  void at(size_t offset) { offset_ = offset; }
  size_t offset() const { return offset_; }

  void push(ValueType type) { operands_.push_back(type); }
  void push(std::span<const ValueType> types);
  void pop(ValueType expected) {
    if (has_on_top(expected)) [[likely]] {
      operands_.pop_back();
    } else {
      pop_rarely(expected);
    }
  }
  // From the last to the first.
  void pop(std::span<const ValueType> expected);
  // The type is unknown_type where the operand comes from unreachable code.
  ValueType pop_any();
  // Checks that `expected` could be popped, and leaves the stack as it is.
  void check_top(std::span<const ValueType> expected) const;

  // operand -> result, and operand operand -> result: nearly every numeric instruction.
  void apply_unary(ValueType operand, ValueType result) {
    if (has_on_top(operand)) [[likely]] {
      operands_.back() = result;
    } else {
      pop_rarely(operand);
      push(result);
    }
  }
  void apply_binary(ValueType operand, ValueType result) {
    pop(operand);
    apply_unary(operand, result);
  }

  void enter(Opcode opcode, std::span<const ValueType> parameters, std::span<const ValueType> results);
  // Checks that the innermost block ends with its results, and removes it.
  ControlFrame leave();
  // What follows until the block's end is not executed.
  void set_unreachable();

  const ControlFrame& body() const { return frames_.front(); }
  const ControlFrame& target(LabelIndex label) const;

  // The name of the instruction last told.
  std::string_view instruction() const;
  [[noreturn]] void fail(const std::string& message) const;
  // "type mismatch in i32.add: " and `message`.
  [[noreturn]] void fail_type_mismatch(const std::string& message) const;

 private:
  bool has_on_top(ValueType type) const { return operands_.size() > height_ && operands_.back() == type; }
  void pop_rarely(ValueType expected);
  [[noreturn]] void fail_found(ValueType expected, ValueType found) const;

  std::vector<ValueType> operands_;
  std::vector<ControlFrame> frames_;
  size_t height_ = 0;  // that of the innermost frame
  size_t offset_ = 0;
  Expression expression_;
};

}  // namespace shallop
