// SPDX-License-Identifier: Apache-2.0
#include "differential/control_modules.hpp"

#include <random>
#include <string>

namespace shallop {
namespace {

using enum ValueType;
using enum Opcode;

constexpr int32_t calls_at_most = 900;
constexpr uint32_t functions_of_each = 6;
constexpr uint32_t table_elements = 8;
constexpr uint32_t deepest_expression = 5;
const Limits table_limits{.minimum = table_elements, .maximum = {}};

// What tags carry, by their number.
const std::vector<ValueType> carried[] = {{}, {i64}, {i32, i64}, {v128, f64, i64}};
// What functions take; all give an i64, some more behind it. The last has more than there are registers for.
const FuncType function_types[] = {{{}, {i64}},         {{i64}, {i64}},
                                   {{i32, i64}, {i64}}, {{i64, f64, i64}, {i64, i32}},
                                   {{i64}, {i64, i32}}, {{i64, i64, i64, i64, i64, i64, i64, i64, i64}, {i64}}};

class Generator {
 public:
  Generator(std::mt19937_64& random, bool is_second) : random_(random), is_second_(is_second) {
    for (const FuncType& each : function_types) types_.push_back(module_.type(each.parameters, each.results));
    for (const auto& each : carried) tag_types_.push_back(module_.type(each));
    nothing_ = module_.type({});
    for (const auto& each : carried) {
      std::vector<ValueType> with_reference = each;
      with_reference.push_back(exnref);
      caught_.push_back(module_.type({}, each));
      caught_with_reference_.push_back(module_.type({}, with_reference));
    }
  }

  ModuleBuilder generate() {
    if (is_second_) import_first();
    for (size_t i = 0; i < std::size(carried); ++i) {
      // The second has tags of its own, too, that look like imported ones.
      if (is_second_ && i % 2 == 0) module_.import_tag("first", "tag" + std::to_string(i), tag_types_[i]);
    }
    for (size_t i = 0; i < std::size(carried); ++i) {
      if (!is_second_ || i % 2 == 1) module_.tag(tag_types_[i]);
    }
    if (!is_second_) module_.table({.element = funcref, .limits = table_limits});
    // A table that nobody can change, and an exported one.
    module_.table({.element = funcref, .limits = table_limits});
    module_.memory({.minimum = 1, .maximum = 1}, random_() % 2 == 0);
    module_.global({.type = i32, .is_mutable = true}, Body().i32(calls_at_most));
    std::vector<FuncIndex> functions;
    const auto first = static_cast<uint32_t>(callees_.size());
    first_own_ = first;
    for (uint32_t i = 0; i < functions_of_each; ++i) callees_.push_back({.type = any_type(), .index = {first + i}});
    for (uint32_t i = 0; i < functions_of_each; ++i) functions.push_back(add_function(callees_[first + i].type));
    export_all(functions);
    return std::move(module_);
  }

 private:
  struct Callee {
    size_t type;
    FuncIndex index;
  };

  uint64_t below(uint64_t bound) { return random_() % bound; }
  bool one_in(uint64_t number) { return below(number) == 0; }
  size_t any_type() { return below(std::size(function_types)); }
  // Of the module's index space: imported ones come first.
  uint32_t tag_index(size_t tag) const {
    if (!is_second_) return static_cast<uint32_t>(tag);
    return static_cast<uint32_t>(tag % 2 == 0 ? tag / 2 : 2 + tag / 2);
  }

  void import_first() {
    for (uint32_t i = 0; i < functions_of_each; ++i) {
      const size_t type = i % std::size(function_types);
      callees_.push_back(
          {.type = type, .index = module_.import_function("first", "f" + std::to_string(i), types_[type])});
    }
    module_.import_table("first", "table", {.element = funcref, .limits = table_limits});
  }

  void export_all(const std::vector<FuncIndex>& functions) {
    // Functions that the second imports have the type that it expects of them.
    for (uint32_t i = 0; i < functions_of_each && !is_second_; ++i) {
      const size_t type = i % std::size(function_types);
      module_.export_function("f" + std::to_string(i), add_function(type));
    }
    for (uint32_t i = 0; i < std::size(carried) && !is_second_; ++i) {
      module_.export_("tag" + std::to_string(i), ExternKind::tag, i);
    }
    if (!is_second_) module_.export_("table", ExternKind::table, 0);
    for (uint32_t table = 0; table < 2; ++table) {
      module_.active_elements({table}, Body().i32(first_element(table)), {functions.begin(), functions.begin() + 4});
    }
    for (uint32_t i = 0; i < 4; ++i) {
      Body body;
      begin({});
      expression(body, deepest_expression);
      module_.export_function("run" + std::to_string(i), module_.function(types_[0], body, locals_));
    }
    module_.export_function("refuel", module_.function(nothing_, Body().i32(calls_at_most).op(global_set, 0)));
    module_.export_("memory", ExternKind::memory, 0);
  }

  // Local variables behind the parameters: an i64, an exnref, and places for what was caught.
  void begin(const std::vector<ValueType>& parameters) {
    parameters_ = parameters;
    first_local_ = static_cast<uint32_t>(parameters.size());
    locals_ = {{1, i64}, {1, exnref}};
  }
  uint32_t number_local() const { return first_local_; }
  uint32_t reference_local() const { return first_local_ + 1; }

  FuncIndex add_function(size_t type) {
    const FuncType& function_type = function_types[type];
    begin(function_type.parameters);
    type_ = type;
    Body body;
    // Fuel: without it, the function returns at once.
    body.op(global_get, 0).op(i32_eqz).block(if_);
    constants(body, function_type.results);
    body.op(return_).op(end).op(global_get, 0).i32(1).op(i32_sub).op(global_set, 0);
    const uint64_t statements = below(3);
    for (uint64_t i = 0; i < statements; ++i) statement(body);
    expression(body, deepest_expression);
    for (size_t i = 1; i < function_type.results.size(); ++i) constant(body, function_type.results[i]);
    return module_.function(types_[type], body, locals_);
  }

  void constant(Body& body, ValueType type) {
    switch (type) {
      case i32: body.i32(static_cast<int32_t>(below(100))); break;
      case f64: body.f64(static_cast<double>(below(1000)) / 4); break;
      case v128: body.v128(random_(), random_()); break;
      default: body.i64(static_cast<int64_t>(below(1000))); break;
    }
  }
  void constants(Body& body, const std::vector<ValueType>& types) {
    for (const ValueType each : types) constant(body, each);
  }
  void values(Body& body, const std::vector<ValueType>& types, uint32_t depth) {
    for (const ValueType each : types) {
      if (each == i64)
        expression(body, depth);
      else
        constant(body, each);
    }
  }
  void condition(Body& body, uint32_t depth) {
    expression(body, depth);
    body.i64(static_cast<int64_t>(below(1000))).op(one_in(2) ? i64_lt_u : i64_gt_u);
  }

  // Nothing on the stack before or after.
  void statement(Body& body) {
    switch (below(4)) {
      case 0: {
        condition(body, 1);
        body.block(if_);
        tail_call(body);
        body.op(end);
        break;
      }
      case 1: {
        expression(body, 3);
        body.op(local_set, number_local());
        break;
      }
      case 2: {
        // A few rounds, each of which costs fuel.
        body.block(block).block(loop).op(global_get, 0).op(i32_eqz).op(br_if, 1);
        body.op(global_get, 0).i32(1).op(i32_sub).op(global_set, 0);
        expression(body, 3);
        body.op(local_tee, number_local()).i64(3).op(i64_and).i64(0).op(i64_ne).op(br_if, 0).op(end).op(end);
        break;
      }
      default: {
        atomic(body, 2);
        body.op(drop);
      }
    }
  }

  // An i64.
  void expression(Body& body, uint32_t depth) {
    if (depth == 0) return leaf(body);
    switch (below(9)) {
      case 0: leaf(body); break;
      case 1: {
        expression(body, depth - 1);
        expression(body, depth - 1);
        body.op(one_in(2) ? i64_add : i64_xor);
        break;
      }
      case 2: {
        condition(body, depth - 1);
        body.block(if_, i64);
        expression(body, depth - 1);
        body.op(else_);
        expression(body, depth - 1);
        body.op(end);
        break;
      }
      case 3:
      case 4: call_something(body, depth - 1); break;
      case 5:
      case 6: try_something(body, depth - 1); break;
      case 7: atomic(body, depth - 1); break;
      default: {
        condition(body, depth - 1);
        body.block(if_);
        throw_something(body, depth - 1);
        body.op(end);
        leaf(body);
      }
    }
  }

  void leaf(Body& body) {
    switch (below(4)) {
      case 0: body.op(local_get, number_local()); break;
      case 1:
        for (uint32_t i = 0; i < parameters_.size(); ++i) {
          if (parameters_[i] == i64 && one_in(2)) {
            body.op(local_get, i);
            return;
          }
        }
        [[fallthrough]];
      case 2: body.op(global_get, 0).op(i64_extend_i32_u); break;
      default: constant(body, i64);
    }
  }

  void atomic(Body& body, uint32_t depth) {
    body.i32(static_cast<int32_t>(below(64) * (one_in(20) ? 4 : 8)));
    expression(body, depth);
    constexpr Opcode operations[] = {i64_atomic_rmw_add, i64_atomic_rmw_xor, i64_atomic_rmw_xchg, i64_atomic_rmw_sub};
    body.op(operations[below(std::size(operations))], 3, 0);
  }

  int32_t first_element(uint32_t table) const { return table == 0 && is_second_ ? 4 : 0; }

  // An element of a table, mostly with its type.
  struct Element {
    size_t type;
    int32_t index;
    uint32_t table;
  };
  Element any_element() {
    const auto table = static_cast<uint32_t>(below(2));
    const uint64_t own = below(4);
    if (one_in(8)) return {any_type(), static_cast<int32_t>(below(table_elements + 1)), table};
    return {callees_[first_own_ + own].type, first_element(table) + static_cast<int32_t>(own), table};
  }

  void drop_more(Body& body, size_t type) {
    for (size_t i = 1; i < function_types[type].results.size(); ++i) body.op(drop);
  }

  void call_something(Body& body, uint32_t depth) {
    if (one_in(3)) {
      const Element element = any_element();
      values(body, function_types[element.type].parameters, depth / 2);
      body.i32(element.index).op(call_indirect, types_[element.type].value, element.table);
      return drop_more(body, element.type);
    }
    const Callee& callee = callees_[below(callees_.size())];
    values(body, function_types[callee.type].parameters, depth / 2);
    body.op(call, callee.index.value);
    drop_more(body, callee.type);
  }

  // Of a function with this one's results, if there is one.
  void tail_call(Body& body) {
    for (int attempt = 0; attempt < 10; ++attempt) {
      const bool is_indirect = one_in(3);
      const Callee& callee = callees_[below(callees_.size())];
      const Element element = any_element();
      const size_t type = is_indirect ? element.type : callee.type;
      if (function_types[type].results != function_types[type_].results) continue;
      values(body, function_types[type].parameters, 1);
      if (is_indirect) {
        body.i32(element.index).op(return_call_indirect, types_[type].value, element.table);
      } else {
        body.op(return_call, callee.index.value);
      }
      return;
    }
  }

  void throw_something(Body& body, uint32_t depth) {
    if (one_in(12)) {
      body.op(local_get, reference_local()).op(throw_ref);
      return;
    }
    const size_t tag = below(std::size(carried));
    values(body, carried[tag], depth / 2);
    body.op(throw_, tag_index(tag));
  }

  // What was caught is on the stack: its last i64 is left of it, or a constant.
  void keep_one(Body& body, size_t tag, bool with_reference) {
    if (with_reference) {
      body.op(local_set, reference_local());
      if (one_in(4)) {
        body.op(local_get, reference_local()).op(throw_ref);
        return;
      }
    }
    if (carried[tag].empty()) return constant(body, i64);
    body.op(local_set, number_local());
    for (size_t i = 1; i < carried[tag].size(); ++i) body.op(drop);
    body.op(local_get, number_local());
  }

  void try_something(Body& body, uint32_t depth) {
    const size_t tag = below(std::size(carried));
    const auto index = static_cast<uint8_t>(tag_index(tag));
    const auto other = static_cast<uint8_t>(tag_index(0));
    const bool with_reference = one_in(2);
    body.block(block, i64);
    body.block(block, with_reference ? caught_with_reference_[tag] : caught_[tag]);
    const auto kind = static_cast<uint8_t>(with_reference ? 1 : 0);
    // The other clause, if there is one, goes to a block around, which takes nothing.
    const bool is_wrapped = one_in(2);
    if (is_wrapped) {
      body.block(block);
      if (one_in(2))
        body.try_table(i64, {{kind, index, 1}, {2, 0}});
      else
        body.try_table(i64, {{0, other, 0}, {kind, index, 1}});
    } else {
      body.try_table(i64, {{kind, index, 0}});
    }
    expression(body, depth);
    if (one_in(3)) {
      condition(body, depth / 2);
      body.op(br_if, is_wrapped ? 3 : 2);
    }
    body.op(end).op(br, is_wrapped ? 2 : 1);
    if (is_wrapped) {
      body.op(end);
      constant(body, i64);
      body.op(br, 1);
    }
    body.op(end);
    keep_one(body, tag, with_reference);
    body.op(end);
  }

  std::mt19937_64& random_;
  bool is_second_;
  ModuleBuilder module_;
  std::vector<TypeIndex> types_;
  std::vector<TypeIndex> tag_types_;
  std::vector<TypeIndex> caught_;
  std::vector<TypeIndex> caught_with_reference_;
  TypeIndex nothing_;
  std::vector<Callee> callees_;  // imported functions, then own ones
  uint32_t first_own_ = 0;
  // Of the function being made.
  size_t type_ = 0;
  std::vector<ValueType> parameters_;
  std::vector<LocalGroup> locals_;
  uint32_t first_local_ = 0;
};

}  // namespace

ControlModules generate_control_modules(uint64_t seed) {
  std::mt19937_64 random(seed);
  ModuleBuilder first = Generator(random, false).generate();
  ModuleBuilder second = Generator(random, true).generate();
  return {std::move(first), std::move(second)};
}

}  // namespace shallop
