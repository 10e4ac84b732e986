// SPDX-License-Identifier: Apache-2.0
#include "validation/type_stack.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "binary/instructions.hpp"
#include "validation/known_index.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

std::string list(std::span<const ValueType> types) {
  std::string joined = "(";
  for (const ValueType each : types) {
    if (joined.size() > 1) joined += ", ";
    joined += text(each);
  }
  return joined + ")";
}

}  // namespace

void TypeStack::begin(const Expression& body, std::span<const ValueType> results) {
  expression_ = body;
  offset_ = body.offset;
  operands_.clear();
  frames_.clear();
  enter(Opcode::block, {}, results);
}

void TypeStack::enter(Opcode opcode, std::span<const ValueType> parameters, std::span<const ValueType> results) {
  height_ = operands_.size();
  frames_.push_back({.opcode = opcode, .parameters = parameters, .results = results, .height = height_});
  push(parameters);
}

ControlFrame TypeStack::leave() {
  const ControlFrame frame = frames_.back();
  pop(frame.results);
  if (operands_.size() != frame.height) {
    fail_type_mismatch(fmt::format("the block leaves {} more than its results {}", operands_.size() - frame.height,
                                   list(frame.results)));
  }
  frames_.pop_back();
  height_ = frames_.empty() ? 0 : frames_.back().height;
  return frame;
}

void TypeStack::set_unreachable() {
  operands_.resize(height_);
  frames_.back().is_unreachable = true;
}

const ControlFrame& TypeStack::target(LabelIndex label) const {
  require_known_index("label", label.value, frames_.size(), offset_);
  return frames_[frames_.size() - 1 - label.value];
}

void TypeStack::push(std::span<const ValueType> types) {
  if (operands_.size() + types.size() > limits::operands) {
    fail(fmt::format("too many operands in {}, the limit is {}", instruction(), limits::operands));
  }
  operands_.insert(operands_.end(), types.begin(), types.end());
}

void TypeStack::pop(std::span<const ValueType> expected) {
  check_top(expected);
  // Unreachable code may not have put all of them there.
  operands_.resize(operands_.size() - std::min(operands_.size() - height_, expected.size()));
}

void TypeStack::pop_rarely(ValueType expected) {
  if (operands_.size() == height_) {
    if (!frames_.back().is_unreachable) fail_type_mismatch(fmt::format("expected {}, found nothing", text(expected)));
    return;
  }
  const ValueType found = operands_.back();
  if (found != expected && found != unknown_type) fail_found(expected, found);
  operands_.pop_back();
}

ValueType TypeStack::pop_any() {
  if (operands_.size() == height_) {
    if (!frames_.back().is_unreachable) fail_type_mismatch("expected an operand, found nothing");
    return unknown_type;
  }
  const ValueType found = operands_.back();
  operands_.pop_back();
  return found;
}

void TypeStack::check_top(std::span<const ValueType> expected) const {
  const size_t available = operands_.size() - height_;
  const size_t compared = std::min(available, expected.size());
  const bool is_enough = compared == expected.size() || frames_.back().is_unreachable;
  if (is_enough && std::equal(expected.end() - static_cast<ptrdiff_t>(compared), expected.end(),
                              operands_.end() - static_cast<ptrdiff_t>(compared))) {
    return;
  }
  for (size_t depth = 1; depth <= expected.size(); ++depth) {
    const ValueType wanted = expected[expected.size() - depth];
    if (depth > available) {
      if (frames_.back().is_unreachable) return;
      fail_type_mismatch(fmt::format("expected {}, found nothing", text(wanted)));
    }
    const ValueType found = operands_[operands_.size() - depth];
    if (found != wanted && found != unknown_type) fail_found(wanted, found);
  }
}

void TypeStack::fail(const std::string& message) const { throw ValidationError(offset_, message); }

void TypeStack::fail_type_mismatch(const std::string& message) const {
  fail(fmt::format("type mismatch in {}: {}", instruction(), message));
}

void TypeStack::fail_found(ValueType expected, ValueType found) const {
  fail_type_mismatch(fmt::format("expected {}, found {}", text(expected), text(found)));
}

std::string_view TypeStack::instruction() const {
  Reader reader(expression_.bytes.subspan(offset_ - expression_.offset), offset_);
  return text(read_opcode(reader));
}

}  // namespace shallop
