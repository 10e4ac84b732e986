// SPDX-License-Identifier: Apache-2.0
// https://webassembly.github.io/spec/core/exec/instructions.html#numeric-instructions and #vector-instructions
#include <fmt/format.h>

#include "aot/compiler/compile_error.hpp"
#include "aot/compiler/function_emitter.hpp"
#include "aot/compiler/operations.hpp"
#include "aot/compiler/shape.hpp"

namespace shallop::aot {
namespace {

Shape shape_of_type(ValueType type) {
  switch (type) {
    case ValueType::i32: return {.lanes = 1, .lane_bits = 32, .is_float = false};
    case ValueType::i64: return {.lanes = 1, .lane_bits = 64, .is_float = false};
    case ValueType::f32: return {.lanes = 1, .lane_bits = 32, .is_float = true};
    case ValueType::f64: return {.lanes = 1, .lane_bits = 64, .is_float = true};
    default: return {.lanes = 2, .lane_bits = 64, .is_float = false};
  }
}

// A vector operand has the shape that the instruction's name begins with, unless the operation's name has another.
OperationContext context_of(Builder& builder, Opcode opcode) {
  const std::string_view name = text(opcode);
  OperationContext context{.b = builder, .shape = shape_of(name), .operand = {}};
  const ValueType operand = numeric_type(opcode).operand;
  const Shape named = operand_shape_of(operation_of(name));
  if (operand != ValueType::v128)
    context.operand = shape_of_type(operand);
  else
    context.operand = named.is_vector() ? named : context.shape;
  return context;
}

// Operands on the stack are i32, i64, float, double and vectors of two i64.
llvm::Value* to_shape(Builder& builder, llvm::Value* value, Shape shape) {
  return shape.is_vector() ? builder.CreateBitCast(value, type_of(builder, shape)) : value;
}

llvm::Value* to_operand(Builder& builder, llvm::Value* value, llvm::Type* type) {
  if (value->getType()->isIntegerTy(1)) return builder.CreateZExt(value, type);
  return builder.CreateBitCast(value, type);
}

}  // namespace

void FunctionEmitter::refuse(Opcode opcode) {
  throw CompileError(fmt::format("there is no native code yet for the instruction {}", text(opcode)));
}

void FunctionEmitter::constant(ValueType type, uint64_t bits) {
  if (!reachable_) return;
  llvm::Type* llvm_type = module_.type(type);
  if (!is_float(type)) return push(llvm::ConstantInt::get(llvm_type, bits));
  const llvm::APInt pattern(type == ValueType::f32 ? 32 : 64, bits);
  push(llvm::ConstantFP::get(llvm_type, llvm::APFloat(llvm_type->getFltSemantics(), pattern)));
}

void FunctionEmitter::v128_const(VectorBits bits) {
  if (reachable_) push(llvm::ConstantDataVector::get(module_.context(), bits));
}

void FunctionEmitter::unary(Opcode opcode) {
  if (!reachable_) return;
  OperationContext context = context_of(b_, opcode);
  const UnaryOperation emit = find_unary(operation_of(text(opcode)));
  if (emit == nullptr) refuse(opcode);
  llvm::Value* value = emit(context, to_shape(b_, pop(), context.operand));
  push(to_operand(b_, value, module_.type(numeric_type(opcode).result)));
}

void FunctionEmitter::binary(Opcode opcode) {
  if (!reachable_) return;
  OperationContext context = context_of(b_, opcode);
  const BinaryOperation emit = find_binary(operation_of(text(opcode)));
  if (emit == nullptr) refuse(opcode);
  llvm::Value* second = to_shape(b_, pop(), context.operand);
  llvm::Value* first = to_shape(b_, pop(), context.operand);
  push(to_operand(b_, emit(context, first, second), module_.type(numeric_type(opcode).result)));
}

void FunctionEmitter::shift(Opcode opcode) {
  if (!reachable_) return;
  OperationContext context = context_of(b_, opcode);
  const BinaryOperation emit = find_binary(operation_of(text(opcode)));
  if (emit == nullptr) refuse(opcode);
  // Masked before it is spread: the count is then known to be the same, and small, in all lanes.
  llvm::Value* count = b_.CreateAnd(pop(), b_.getInt32(context.shape.lane_bits - 1));
  count = b_.CreateVectorSplat(context.shape.lanes, b_.CreateZExtOrTrunc(count, b_.getIntNTy(context.shape.lane_bits)));
  llvm::Value* value = to_shape(b_, pop(), context.shape);
  push(to_operand(b_, emit(context, value, count), module_.type(ValueType::v128)));
}

// The only ternary operation of this version of the specification is bitselect.
void FunctionEmitter::ternary(Opcode opcode) {
  if (!reachable_) return;
  if (opcode != Opcode::v128_bitselect) refuse(opcode);
  llvm::Value* mask = pop();
  llvm::Value* second = pop();
  llvm::Value* first = pop();
  push(b_.CreateOr(b_.CreateAnd(first, mask), b_.CreateAnd(second, b_.CreateNot(mask))));
}

void FunctionEmitter::i8x16_shuffle(ShuffleLanes lanes) {
  if (!reachable_) return;
  const Shape bytes{.lanes = 16, .lane_bits = 8, .is_float = false};
  llvm::Value* second = to_shape(b_, pop(), bytes);
  llvm::Value* first = to_shape(b_, pop(), bytes);
  const std::vector<int> indices(lanes.begin(), lanes.end());
  push(to_operand(b_, b_.CreateShuffleVector(first, second, indices), module_.type(ValueType::v128)));
}

void FunctionEmitter::extract_lane(Opcode opcode, LaneIndex lane) {
  if (!reachable_) return;
  const std::string_view name = text(opcode);
  llvm::Value* value = b_.CreateExtractElement(to_shape(b_, pop(), shape_of(name)), uint64_t{lane.value});
  llvm::Type* type = module_.type(lane_type(opcode).value);
  if (name.ends_with("_s")) value = b_.CreateSExt(value, type);
  if (name.ends_with("_u")) value = b_.CreateZExt(value, type);
  push(value);
}

void FunctionEmitter::replace_lane(Opcode opcode, LaneIndex lane) {
  if (!reachable_) return;
  const Shape shape = shape_of(text(opcode));
  llvm::Value* value = pop();
  if (!shape.is_float) value = b_.CreateZExtOrTrunc(value, b_.getIntNTy(shape.lane_bits));
  llvm::Value* vector = b_.CreateInsertElement(to_shape(b_, pop(), shape), value, uint64_t{lane.value});
  push(to_operand(b_, vector, module_.type(ValueType::v128)));
}

// --- What may trap ---

void FunctionEmitter::binary_trapping(Opcode opcode) {
  if (!reachable_) return;
  const std::string_view operation = operation_of(text(opcode));
  divide(opcode, operation.ends_with("_s"), operation.starts_with("rem"));
}

void FunctionEmitter::divide(Opcode opcode, bool is_signed, bool is_remainder) {
  llvm::Value* divisor = pop();
  llvm::Value* dividend = pop();
  auto* type = llvm::cast<llvm::IntegerType>(module_.type(numeric_type(opcode).operand));
  llvm::Constant* zero = llvm::ConstantInt::get(type, 0);
  llvm::Constant* minus_one = llvm::ConstantInt::getAllOnesValue(type);
  const auto* known = llvm::dyn_cast<llvm::ConstantInt>(divisor);
  if (known == nullptr || known->isZero()) {
    trap_if(b_.CreateICmpEQ(divisor, zero), TrapCode::integer_divide_by_zero);
  }
  if (!is_signed) {
    return push(is_remainder ? b_.CreateURem(dividend, divisor) : b_.CreateUDiv(dividend, divisor));
  }
  const bool may_overflow = known == nullptr || known->isMinusOne();
  if (is_remainder) {
    // The remainder by -1 is 0, as is that by 1; dividing the smallest number by -1 overflows.
    if (may_overflow) {
      divisor = b_.CreateSelect(b_.CreateICmpEQ(divisor, minus_one), llvm::ConstantInt::get(type, 1), divisor);
    }
    return push(b_.CreateSRem(dividend, divisor));
  }
  if (may_overflow) {
    llvm::Constant* least = llvm::ConstantInt::get(type, llvm::APInt::getSignedMinValue(type->getBitWidth()));
    trap_if(b_.CreateAnd(b_.CreateICmpEQ(dividend, least), b_.CreateICmpEQ(divisor, minus_one)),
            TrapCode::integer_overflow);
  }
  push(b_.CreateSDiv(dividend, divisor));
}

void FunctionEmitter::unary_trapping(Opcode opcode) {
  if (reachable_) truncate(opcode, operation_of(text(opcode)));
}

// https://webassembly.github.io/spec/core/exec/numerics.html#op-trunc-s : what truncates to a number in range lies
// between two bounds, of which the lower one is not always a number of the type itself.
void FunctionEmitter::truncate(Opcode opcode, std::string_view operation) {
  const NumericType types = numeric_type(opcode);
  llvm::Value* value = pop();
  llvm::Type* result = module_.type(types.result);
  const bool is_signed = operation.ends_with("_s");
  const int bits = types.result == ValueType::i32 ? 32 : 64;
  const double beyond = std::ldexp(1.0, is_signed ? bits - 1 : bits);
  // -2^(n-1) - 1 is a double for 32 bits; where it is not a number of the type, -2^(n-1) itself is the least one
  // allowed.
  const bool below_is_exact = !is_signed || (bits == 32 && types.operand == ValueType::f64);
  const double below = is_signed ? -beyond - (below_is_exact ? 1.0 : 0.0) : -1.0;
  llvm::Constant* least = llvm::ConstantFP::get(value->getType(), below);
  llvm::Constant* most = llvm::ConstantFP::get(value->getType(), beyond);
  llvm::Value* above_least = below_is_exact ? b_.CreateFCmpOGT(value, least) : b_.CreateFCmpOGE(value, least);
  llvm::Value* fits = b_.CreateAnd(above_least, b_.CreateFCmpOLT(value, most));

  llvm::BasicBlock* refused = create_block("refused");
  llvm::BasicBlock* next = create_block("checked");
  b_.CreateCondBr(b_.CreateNot(fits), refused, next, module_.unlikely());
  b_.SetInsertPoint(refused);
  b_.CreateCondBr(b_.CreateFCmpUNO(value, value), trap_block(TrapCode::invalid_conversion_to_integer),
                  trap_block(TrapCode::integer_overflow));
  b_.SetInsertPoint(next);
  push(is_signed ? b_.CreateFPToSI(value, result) : b_.CreateFPToUI(value, result));
}

}  // namespace shallop::aot
