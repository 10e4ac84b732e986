// SPDX-License-Identifier: Apache-2.0
// Operations of vectors alone. https://webassembly.github.io/spec/core/exec/instructions.html#vector-instructions
// Nearly all are written as what they mean, lane by lane; the code generator knows the processor's instruction for it.
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>

#include <algorithm>
#include <numeric>

#include "aot/compiler/operations.hpp"

namespace shallop::aot {
namespace {

using Value = llvm::Value;
using Context = OperationContext;
namespace Intrinsic = llvm::Intrinsic;

uint32_t lanes_of(Value* vector) { return llvm::cast<llvm::FixedVectorType>(vector->getType())->getNumElements(); }

Value* every(Builder& b, Value* vector, int first, int step, uint32_t count) {
  std::vector<int> lanes(count);
  for (uint32_t i = 0; i < count; ++i) lanes[i] = first + step * static_cast<int>(i);
  return b.CreateShuffleVector(vector, lanes);
}
Value* even_lanes(Builder& b, Value* vector) { return every(b, vector, 0, 2, lanes_of(vector) / 2); }
Value* odd_lanes(Builder& b, Value* vector) { return every(b, vector, 1, 2, lanes_of(vector) / 2); }

// The lanes of both, one behind the other.
Value* join(Builder& b, Value* low, Value* high) {
  std::vector<int> lanes(size_t{2} * lanes_of(low));
  std::iota(lanes.begin(), lanes.end(), 0);
  return b.CreateShuffleVector(low, high, lanes);
}
Value* with_zeros_behind(Builder& b, Value* vector) {
  return join(b, vector, llvm::Constant::getNullValue(vector->getType()));
}

// Each lane as the lower half of one twice its size.
template <bool is_signed>
Value* widen(Builder& b, Value* vector) {
  llvm::Type* type = llvm::VectorType::getExtendedElementVectorType(llvm::cast<llvm::VectorType>(vector->getType()));
  return is_signed ? b.CreateSExt(vector, type) : b.CreateZExt(vector, type);
}

// --- Unary ---

Value* bit_not(Context& c, Value* a) { return c.b.CreateNot(a); }
Value* any_true(Context& c, Value* a) {
  Value* bits = c.b.CreateBitCast(a, c.b.getInt128Ty());
  return c.b.CreateICmpNE(bits, llvm::ConstantInt::get(bits->getType(), 0));
}
Value* all_true(Context& c, Value* a) {
  Value* is_zero = c.b.CreateICmpEQ(a, llvm::Constant::getNullValue(a->getType()));
  Value* mask = c.b.CreateBitCast(is_zero, c.b.getIntNTy(lanes_of(a)));
  return c.b.CreateICmpEQ(mask, llvm::Constant::getNullValue(mask->getType()));
}
Value* bitmask(Context& c, Value* a) {
  Value* is_negative = c.b.CreateICmpSLT(a, llvm::Constant::getNullValue(a->getType()));
  return c.b.CreateZExt(c.b.CreateBitCast(is_negative, c.b.getIntNTy(lanes_of(a))), c.b.getInt32Ty());
}
Value* splat(Context& c, Value* a) {
  if (a->getType()->isIntegerTy()) a = c.b.CreateTrunc(a, c.b.getIntNTy(c.shape.lane_bits));
  return c.b.CreateVectorSplat(c.shape.lanes, a);
}
template <bool is_signed>
Value* extend_low(Context& c, Value* a) {
  return widen<is_signed>(c.b, low_half(c.b, a));
}
template <bool is_signed>
Value* extend_high(Context& c, Value* a) {
  return widen<is_signed>(c.b, high_half(c.b, a));
}
template <bool is_signed>
Value* extadd_pairwise(Context& c, Value* a) {
  return c.b.CreateAdd(widen<is_signed>(c.b, even_lanes(c.b, a)), widen<is_signed>(c.b, odd_lanes(c.b, a)));
}
Value* convert_low_signed(Context& c, Value* a) { return c.b.CreateSIToFP(low_half(c.b, a), type_of(c.b, c.shape)); }
Value* convert_low_unsigned(Context& c, Value* a) { return c.b.CreateUIToFP(low_half(c.b, a), type_of(c.b, c.shape)); }
Value* promote_low(Context& c, Value* a) { return c.b.CreateFPExt(low_half(c.b, a), type_of(c.b, c.shape)); }
Value* demote_zero(Context& c, Value* a) {
  return with_zeros_behind(c.b, c.b.CreateFPTrunc(a, type_of(c.b, {.lanes = 2, .lane_bits = 32, .is_float = true})));
}
template <Intrinsic::ID id>
Value* saturate_zero(Context& c, Value* a) {
  llvm::Type* narrow = type_of(c.b, {.lanes = 2, .lane_bits = 32, .is_float = false});
  return with_zeros_behind(c.b, c.b.CreateIntrinsic(id, {narrow, a->getType()}, {a}));
}

constexpr NamedUnary unaries[] = {
    {"not", bit_not},
    {"any_true", any_true},
    {"all_true", all_true},
    {"bitmask", bitmask},
    {"splat", splat},
    {"extend_low_i8x16_s", extend_low<true>},
    {"extend_low_i8x16_u", extend_low<false>},
    {"extend_high_i8x16_s", extend_high<true>},
    {"extend_high_i8x16_u", extend_high<false>},
    {"extend_low_i16x8_s", extend_low<true>},
    {"extend_low_i16x8_u", extend_low<false>},
    {"extend_high_i16x8_s", extend_high<true>},
    {"extend_high_i16x8_u", extend_high<false>},
    {"extend_low_i32x4_s", extend_low<true>},
    {"extend_low_i32x4_u", extend_low<false>},
    {"extend_high_i32x4_s", extend_high<true>},
    {"extend_high_i32x4_u", extend_high<false>},
    {"extadd_pairwise_i8x16_s", extadd_pairwise<true>},
    {"extadd_pairwise_i8x16_u", extadd_pairwise<false>},
    {"extadd_pairwise_i16x8_s", extadd_pairwise<true>},
    {"extadd_pairwise_i16x8_u", extadd_pairwise<false>},
    {"convert_low_i32x4_s", convert_low_signed},
    {"convert_low_i32x4_u", convert_low_unsigned},
    {"promote_low_f32x4", promote_low},
    {"demote_f64x2_zero", demote_zero},
    {"trunc_sat_f64x2_s_zero", saturate_zero<Intrinsic::fptosi_sat>},
    {"trunc_sat_f64x2_u_zero", saturate_zero<Intrinsic::fptoui_sat>},
};

// --- Binary ---

Value* andnot(Context& c, Value* a, Value* b) { return c.b.CreateAnd(a, c.b.CreateNot(b)); }

// pshufb takes an index whose highest bit is set for "zero", and else its lowest four: adding 0x70 with saturation sets
// that bit from 16 on.
Value* swizzle(Context& c, Value* a, Value* b) {
  Value* indices = c.b.CreateBinaryIntrinsic(Intrinsic::uadd_sat, b, llvm::ConstantInt::get(b->getType(), 0x70));
  return c.b.CreateIntrinsic(Intrinsic::x86_ssse3_pshuf_b_128, {}, {a, indices});
}

// The rounded mean, in lanes of twice the size.
Value* average(Context& c, Value* a, Value* b) {
  Value* sum = c.b.CreateAdd(widen<false>(c.b, a), widen<false>(c.b, b));
  Value* rounded = c.b.CreateAdd(sum, llvm::ConstantInt::get(sum->getType(), 1));
  return c.b.CreateTrunc(c.b.CreateLShr(rounded, 1), a->getType());
}

// pmulhrsw is this but for the one product that does not fit, which it gives as the smallest number.
Value* multiply_q15(Context& c, Value* a, Value* b) {
  Value* product = c.b.CreateIntrinsic(Intrinsic::x86_ssse3_pmul_hr_sw_128, {}, {a, b});
  Value* overflow = c.b.CreateICmpEQ(product, llvm::ConstantInt::get(product->getType(), 0x8000));
  return c.b.CreateXor(product, c.b.CreateSExt(overflow, product->getType()));
}

// Clamps to what the narrow lanes hold. The operands are signed in any case.
template <bool is_signed>
Value* narrow(Context& c, Value* a, Value* b) {
  Value* wide = join(c.b, a, b);
  const unsigned bits = c.shape.lane_bits;
  const unsigned wide_bits = 2 * bits;
  const llvm::APInt least =
      is_signed ? llvm::APInt::getSignedMinValue(bits).sext(wide_bits) : llvm::APInt(wide_bits, 0);
  const llvm::APInt most =
      is_signed ? llvm::APInt::getSignedMaxValue(bits).sext(wide_bits) : llvm::APInt::getMaxValue(bits).zext(wide_bits);
  wide = c.b.CreateBinaryIntrinsic(Intrinsic::smax, wide, llvm::ConstantInt::get(wide->getType(), least));
  wide = c.b.CreateBinaryIntrinsic(Intrinsic::smin, wide, llvm::ConstantInt::get(wide->getType(), most));
  return c.b.CreateTrunc(wide, type_of(c.b, c.shape));
}

template <bool is_signed, bool is_high>
Value* extmul(Context& c, Value* a, Value* b) {
  const auto half = is_high ? high_half : low_half;
  return c.b.CreateMul(widen<is_signed>(c.b, half(c.b, a)), widen<is_signed>(c.b, half(c.b, b)));
}

Value* dot(Context& c, Value* a, Value* b) {
  Value* products = c.b.CreateMul(widen<true>(c.b, a), widen<true>(c.b, b));
  return c.b.CreateAdd(even_lanes(c.b, products), odd_lanes(c.b, products));
}

Value* pseudo_min(Context& c, Value* a, Value* b) { return c.b.CreateSelect(c.b.CreateFCmpOLT(b, a), b, a); }
Value* pseudo_max(Context& c, Value* a, Value* b) { return c.b.CreateSelect(c.b.CreateFCmpOLT(a, b), b, a); }

constexpr NamedBinary binaries[] = {
    {"andnot", andnot},
    {"swizzle", swizzle},
    {"avgr_u", average},
    {"q15mulr_sat_s", multiply_q15},
    {"narrow_i16x8_s", narrow<true>},
    {"narrow_i16x8_u", narrow<false>},
    {"narrow_i32x4_s", narrow<true>},
    {"narrow_i32x4_u", narrow<false>},
    {"extmul_low_i8x16_s", extmul<true, false>},
    {"extmul_low_i8x16_u", extmul<false, false>},
    {"extmul_high_i8x16_s", extmul<true, true>},
    {"extmul_high_i8x16_u", extmul<false, true>},
    {"extmul_low_i16x8_s", extmul<true, false>},
    {"extmul_low_i16x8_u", extmul<false, false>},
    {"extmul_high_i16x8_s", extmul<true, true>},
    {"extmul_high_i16x8_u", extmul<false, true>},
    {"extmul_low_i32x4_s", extmul<true, false>},
    {"extmul_low_i32x4_u", extmul<false, false>},
    {"extmul_high_i32x4_s", extmul<true, true>},
    {"extmul_high_i32x4_u", extmul<false, true>},
    {"dot_i16x8_s", dot},
    {"pmin", pseudo_min},
    {"pmax", pseudo_max},
};

}  // namespace

llvm::Value* low_half(Builder& b, llvm::Value* vector) { return every(b, vector, 0, 1, lanes_of(vector) / 2); }
llvm::Value* high_half(Builder& b, llvm::Value* vector) {
  const uint32_t half = lanes_of(vector) / 2;
  return every(b, vector, static_cast<int>(half), 1, half);
}

UnaryOperation find_vector_unary(std::string_view operation) {
  const auto found = std::ranges::find(unaries, operation, &NamedUnary::name);
  return found != std::end(unaries) ? found->emit : nullptr;
}

BinaryOperation find_vector_binary(std::string_view operation) {
  const auto found = std::ranges::find(binaries, operation, &NamedBinary::name);
  return found != std::end(binaries) ? found->emit : nullptr;
}

}  // namespace shallop::aot
