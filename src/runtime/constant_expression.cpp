// SPDX-License-Identifier: Apache-2.0
#include "runtime/constant_expression.hpp"

#include <utility>

#include "binary/instructions.hpp"

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
  void binary(Opcode) { std::unreachable(); }
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

// WebAssembly 2.0 has no constant expression that combines two values: the last one is the result.
class Evaluator : public NotConstant {
 public:
  explicit Evaluator(const Instance& instance) : instance_(instance) {}
  Value result() const { return result_; }

  void at(size_t) {}
  void end() {}
  void constant(ValueType type, uint64_t bits) { result_ = {.type = type, .bits = {bits, 0}}; }
  void v128_const(VectorBits bits) { result_ = {.type = ValueType::v128, .bits = bits}; }
  void ref_null(ValueType type) { result_ = {.type = type}; }
  void ref_func(FuncIndex index) {
    result_ = {.type = ValueType::funcref, .bits = {to_slot(instance_.all_functions[index.value]), 0}};
  }
  void global_get(GlobalIndex index) {
    const GlobalInstance& global = *instance_.all_globals[index.value];
    result_ = {.type = global.type.type, .bits = {global.value[0], global.value[1]}};
  }

 private:
  const Instance& instance_;
  Value result_;
};

}  // namespace

Value evaluate(const Expression& expression, const Instance& instance) {
  Evaluator evaluator(instance);
  visit_instructions(expression, evaluator);
  return evaluator.result();
}

}  // namespace shallop
