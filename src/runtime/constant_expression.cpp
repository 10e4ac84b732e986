// SPDX-License-Identifier: Apache-2.0
#include "runtime/constant_expression.hpp"

#include <utility>
#include <vector>

#include "binary/instructions.hpp"
#include "wasm/numerics.hpp"

namespace shallop {
namespace {

// Every instruction that validation refuses in a constant expression.
struct NotConstant {
#define SHALLOP_OP(code, id, text, immediate) \
  void id(auto...) { std::unreachable(); }
#include "wasm/opcodes.def"
  void load(auto...) { std::unreachable(); }
  void store(auto...) { std::unreachable(); }
  void unary(Opcode) { std::unreachable(); }
  void unary_trapping(Opcode) { std::unreachable(); }
  void binary_trapping(Opcode) { std::unreachable(); }
  void compare(Opcode) { std::unreachable(); }
  void ternary(Opcode) { std::unreachable(); }
  void shift(Opcode) { std::unreachable(); }
  void extract_lane(auto...) { std::unreachable(); }
  void replace_lane(auto...) { std::unreachable(); }
  void load_lane(auto...) { std::unreachable(); }
  void store_lane(auto...) { std::unreachable(); }
  void atomic_load(auto...) { std::unreachable(); }
  void atomic_store(auto...) { std::unreachable(); }
  void atomic_rmw(auto...) { std::unreachable(); }
  void atomic_cmpxchg(auto...) { std::unreachable(); }
};

class Evaluator : public NotConstant {
 public:
  explicit Evaluator(const Instance& instance) : instance_(instance) {}
  Value result() const { return values_.back(); }

  void at(size_t) {}
  void end() {}
  void constant(ValueType type, uint64_t bits) { values_.push_back({.type = type, .bits = {bits, 0}}); }
  void v128_const(VectorBits bits) { values_.push_back({.type = ValueType::v128, .bits = bits}); }
  void ref_null(ValueType type) { constant(type, 0); }
  void ref_func(FuncIndex index) { constant(ValueType::funcref, to_slot(instance_.all_functions[index.value])); }
  void global_get(GlobalIndex index) {
    const GlobalInstance& global = *instance_.all_globals[index.value];
    values_.push_back({.type = global.type.type, .bits = {global.value[0], global.value[1]}});
  }
  void binary(Opcode opcode) {
    const uint64_t second = values_.back().bits[0];
    values_.pop_back();
    uint64_t& first = values_.back().bits[0];
    switch (opcode) {
#define SHALLOP_CONSTANT_OPERATION(id, Integer) \
  case Opcode::id: first = numerics::id(static_cast<Integer>(first), static_cast<Integer>(second)); break;
      SHALLOP_CONSTANT_OPERATION(i32_add, uint32_t)
      SHALLOP_CONSTANT_OPERATION(i32_sub, uint32_t)
      SHALLOP_CONSTANT_OPERATION(i32_mul, uint32_t)
      SHALLOP_CONSTANT_OPERATION(i64_add, uint64_t)
      SHALLOP_CONSTANT_OPERATION(i64_sub, uint64_t)
      SHALLOP_CONSTANT_OPERATION(i64_mul, uint64_t)
#undef SHALLOP_CONSTANT_OPERATION
      default: std::unreachable();
    }
  }

 private:
  const Instance& instance_;
  std::vector<Value> values_;
};

}  // namespace

Value evaluate(const Expression& expression, const Instance& instance) {
  Evaluator evaluator(instance);
  visit_instructions(expression, evaluator);
  return evaluator.result();
}

}  // namespace shallop
