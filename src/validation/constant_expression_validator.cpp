// SPDX-License-Identifier: Apache-2.0
#include "validation/constant_expression_validator.hpp"

#include <fmt/format.h>

#include "binary/instructions.hpp"
#include "validation/known_index.hpp"

namespace shallop {

void ConstantExpressionValidator::validate(const Expression& expression, ValueType type, size_t globals) {
  globals_ = globals;
  stack_.begin(expression, {&type, 1});
  visit_instructions(expression, *this, &features_);
}

// A span's push compares with limits::operands: evaluation keeps as many values as validation keeps types.
void ConstantExpressionValidator::constant(ValueType type, uint64_t) { stack_.push({&type, 1}); }
void ConstantExpressionValidator::v128_const(VectorBits bits) { constant(ValueType::v128, bits[0]); }
void ConstantExpressionValidator::ref_null(ValueType type) { constant(type, 0); }

void ConstantExpressionValidator::ref_func(FuncIndex index) {
  require_known_index("function", index.value, declared_.size(), stack_.offset());
  declared_[index.value] = true;
  constant(ValueType::funcref, 0);
}

// In the first versions only imported globals have a value before the module's own globals are initialised; in
// WebAssembly 3.0 so have those before this one.
void ConstantExpressionValidator::global_get(GlobalIndex index) {
  require_known_index("global", index.value, globals_, stack_.offset());
  if (index.value >= module_.imported_globals) {
    use_extension(fmt::format("unknown global {}: to name one that is not imported needs", index.value));
  }
  const GlobalType& global = module_.global_types[index.value];
  if (global.is_mutable) stack_.fail(fmt::format("constant expression required: global {} is mutable", index.value));
  constant(global.type, 0);
}

// https://github.com/WebAssembly/extended-const
void ConstantExpressionValidator::binary(Opcode opcode) {
  switch (opcode) {
    case Opcode::i32_add:
    case Opcode::i32_sub:
    case Opcode::i32_mul:
    case Opcode::i64_add:
    case Opcode::i64_sub:
    case Opcode::i64_mul: break;
    default: return other();
  }
  use_extension(fmt::format("constant expression required: {} needs", stack_.instruction()));
  stack_.apply_binary(numeric_type(opcode).operand, numeric_type(opcode).result);
}

void ConstantExpressionValidator::use_extension(std::string_view what) {
  if (!features_.note(Feature::extended_constant)) {
    stack_.fail(fmt::format("{} {}", what, missing(Feature::extended_constant)));
  }
}

void ConstantExpressionValidator::end() { stack_.leave(); }

void ConstantExpressionValidator::other() {
  stack_.fail(fmt::format("constant expression required: {} is not constant", stack_.instruction()));
}

}  // namespace shallop
