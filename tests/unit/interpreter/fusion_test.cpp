// SPDX-License-Identifier: Apache-2.0
// Operations, loads, stores and branches that are one instruction with what they consume.
#include "fusion_fixture.hpp"

namespace shallop {
namespace {

TEST_F(Fusion, TwoOperations) {
  for (Opcode inner : binaries) {
    const ValueType type = numeric_type(inner).operand;
    for (Opcode outer : binaries) {
      if (numeric_type(outer).operand != type) continue;
      for (Place a : {Place::local, Place::accumulator}) {
        for (Place b : {Place::local, Place::constant}) {
          for (Place x : places) {
            add(label({inner, outer}, {a, b, x}), {type, type, type}, type, [&](bool apart) {
              Body body;
              push(push(body, type, a, 0), type, b, 1).op(inner);
              return push(seam(body, type, apart), type, x, 2).op(outer);
            });
            add(label({inner, outer}, {a, b, x}) + " right", {type, type, type}, type, [&](bool apart) {
              Body body;
              push(push(push(body, type, x, 2), type, a, 0), type, b, 1).op(inner);
              return seam(body, type, apart).op(outer);
            });
          }
        }
      }
    }
  }
  // x ^= x << 13: both operands are what the accumulator holds.
  for (Opcode inner : {i32_shl, i32_shr_u, i32_rotl}) {
    add(label({inner, i32_xor}, {}) + " of itself", {i32, i32}, i32, [&](bool apart) {
      Body body;
      body.op(local_get, 0).op(local_get, 1).op(i32_add).op(local_tee, 0).i32(5).op(inner);
      return seam(body, i32, apart).op(local_get, 0).op(i32_xor);
    });
  }
  expect_equal({{}});
}

TEST_F(Fusion, LoadsOfSumsAndOperationsOnWhatIsLoaded) {
  for (Opcode load : loads) {
    const ValueType type = access_type(load).value;
    for (Place a : {Place::local, Place::accumulator}) {
      for (Place b : {Place::local, Place::constant}) {
        // Addresses are small: the sum itself must be the load's address.
        const auto push_load = [&](Body& body, bool apart) -> Body& {
          push(push(body, i32, a, 0), i32, b, 1).op(i32_add);
          return seam(body, i32, apart).op(load, 0, 4);
        };
        const Body small = Body()
                               .op(local_get, 0)
                               .i32(127)
                               .op(i32_and)
                               .op(local_set, 0)
                               .op(local_get, 1)
                               .i32(127)
                               .op(i32_and)
                               .op(local_set, 1);
        add(label({load}, {a, b}), {i32, i32}, type, [&](bool apart) {
          Body body(small);
          return push_load(body, apart);
        });
        for (Opcode outer : binaries) {
          if (numeric_type(outer).operand != type) continue;
          for (Place x : places) {
            const std::string name = label({load, outer}, {a, b, x});
            add(name, {i32, i32, type}, type, [&](bool apart) {
              Body body(small);
              return push(seam(push_load(body, apart), type, apart), type, x, 2).op(outer);
            });
            add(name + " right", {i32, i32, type}, type, [&](bool apart) {
              Body body(small);
              return seam(push_load(push(body, type, x, 2), apart), type, apart).op(outer);
            });
          }
        }
      }
      add(label({i32_load, load}, {a}), {i32}, type, [&](bool apart) {
        Body body;
        body.op(local_get, 0).i32(60).op(i32_and).op(local_set, 0);
        push(body, i32, a, 0).op(i32_load, 0, 512);
        return seam(body, i32, apart).op(load, 0, 2);
      });
    }
  }
  expect_equal();
}

TEST_F(Fusion, OperationsOnWhatIsLoaded) {
  for (Opcode load : loads) {
    const ValueType type = access_type(load).value;
    for (Opcode outer : binaries) {
      if (numeric_type(outer).operand != type) continue;
      for (Place a : {Place::local, Place::accumulator}) {
        for (Place x : places) {
          const auto make = [&](bool apart) {
            Body body;
            body.op(local_get, 0).i32(127).op(i32_and).op(local_set, 0);
            push(body, i32, a, 0).op(load, 0, 4);
            return push(seam(body, type, apart), type, x, 1).op(outer);
          };
          add(label({load, outer}, {a, x}), {i32, type}, type, make);
          add(label({load, outer}, {a, x}) + " kept", {i32, type}, type,
              [&](bool apart) { return make(apart).op(local_set, 1).block(loop).op(end).op(local_get, 1); });
        }
      }
    }
  }
  expect_equal();
}

TEST_F(Fusion, ProductsWithLargeNumbersThatAreAddedOrSubtracted) {
  struct Operations {
    ValueType type;
    Opcode multiply, add, subtract;
  };
  for (const auto& [type, multiply, plus, minus] :
       {Operations{i32, i32_mul, i32_add, i32_sub}, Operations{i64, i64_mul, i64_add, i64_sub}}) {
    for (Opcode outer : {plus, minus}) {
      for (Place a : {Place::local, Place::accumulator}) {
        for (Place x : places) {
          for (const int32_t factor : {1'000'000'000, -40'000, 9}) {
            const auto push_product = [&](Body& body) -> Body& {
              push(body, type, a, 0);
              return (type == i32 ? body.i32(factor) : body.i64(factor)).op(multiply);
            };
            const std::string name = label({multiply, outer}, {a, x}) + std::to_string(factor);
            add(name, {type, type}, type, [&](bool apart) {
              Body body;
              return push(seam(push_product(body), type, apart), type, x, 1).op(outer);
            });
            add(name + " right", {type, type}, type, [&](bool apart) {
              Body body;
              return seam(push_product(push(body, type, x, 1)), type, apart).op(outer);
            });
          }
        }
      }
    }
  }
  expect_equal({{}});
}

TEST_F(Fusion, StoresOfWhatIsComputed) {
  for (Opcode store : stores) {
    const ValueType type = access_type(store).value;
    const Opcode reload = type == i32 ? i32_load : type == i64 ? i64_load : type == f32 ? f32_load : f64_load;
    for (Opcode inner : binaries) {
      if (numeric_type(inner).operand != type) continue;
      for (Place a : {Place::local, Place::accumulator}) {
        for (Place b : places) {
          for (Place address : {Place::local, Place::accumulator}) {
            for (const bool kept : {false, true}) {
              add(label({inner, store}, {a, b, address}) + (kept ? " kept" : ""), {type, type, i32}, type,
                  [&](bool apart) {
                    Body body;
                    body.op(local_get, 2).i32(1023).op(i32_and).op(local_set, 2).i32(0).i64(0).op(i64_store, 0, 1024);
                    push(push(push(body, i32, address, 2), type, a, 0), type, b, 1).op(inner);
                    if (kept) body.op(local_tee, 1);
                    seam(body, type, apart).op(store, 0, 1024);
                    // What is in memory, and whether the local has its value.
                    push(body, i32, address, 2).op(reload, 0, 1024).op(local_get, 1);
                    return body.op(type == i32 ? i32_xor : type == i64 ? i64_xor : type == f32 ? f32_add : f64_add);
                  });
            }
          }
        }
      }
    }
  }
  expect_equal();
}

TEST_F(Fusion, ComparisonsThatBranchOrSelect) {
  for (Opcode compare : comparisons) {
    const ValueType type = numeric_type(compare).operand;
    for (Place a : places) {
      for (Place b : places) {
        add(label({compare, select}, {a, b}), {type, type, i32}, i32, [&](bool apart) {
          Body body;
          push(push(body.i32(70).op(local_get, 2), type, a, 0), type, b, 1).op(compare);
          return seam(body, i32, apart).op(select);
        });
        for (Opcode inner : binaries) {
          if (numeric_type(inner).operand != type || inner > i64_xor) continue;
          for (const bool kept : {false, true}) {
            add(label({inner, compare, br_if}, {a, b}) + (kept ? " kept" : ""), {type, type, type}, type,
                [&](bool apart) {
                  Body body;
                  push(push(body.block(block), type, a, 0), type, Place::local, 1).op(inner);
                  if (kept) body.op(local_tee, 0);
                  push(seam(body, type, apart), type, b, 2).op(compare).op(br_if, 0);
                  return body.op(local_get, 1).op(local_set, 0).op(end).op(local_get, 0);
                });
          }
        }
      }
    }
  }
  expect_equal({{}});
}

}  // namespace
}  // namespace shallop
