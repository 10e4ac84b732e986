// SPDX-License-Identifier: Apache-2.0
#include "validation/constant_expression_validator.hpp"

#include <fmt/format.h>

#include "binary/instructions.hpp"
#include "validation/known_index.hpp"

namespace shallop {

void ConstantExpressionValidator::validate(const Expression& expression, ValueType type) {
  stack_.begin(expression, {&type, 1});
  visit_instructions(expression, *this);
}

void ConstantExpressionValidator::constant(ValueType type, uint64_t) { stack_.push(type); }
void ConstantExpressionValidator::v128_const(VectorBits) { stack_.push(ValueType::v128); }
void ConstantExpressionValidator::ref_null(ValueType type) { stack_.push(type); }

void ConstantExpressionValidator::ref_func(FuncIndex index) {
  require_known_index("function", index.value, declared_.size(), stack_.offset());
  declared_[index.value] = true;
  stack_.push(ValueType::funcref);
}

// Only imported globals have a value before the module's own globals are initialised.
void ConstantExpressionValidator::global_get(GlobalIndex index) {
  require_known_index("global", index.value, module_.imported_globals, stack_.offset());
  const GlobalType& global = module_.global_types[index.value];
  if (global.is_mutable) stack_.fail(fmt::format("constant expression required: global {} is mutable", index.value));
  stack_.push(global.type);
}

void ConstantExpressionValidator::end() { stack_.leave(); }

void ConstantExpressionValidator::other() {
  stack_.fail(fmt::format("constant expression required: {} is not constant", stack_.instruction()));
}

}  // namespace shallop
