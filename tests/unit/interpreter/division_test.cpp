// SPDX-License-Identifier: Apache-2.0
// Division and remainder by constants, which lowering makes multiplications of: exact for the divisors and dividends at
// which such an arithmetic would first go wrong, and with the traps of a division.
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>
#include <string>
#include <type_traits>

#include "binary/decode.hpp"
#include "interpreter/engine.hpp"
#include "interpreter/reciprocal.hpp"
#include "runtime/instantiate.hpp"
#include "support/module_builder.hpp"
#include "wasm/numerics.hpp"

namespace shallop {
namespace {

using enum Opcode;
using enum ValueType;

// Powers of two and their neighbours, their negatives, what programs divide by, and any other.
template <class T>
std::set<T> interesting(unsigned random) {
  std::set<T> values;
  for (unsigned bit = 0; bit < sizeof(T) * 8; ++bit) {
    const T power = static_cast<T>(T{1} << bit);
    for (T offset : {T{0}, T{1}, static_cast<T>(-1)}) {
      values.insert(static_cast<T>(power + offset));
      values.insert(static_cast<T>(-power - offset));
    }
  }
  for (uint64_t each : {0ull,
                        5ull,
                        6ull,
                        7ull,
                        9ull,
                        10ull,
                        11ull,
                        13ull,
                        60ull,
                        100ull,
                        625ull,
                        641ull,
                        1000ull,
                        3600ull,
                        86'400ull,
                        1'000'000ull,
                        1'000'000'007ull,
                        1'000'000'000ull,
                        6'700'417ull,
                        0xAAAA'AAAA'AAAA'AAABull,
                        0xCCCC'CCCC'CCCC'CCCDull}) {
    values.insert(static_cast<T>(each));
    values.insert(static_cast<T>(-each));
  }
  std::mt19937_64 generator(sizeof(T));
  for (unsigned i = 0; i < random; ++i) values.insert(static_cast<T>(generator() >> generator() % (sizeof(T) * 8)));
  return values;
}

// Quotients of `divisor` change here.
template <class T>
std::set<T> multiples(T divisor) {
  std::set<T> values;
  std::mt19937_64 generator(7);
  const T most = std::numeric_limits<std::make_signed_t<T>>::max() / divisor;
  for (T factor : {T{0}, T{1}, T{2}, T{3}, static_cast<T>(most - 1), most, static_cast<T>(most * 2),
                   static_cast<T>(generator()), static_cast<T>(generator())}) {
    for (T offset : {T{0}, T{1}, static_cast<T>(-1)}) {
      values.insert(static_cast<T>(factor * divisor + offset));
      values.insert(static_cast<T>(-(factor * divisor + offset)));
    }
  }
  return values;
}

template <class Signed>
class Quotients : public testing::Test {};
using SignedTypes = testing::Types<int32_t, int64_t>;
TYPED_TEST_SUITE(Quotients, SignedTypes);

TYPED_TEST(Quotients, AreThoseOfADivision) {
  using Signed = TypeParam;
  using Unsigned = std::make_unsigned_t<Signed>;
  const std::set<Unsigned> edges = interesting<Unsigned>(200);
  for (Unsigned divisor : interesting<Unsigned>(300)) {
    if (divisor < 2) continue;
    const auto expect_exact = [&](Unsigned a) {
      ASSERT_EQ(interpreter::quotient(a, interpreter::reciprocal<Unsigned>(divisor)), a / divisor)
          << a << " / " << divisor;
      constexpr Unsigned half = Unsigned{1} << (sizeof(Unsigned) * 8 - 1);
      const auto dividend = static_cast<Signed>(a);
      if (divisor < half) {
        ASSERT_EQ(interpreter::quotient(dividend, interpreter::reciprocal<Signed>(divisor)),
                  dividend / static_cast<Signed>(divisor))
            << dividend << " / " << divisor;
      } else if (divisor == half) {  // the magnitude of the smallest number
        ASSERT_EQ(interpreter::quotient(dividend, interpreter::reciprocal<Signed>(divisor)), a == half ? -1 : 0);
      }
    };
    for (Unsigned a : edges) expect_exact(a);
    for (Unsigned a : multiples(divisor)) expect_exact(a);
  }
}

// One of the eight instructions as a function of numerics.hpp.
template <class T>
struct Row {
  Opcode opcode;
  TrapCode (*compute)(T, T, T&);
};
constexpr Row<uint32_t> rows_i32[] = {{i32_div_s, numerics::i32_div_s},
                                      {i32_div_u, numerics::i32_div_u},
                                      {i32_rem_s, numerics::i32_rem_s},
                                      {i32_rem_u, numerics::i32_rem_u}};
constexpr Row<uint64_t> rows_i64[] = {{i64_div_s, numerics::i64_div_s},
                                      {i64_div_u, numerics::i64_div_u},
                                      {i64_rem_s, numerics::i64_rem_s},
                                      {i64_rem_u, numerics::i64_rem_u}};

template <class T>
constexpr bool is_wide = sizeof(T) == 8;

template <class T>
Value value_of(T bits) {
  return is_wide<T> ? Value::i64(bits) : Value::i32(static_cast<uint32_t>(bits));
}

template <class T>
Body& push_constant(Body& body, T value) {
  return is_wide<T> ? body.i64(static_cast<int64_t>(value)) : body.i32(static_cast<int32_t>(value));
}

// The dividend in a slot and the result returned at once; in the accumulator and the result used; and the result in a
// slot.
constexpr const char* shapes[] = {"slot", "accumulator", "kept"};

template <class T>
Body body_of(unsigned shape, Opcode opcode, T divisor) {
  Body body;
  body.op(local_get, 0);
  if (shape == 1) push_constant<T>(body, 0).op(is_wide<T> ? i64_add : i32_add);
  push_constant(body, divisor).op(opcode);
  if (shape == 1) push_constant<T>(body, 0).op(is_wide<T> ? i64_xor : i32_xor);
  if (shape == 2) body.op(local_set, 0).block(loop).op(end).op(local_get, 0);
  return body;
}

template <class T>
std::string name_of(unsigned shape, Opcode opcode, T divisor) {
  return std::string(text(opcode)) + " by " + std::to_string(divisor) + ", " + shapes[shape];
}

template <class T>
void expect_outcome(const Outcome& outcome, TrapCode code, T expected, const std::string& what) {
  if (code == TrapCode::none) {
    ASSERT_TRUE(std::holds_alternative<Results>(outcome)) << what;
    ASSERT_EQ(std::get<Results>(outcome), Results{value_of(expected)}) << what;
  } else {
    ASSERT_TRUE(std::holds_alternative<Trap>(outcome)) << what;
    ASSERT_EQ(std::get<Trap>(outcome).code, code) << what;
  }
}

// Calls each shape of the instruction, by each divisor, with what is interesting for that.
template <class T>
void expect_as_computed(const Row<T>& row) {
  const std::set<T> divisors = interesting<T>(30);
  const ValueType type = is_wide<T> ? i64 : i32;
  ModuleBuilder builder;
  const TypeIndex unary = builder.type({type}, {type});
  for (unsigned shape = 0; shape < std::size(shapes); ++shape) {
    for (T divisor : divisors) {
      builder.export_function(name_of(shape, row.opcode, divisor),
                              builder.function(unary, body_of(shape, row.opcode, divisor)));
    }
  }
  Store store;
  Linker linker;
  auto module = validate(decode(builder.build()));
  auto code = interpreter::prepare(module);
  const Instance& instance = instantiate(store, std::move(module), std::move(code), linker).instance;
  const auto expect = [&](const std::string& name, T divisor) {
    FunctionInstance& function = *std::get<FunctionInstance*>(instance.find_export(name).value());
    std::set<T> dividends = divisor == 0 ? std::set<T>{} : multiples(divisor);
    dividends.insert({T{0}, T{1}, T(T{1} << (sizeof(T) * 8 - 1)), T(~T{0}), T(~T{0} >> 1)});
    for (T a : dividends) {
      T expected = 0;
      const TrapCode trap = row.compute(a, divisor, expected);
      const Outcome outcome = invoke(store, function, std::vector<Value>{value_of(a)});
      expect_outcome(outcome, trap, expected, std::to_string(a) + ": " + name);
    }
  };
  for (unsigned shape = 0; shape < std::size(shapes); ++shape) {
    for (T divisor : divisors) expect(name_of(shape, row.opcode, divisor), divisor);
  }
}

TEST(DivisionByConstants, OfI32IsExactOrTraps) {
  for (const Row<uint32_t>& row : rows_i32) expect_as_computed(row);
}
TEST(DivisionByConstants, OfI64IsExactOrTraps) {
  for (const Row<uint64_t>& row : rows_i64) expect_as_computed(row);
}

}  // namespace
}  // namespace shallop
