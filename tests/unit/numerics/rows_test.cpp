// SPDX-License-Identifier: Apache-2.0
// Every numeric row of opcodes.def has its function, with the C++ types that belong to the row's types.
#include <gtest/gtest.h>

#include <type_traits>

#include "wasm/numerics.hpp"
#include "wasm/opcode.hpp"
#include "wasm/simd_numerics.hpp"
#include "wasm/types.hpp"
#include "wasm/v128.hpp"

namespace shallop {
namespace {

template <ValueType type>
struct CppType;
template <>
struct CppType<ValueType::i32> : std::type_identity<uint32_t> {};
template <>
struct CppType<ValueType::i64> : std::type_identity<uint64_t> {};
template <>
struct CppType<ValueType::f32> : std::type_identity<float> {};
template <>
struct CppType<ValueType::f64> : std::type_identity<double> {};
template <>
struct CppType<ValueType::v128> : std::type_identity<V128> {};
template <ValueType type>
using Cpp = CppType<type>::type;

#define SHALLOP_UNARY(code, id, text, operand, result) \
  static_assert(std::is_same_v<decltype(numerics::id), Cpp<ValueType::result>(Cpp<ValueType::operand>)>);
#define SHALLOP_UNARY_TRAPPING(code, id, text, operand, result) \
  static_assert(std::is_same_v<decltype(numerics::id), TrapCode(Cpp<ValueType::operand>, Cpp<ValueType::result>&)>);
#define SHALLOP_BINARY(code, id, text, operand, result) \
  static_assert(std::is_same_v<decltype(numerics::id), \
                               Cpp<ValueType::result>(Cpp<ValueType::operand>, Cpp<ValueType::operand>)>);
#define SHALLOP_BINARY_TRAPPING(code, id, text, operand, result) \
  static_assert(std::is_same_v<decltype(numerics::id), \
                               TrapCode(Cpp<ValueType::operand>, Cpp<ValueType::operand>, Cpp<ValueType::result>&)>);
#define SHALLOP_COMPARE(code, id, text, operand, result) \
  static_assert(std::is_same_v<decltype(numerics::id), bool(Cpp<ValueType::operand>, Cpp<ValueType::operand>)>);
#define SHALLOP_VECTOR_UNARY(code, id, text, operand, result) SHALLOP_UNARY(code, id, text, operand, result)
#define SHALLOP_VECTOR_BINARY(code, id, text, operand, result) SHALLOP_BINARY(code, id, text, operand, result)
#define SHALLOP_VECTOR_TERNARY(code, id, text, operand, result) \
  static_assert(std::is_same_v<decltype(numerics::id), V128(V128, V128, V128)>);
#define SHALLOP_VECTOR_SHIFT(code, id, text, operand, result) \
  static_assert(std::is_same_v<decltype(numerics::id), V128(V128, uint32_t)>);
#define SHALLOP_EXTRACT_LANE(code, id, text, lanes, result) \
  static_assert(std::is_same_v<decltype(numerics::id), Cpp<ValueType::result>(V128, unsigned)>);
#define SHALLOP_REPLACE_LANE(code, id, text, lanes, operand) \
  static_assert(std::is_same_v<decltype(numerics::id), V128(V128, Cpp<ValueType::operand>, unsigned)>);
#include "wasm/opcodes.def"

// The functions of loads and stores have what is in memory as an unsigned integer of that width.
template <uint32_t size_bytes>
using InMemory = std::conditional_t<
    size_bytes == 1, uint8_t,
    std::conditional_t<size_bytes == 2, uint16_t, std::conditional_t<size_bytes == 4, uint32_t, uint64_t>>>;
#define SHALLOP_VECTOR_LOAD(code, id, text, result, size_bytes) \
  static_assert(std::is_same_v<decltype(numerics::id), V128(InMemory<size_bytes>)>);
#define SHALLOP_LOAD_LANE(code, id, text, result, size_bytes) \
  static_assert(std::is_same_v<decltype(numerics::id), V128(V128, InMemory<size_bytes>, unsigned)>);
#define SHALLOP_STORE_LANE(code, id, text, operand, size_bytes) \
  static_assert(std::is_same_v<decltype(numerics::id), InMemory<size_bytes>(V128, unsigned)>);
#include "wasm/opcodes.def"

// What cannot be read off a signature: that a row's name and its function's meaning agree. One instance for each pair
// of rows that is easily swapped.
TEST(NumericRows, SignedAndUnsignedRowsDiffer) {
  constexpr uint32_t minus_one = 0xFFFF'FFFF;
  EXPECT_TRUE(numerics::i32_lt_s(minus_one, 0));
  EXPECT_FALSE(numerics::i32_lt_u(minus_one, 0));
  EXPECT_FALSE(numerics::i32_gt_s(minus_one, 0));
  EXPECT_TRUE(numerics::i32_gt_u(minus_one, 0));
  EXPECT_TRUE(numerics::i32_le_s(minus_one, 0));
  EXPECT_FALSE(numerics::i32_le_u(minus_one, 0));
  EXPECT_FALSE(numerics::i32_ge_s(minus_one, 0));
  EXPECT_TRUE(numerics::i32_ge_u(minus_one, 0));
  EXPECT_EQ(numerics::i32_shr_s(minus_one, 1), minus_one);
  EXPECT_EQ(numerics::i32_shr_u(minus_one, 1), 0x7FFF'FFFFu);
  EXPECT_EQ(numerics::i64_extend_i32_s(minus_one), 0xFFFF'FFFF'FFFF'FFFFu);
  EXPECT_EQ(numerics::i64_extend_i32_u(minus_one), 0xFFFF'FFFFu);

  constexpr uint64_t minus_one_64 = ~uint64_t{0};
  EXPECT_TRUE(numerics::i64_lt_s(minus_one_64, 0));
  EXPECT_FALSE(numerics::i64_lt_u(minus_one_64, 0));
  EXPECT_FALSE(numerics::i64_gt_s(minus_one_64, 0));
  EXPECT_TRUE(numerics::i64_gt_u(minus_one_64, 0));
  EXPECT_TRUE(numerics::i64_le_s(minus_one_64, 0));
  EXPECT_FALSE(numerics::i64_le_u(minus_one_64, 0));
  EXPECT_FALSE(numerics::i64_ge_s(minus_one_64, 0));
  EXPECT_TRUE(numerics::i64_ge_u(minus_one_64, 0));
  EXPECT_EQ(numerics::i64_shr_s(minus_one_64, 1), minus_one_64);
  EXPECT_EQ(numerics::i64_shr_u(minus_one_64, 1), 0x7FFF'FFFF'FFFF'FFFFu);
}

}  // namespace
}  // namespace shallop
