// SPDX-License-Identifier: Apache-2.0
// Globals and locals that get what was just computed, and the return behind them; truth values as numbers.
#include "fusion_fixture.hpp"

namespace shallop {
namespace {

TEST_F(Fusion, AGlobalThatMoves) {
  for (Opcode inner : {i32_add, i32_sub}) {
    for (const bool kept : {false, true}) {
      for (Place a : {Place::local, Place::accumulator}) {
        add(label({inner, global_set}, {a}) + (kept ? " kept" : ""), {i32}, i32, [&](bool apart) {
          Body body;
          push(body, i32, a, 0).i32(48).op(inner);
          if (kept) body.op(local_tee, 0);
          return seam(body, i32, apart)
              .op(global_set, global_.value)
              .op(global_get, global_.value)
              .op(local_get, 0)
              .op(i32_xor);
        });
      }
    }
  }
  expect_equal({{}});
}

TEST_F(Fusion, AGlobalThatMovesByItself) {
  for (Opcode inner : {i32_add, i32_sub, i32_mul}) {
    for (const bool kept : {false, true}) {
      add(label({global_get, inner, global_set}, {}) + (kept ? "kept" : ""), {i32, i32}, i32, [&](bool apart) {
        Body body;
        body.op(local_get, 0).op(global_set, global_.value);
        // Something else is in the accumulator, and still wanted.
        push(body, i32, Place::accumulator, 1).op(global_get, global_.value).i32(48).op(inner);
        if (kept) body.op(local_tee, 1);
        return seam(body, i32, apart)
            .op(global_set, global_.value)
            .op(global_get, global_.value)
            .op(i32_mul)
            .op(local_get, 1)
            .op(i32_xor);
      });
    }
  }
  expect_equal({{}});
}

TEST_F(Fusion, AReturnBehindAGlobalThatMoves) {
  // A loop's label keeps the return by itself.
  const auto move_global = [&](Body& body, bool apart) -> Body& {
    body.op(local_get, 0).i32(48).op(i32_add).op(global_set, global_.value);
    return apart ? body.block(loop).op(end) : body;
  };
  FuncIndex callees[2];
  for (const bool apart : {false, true}) {
    Body body;
    callees[apart] = module_.function(module_.type({i32}, {}), move_global(body, apart));
  }
  add("of nothing", {i32}, i32, [&](bool apart) {
    return Body().op(local_get, 0).op(Opcode::call, callees[apart].value).op(global_get, global_.value);
  });
  for (ValueType type : {i32, i64, f32, f64}) {
    for (Place value : places) {
      const TypeIndex callee = module_.type({i32, type}, {type});
      for (const bool apart : {false, true}) {
        Body body;
        push(body, type, value, 1).op(local_set, 1);
        callees[apart] = module_.function(callee, move_global(body, apart).op(local_get, 1));
      }
      add(label({}, {value}) + " of type " + std::to_string(static_cast<int>(type)), {i32, type}, type,
          [&](bool apart) { return Body().op(local_get, 0).op(local_get, 1).op(Opcode::call, callees[apart].value); });
      add(label({}, {value}) + " moving, of type " + std::to_string(static_cast<int>(type)), {i32, type}, i32,
          [&](bool apart) {
            Body body;
            body.op(local_get, 0).op(local_get, 1).op(Opcode::call, callees[apart].value).op(drop);
            return body.op(global_get, global_.value);
          });
    }
  }
  expect_equal({{}});
}

TEST_F(Fusion, ALocalWhoseOldValueIsStillWanted) {
  for (Opcode inner : binaries) {
    const ValueType type = numeric_type(inner).operand;
    const Opcode outer = type == i32 ? i32_sub : type == i64 ? i64_sub : type == f32 ? f32_sub : f64_sub;
    for (Place a : places) {
      for (const unsigned wanted : {1u, 2u}) {
        add(label({inner}, {a}) + " and " + std::to_string(wanted), {type, type}, type, [&](bool apart) {
          Body body;
          for (unsigned i = 0; i < wanted; ++i) body.op(local_get, 0);
          push(push(body, type, a, 0), type, Place::local, 1).op(inner);
          seam(body, type, apart).op(local_tee, 0).op(outer);
          if (wanted == 2) body.op(outer);
          return body.op(local_get, 0).op(outer);
        });
        add(label({inner}, {a}) + " in a loop, and " + std::to_string(wanted), {type, type, i32}, type,
            [&](bool apart) {
              Body body;
              body.i32(3).op(local_set, 2).block(loop);
              for (unsigned i = 0; i < wanted; ++i) body.op(local_get, 0);
              push(push(body, type, a, 0), type, Place::local, 1).op(inner);
              seam(body, type, apart).op(local_set, 0);
              if (wanted == 2) body.op(outer);
              body.op(local_set, 1).op(local_get, 2).i32(1).op(i32_sub).op(local_tee, 2).op(br_if, 0).op(end);
              return body.op(local_get, 0).op(local_get, 1).op(outer);
            });
      }
    }
  }
  expect_equal({{}});
}

TEST_F(Fusion, ComparisonsThatAreExtended) {
  for (Opcode compare : comparisons) {
    const ValueType type = numeric_type(compare).operand;
    for (Opcode extend : {i64_extend_i32_u, i64_extend_i32_s}) {
      for (Place a : {Place::local, Place::accumulator}) {
        const auto make = [&](bool apart) {
          Body body;
          push(push(body, type, a, 0), type, Place::local, 1).op(compare);
          return seam(body, i32, apart).op(extend);
        };
        add(label({compare, extend}, {a}), {type, type}, i64, make);
        add(label({compare, extend}, {a}) + " kept", {type, type, i64}, i64,
            [&](bool apart) { return make(apart).op(local_set, 2).block(loop).op(end).op(local_get, 2); });
        add(label({compare, extend}, {a}) + " added", {type, type, i64}, i64,
            [&](bool apart) { return make(apart).op(local_get, 2).op(i64_add); });
        add(label({compare, extend}, {a}) + " decides", {type, type, i64}, i64, [&](bool apart) {
          Body body;
          body.block(block).append(make(apart)).op(i64_eqz).op(br_if, 0);
          return body.i64(5).op(local_set, 2).op(end).op(local_get, 2);
        });
      }
    }
  }
  expect_equal({{}});
}

}  // namespace
}  // namespace shallop
