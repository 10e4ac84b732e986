// SPDX-License-Identifier: Apache-2.0
#include "binary/constant_expression.hpp"

#include "binary/instructions.hpp"

namespace shallop {
namespace {

// Takes notice of nothing.
struct SkippingVisitor {
  void at(size_t) {}
#define SHALLOP_OP(code, id, text, immediate) \
  void id(auto...) {}
#include "wasm/opcodes.def"
  void load(Opcode, MemArg) {}
  void store(Opcode, MemArg) {}
  void constant(ValueType, uint64_t) {}
  void unary(Opcode) {}
  void unary_trapping(Opcode) {}
  void binary(Opcode) {}
  void binary_trapping(Opcode) {}
  void compare(Opcode) {}
};

}  // namespace

Expression read_constant_expression(Reader& reader) {
  const std::byte* first = reader.position();
  const size_t offset = reader.offset();
  SkippingVisitor visitor;
  visit_expression(reader, visitor);
  return {.bytes = Bytes(first, reader.position()), .offset = offset};
}

}  // namespace shallop
