// SPDX-License-Identifier: Apache-2.0
// What numeric and vector instructions are in LLVM's intermediate representation: one function for each operation of an
// instruction's name (shape.hpp), for scalars and vectors alike.
// https://webassembly.github.io/spec/core/exec/numerics.html
//
// Vector operands come as vectors of the shape; a vector result may be of any type of 128 bits. A truth value is an i1
// for scalars; for vectors each lane is all ones or zeros.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <string_view>
#include <utility>

#include "aot/compiler/shape.hpp"

namespace shallop::aot {

using Builder = llvm::IRBuilder<>;

struct OperationContext {
  Builder& b;
  Shape shape;    // that the instruction's name begins with
  Shape operand;  // of the operands: another one for conversions
};

using UnaryOperation = llvm::Value* (*)(OperationContext&, llvm::Value*);
using BinaryOperation = llvm::Value* (*)(OperationContext&, llvm::Value*, llvm::Value*);

llvm::Type* type_of(Builder& builder, Shape shape);

// Null if there is no such operation.
UnaryOperation find_unary(std::string_view operation);
BinaryOperation find_binary(std::string_view operation);

// For the tables of operations in the files of scalar and vector ones.
struct NamedUnary {
  std::string_view name;
  UnaryOperation emit;
};
struct NamedBinary {
  std::string_view name;
  BinaryOperation emit;
};
UnaryOperation find_vector_unary(std::string_view operation);
BinaryOperation find_vector_binary(std::string_view operation);

// Half of the lanes, or every second one.
llvm::Value* low_half(Builder& b, llvm::Value* vector);
llvm::Value* high_half(Builder& b, llvm::Value* vector);

}  // namespace shallop::aot
