// SPDX-License-Identifier: Apache-2.0
// Operations that scalars and vectors share, and those of scalars alone.
#include "aot/compiler/operations.hpp"

#include <llvm/IR/Intrinsics.h>

#include <algorithm>

namespace shallop::aot {
namespace {

using Value = llvm::Value;
using Context = OperationContext;
namespace Intrinsic = llvm::Intrinsic;

Value* zero_of(Value* value) { return llvm::Constant::getNullValue(value->getType()); }

// --- Unary ---

template <Intrinsic::ID id>
Value* intrinsic(Context& c, Value* a) {
  return c.b.CreateUnaryIntrinsic(id, a);
}
Value* eqz(Context& c, Value* a) { return c.b.CreateICmpEQ(a, zero_of(a)); }
// Of zero, the number of bits: the intrinsic's second operand says that zero is no poison.
Value* clz(Context& c, Value* a) { return c.b.CreateBinaryIntrinsic(Intrinsic::ctlz, a, c.b.getFalse()); }
Value* ctz(Context& c, Value* a) { return c.b.CreateBinaryIntrinsic(Intrinsic::cttz, a, c.b.getFalse()); }
Value* neg(Context& c, Value* a) { return c.shape.is_float ? c.b.CreateFNeg(a) : c.b.CreateNeg(a); }
Value* abs(Context& c, Value* a) {
  if (c.shape.is_float) return c.b.CreateUnaryIntrinsic(Intrinsic::fabs, a);
  return c.b.CreateBinaryIntrinsic(Intrinsic::abs, a, c.b.getFalse());
}
Value* narrow(Context& c, Value* a) { return c.b.CreateTrunc(a, type_of(c.b, c.shape)); }
Value* sign_extend(Context& c, Value* a) { return c.b.CreateSExt(a, type_of(c.b, c.shape)); }
Value* zero_extend(Context& c, Value* a) { return c.b.CreateZExt(a, type_of(c.b, c.shape)); }
template <unsigned bits>
Value* extend_low_bits(Context& c, Value* a) {
  return c.b.CreateSExt(c.b.CreateTrunc(a, c.b.getIntNTy(bits)), a->getType());
}
Value* reinterpret(Context& c, Value* a) { return c.b.CreateBitCast(a, type_of(c.b, c.shape)); }
Value* from_signed(Context& c, Value* a) { return c.b.CreateSIToFP(a, type_of(c.b, c.shape)); }
Value* from_unsigned(Context& c, Value* a) { return c.b.CreateUIToFP(a, type_of(c.b, c.shape)); }
Value* demote(Context& c, Value* a) { return c.b.CreateFPTrunc(a, type_of(c.b, c.shape)); }
Value* promote(Context& c, Value* a) { return c.b.CreateFPExt(a, type_of(c.b, c.shape)); }
template <Intrinsic::ID id>
Value* saturate(Context& c, Value* a) {
  return c.b.CreateIntrinsic(id, {type_of(c.b, c.shape), a->getType()}, {a});
}

constexpr NamedUnary unaries[] = {
    {"eqz", eqz},
    {"clz", clz},
    {"ctz", ctz},
    {"popcnt", intrinsic<Intrinsic::ctpop>},
    {"neg", neg},
    {"abs", abs},
    {"ceil", intrinsic<Intrinsic::ceil>},
    {"floor", intrinsic<Intrinsic::floor>},
    {"trunc", intrinsic<Intrinsic::trunc>},
    {"nearest", intrinsic<Intrinsic::roundeven>},
    {"sqrt", intrinsic<Intrinsic::sqrt>},
    {"wrap_i64", narrow},
    {"extend_i32_s", sign_extend},
    {"extend_i32_u", zero_extend},
    {"extend8_s", extend_low_bits<8>},
    {"extend16_s", extend_low_bits<16>},
    {"extend32_s", extend_low_bits<32>},
    {"reinterpret_i32", reinterpret},
    {"reinterpret_i64", reinterpret},
    {"reinterpret_f32", reinterpret},
    {"reinterpret_f64", reinterpret},
    {"convert_i32_s", from_signed},
    {"convert_i64_s", from_signed},
    {"convert_i32_u", from_unsigned},
    {"convert_i64_u", from_unsigned},
    {"convert_i32x4_s", from_signed},
    {"convert_i32x4_u", from_unsigned},
    {"demote_f64", demote},
    {"promote_f32", promote},
    {"trunc_sat_f32_s", saturate<Intrinsic::fptosi_sat>},
    {"trunc_sat_f64_s", saturate<Intrinsic::fptosi_sat>},
    {"trunc_sat_f32_u", saturate<Intrinsic::fptoui_sat>},
    {"trunc_sat_f64_u", saturate<Intrinsic::fptoui_sat>},
    {"trunc_sat_f32x4_s", saturate<Intrinsic::fptosi_sat>},
    {"trunc_sat_f32x4_u", saturate<Intrinsic::fptoui_sat>},
};

// --- Binary ---

Value* add(Context& c, Value* a, Value* b) { return c.shape.is_float ? c.b.CreateFAdd(a, b) : c.b.CreateAdd(a, b); }
Value* sub(Context& c, Value* a, Value* b) { return c.shape.is_float ? c.b.CreateFSub(a, b) : c.b.CreateSub(a, b); }
Value* mul(Context& c, Value* a, Value* b) { return c.shape.is_float ? c.b.CreateFMul(a, b) : c.b.CreateMul(a, b); }
Value* divide(Context& c, Value* a, Value* b) { return c.b.CreateFDiv(a, b); }
Value* bit_and(Context& c, Value* a, Value* b) { return c.b.CreateAnd(a, b); }
Value* bit_or(Context& c, Value* a, Value* b) { return c.b.CreateOr(a, b); }
Value* bit_xor(Context& c, Value* a, Value* b) { return c.b.CreateXor(a, b); }

// A shift counts modulo the lane's bits; LLVM's is poison from there on.
Value* count_of(Context& c, Value* b) {
  return c.b.CreateAnd(b, llvm::ConstantInt::get(b->getType(), c.shape.lane_bits - 1));
}
Value* shl(Context& c, Value* a, Value* b) { return c.b.CreateShl(a, count_of(c, b)); }
Value* shr_s(Context& c, Value* a, Value* b) { return c.b.CreateAShr(a, count_of(c, b)); }
Value* shr_u(Context& c, Value* a, Value* b) { return c.b.CreateLShr(a, count_of(c, b)); }
template <Intrinsic::ID id>
Value* rotate(Context& c, Value* a, Value* b) {
  return c.b.CreateIntrinsic(id, {a->getType()}, {a, a, b});
}

template <llvm::CmpInst::Predicate integer, llvm::CmpInst::Predicate floating>
Value* compare(Context& c, Value* a, Value* b) {
  Value* truth = c.shape.is_float ? c.b.CreateFCmp(floating, a, b) : c.b.CreateICmp(integer, a, b);
  if (!c.shape.is_vector()) return truth;
  return c.b.CreateSExt(truth, type_of(c.b, {c.shape.lanes, c.shape.lane_bits, false}));
}
template <llvm::CmpInst::Predicate predicate>
Value* compare(Context& c, Value* a, Value* b) {
  return compare<predicate, llvm::CmpInst::BAD_FCMP_PREDICATE>(c, a, b);
}
template <llvm::CmpInst::Predicate predicate>
Value* compare_floats(Context& c, Value* a, Value* b) {
  return compare<llvm::CmpInst::BAD_ICMP_PREDICATE, predicate>(c, a, b);
}

Value* as_bits(Context& c, Value* a) {
  return c.b.CreateBitCast(a, type_of(c.b, {c.shape.lanes, c.shape.lane_bits, false}));
}
Value* lesser(Context& c, Value* a, Value* b) { return c.b.CreateSelect(c.b.CreateFCmpOLT(a, b), a, b); }
Value* greater(Context& c, Value* a, Value* b) { return c.b.CreateSelect(c.b.CreateFCmpOGT(a, b), a, b); }

// The processor's minimum is its second operand where the two are equal or not ordered. So the two ways round differ
// only for zeros of different sign, whose bits are joined, and for NaNs, of which the sum makes a quiet one. LLVM's
// intrinsic `minimum` lets signalling NaNs through.
Value* minimum(Context& c, Value* a, Value* b) {
  Value* bits = c.b.CreateOr(as_bits(c, lesser(c, a, b)), as_bits(c, lesser(c, b, a)));
  return c.b.CreateSelect(c.b.CreateFCmpUNO(a, b), c.b.CreateFAdd(a, b), c.b.CreateBitCast(bits, a->getType()));
}
Value* maximum(Context& c, Value* a, Value* b) {
  Value* bits = c.b.CreateAnd(as_bits(c, greater(c, a, b)), as_bits(c, greater(c, b, a)));
  return c.b.CreateSelect(c.b.CreateFCmpUNO(a, b), c.b.CreateFAdd(a, b), c.b.CreateBitCast(bits, a->getType()));
}

template <Intrinsic::ID id>
Value* intrinsic(Context& c, Value* a, Value* b) {
  return c.b.CreateBinaryIntrinsic(id, a, b);
}

using Predicate = llvm::CmpInst::Predicate;
constexpr NamedBinary binaries[] = {
    {"add", add},
    {"sub", sub},
    {"mul", mul},
    {"div", divide},
    {"and", bit_and},
    {"or", bit_or},
    {"xor", bit_xor},
    {"shl", shl},
    {"shr_s", shr_s},
    {"shr_u", shr_u},
    {"rotl", rotate<Intrinsic::fshl>},
    {"rotr", rotate<Intrinsic::fshr>},
    {"eq", compare<Predicate::ICMP_EQ, Predicate::FCMP_OEQ>},
    {"ne", compare<Predicate::ICMP_NE, Predicate::FCMP_UNE>},
    {"lt_s", compare<Predicate::ICMP_SLT>},
    {"lt_u", compare<Predicate::ICMP_ULT>},
    {"gt_s", compare<Predicate::ICMP_SGT>},
    {"gt_u", compare<Predicate::ICMP_UGT>},
    {"le_s", compare<Predicate::ICMP_SLE>},
    {"le_u", compare<Predicate::ICMP_ULE>},
    {"ge_s", compare<Predicate::ICMP_SGE>},
    {"ge_u", compare<Predicate::ICMP_UGE>},
    {"lt", compare_floats<Predicate::FCMP_OLT>},
    {"gt", compare_floats<Predicate::FCMP_OGT>},
    {"le", compare_floats<Predicate::FCMP_OLE>},
    {"ge", compare_floats<Predicate::FCMP_OGE>},
    {"min", minimum},
    {"max", maximum},
    {"copysign", intrinsic<Intrinsic::copysign>},
    {"min_s", intrinsic<Intrinsic::smin>},
    {"min_u", intrinsic<Intrinsic::umin>},
    {"max_s", intrinsic<Intrinsic::smax>},
    {"max_u", intrinsic<Intrinsic::umax>},
    {"add_sat_s", intrinsic<Intrinsic::sadd_sat>},
    {"add_sat_u", intrinsic<Intrinsic::uadd_sat>},
    {"sub_sat_s", intrinsic<Intrinsic::ssub_sat>},
    {"sub_sat_u", intrinsic<Intrinsic::usub_sat>},
};

}  // namespace

llvm::Type* type_of(Builder& builder, Shape shape) {
  llvm::Type* lane = builder.getIntNTy(shape.lane_bits);
  if (shape.is_float) lane = shape.lane_bits == 32 ? builder.getFloatTy() : builder.getDoubleTy();
  return shape.is_vector() ? llvm::FixedVectorType::get(lane, shape.lanes) : lane;
}

UnaryOperation find_unary(std::string_view operation) {
  const auto found = std::ranges::find(unaries, operation, &NamedUnary::name);
  return found != std::end(unaries) ? found->emit : find_vector_unary(operation);
}

BinaryOperation find_binary(std::string_view operation) {
  const auto found = std::ranges::find(binaries, operation, &NamedBinary::name);
  return found != std::end(binaries) ? found->emit : find_vector_binary(operation);
}

}  // namespace shallop::aot
