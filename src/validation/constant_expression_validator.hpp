// SPDX-License-Identifier: Apache-2.0
// Initialisers and segment offsets: a visitor that knows the few instructions that may stand there. One validator
// serves all expressions of a module, one after the other.
// https://webassembly.github.io/spec/core/valid/instructions.html#constant-expressions
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "binary/default_visitor.hpp"
#include "validation/type_stack.hpp"
#include "wasm/module.hpp"
#include "wasm/types.hpp"

namespace shallop {

// By function index: whether an instruction ref.func may name the function, because something outside of the bodies
// does. https://webassembly.github.io/spec/core/valid/conventions.html#contexts , the component "refs"
using DeclaredFunctions = std::vector<bool>;

class ConstantExpressionValidator : public DefaultVisitor<ConstantExpressionValidator> {
 public:
  // Functions that an expression names are added to `declared`, which has an entry for each function of the module.
  // All arguments have to outlive the validator.
  ConstantExpressionValidator(const Module& module, DeclaredFunctions& declared, FeatureUse& features)
      : module_(module), declared_(declared), features_(features) {}

  // Throws ValidationError unless `expression` is constant and leaves one value of `type`. It may name the first
  // `globals` of the module.
  void validate(const Expression& expression, ValueType type, size_t globals);

  void at(size_t offset) { stack_.at(offset); }
  void constant(ValueType type, uint64_t bits);
  void v128_const(VectorBits bits);
  void ref_null(ValueType type);
  void ref_func(FuncIndex index);
  void global_get(GlobalIndex index);
  void binary(Opcode opcode);
  void end();
  void other();

 private:
  // `what` is the beginning of the message for a module that must not use extended constant expressions.
  void use_extension(std::string_view what);

  const Module& module_;
  DeclaredFunctions& declared_;
  FeatureUse& features_;
  size_t globals_ = 0;
  TypeStack stack_;
};

}  // namespace shallop
