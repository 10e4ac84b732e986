// SPDX-License-Identifier: Apache-2.0
#include "binary/instructions.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <string>

#include "binary/default_visitor.hpp"
#include "support/module_builder.hpp"
#include "support/refusal.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

std::string shown(auto index) { return fmt::format(" {}", index.value); }
std::string shown(ValueType type) { return fmt::format(" {}", text(type)); }
std::string shown(BlockType type) {
  if (type.type_index()) return fmt::format(" type {}", type.type_index()->value);
  const auto results = type.results(Module());
  return results.empty() ? "" : shown(results.front());
}
std::string shown(const LabelTable& labels) {
  std::string list = " [";
  for (const LabelIndex each : labels) list += shown(each);
  return list + " ]" + shown(labels.default_label());
}
std::string shown(const CatchClauses& clauses) {
  std::string list;
  for (const CatchClause each : clauses) {
    list += fmt::format("{} {}{} label {}", list.empty() ? "" : ",", each.tag ? "tag" + shown(*each.tag) : "all",
                        each.with_reference ? " ref" : "", each.label.value);
  }
  return " [" + list + " ]";
}
std::string shown(const VectorBits& bits) { return fmt::format(" {:#x} {:#x}", bits[0], bits[1]); }
std::string shown(const ShuffleLanes& lanes) { return fmt::format(" {}", fmt::join(lanes, " ")); }
std::string shown(MemArg argument) {
  return fmt::format(" align 2^{} offset {} memory {}", argument.align_log2, argument.offset, argument.memory.value);
}
std::string shown(const SelectTypes& types) {
  std::string list;
  for (const ValueType each : types) list += shown(each);
  return list;
}

// Writes down each call: offset, function, arguments.
class Recorder {
 public:
  void at(size_t offset) { calls += fmt::format("{}{}: ", calls.empty() ? "" : "; ", offset); }
#define SHALLOP_OP(code, id, text, immediate) \
  void id(const auto&... immediates) { \
    calls += #id; \
    ((calls += shown(immediates)), ...); \
  }
#include "wasm/opcodes.def"
  void load(Opcode opcode, MemArg argument) { access("load", opcode, argument); }
  void store(Opcode opcode, MemArg argument) { access("store", opcode, argument); }
  void constant(ValueType type, uint64_t bits) { calls += fmt::format("constant {} {:#x}", text(type), bits); }
  void unary(Opcode opcode) { family("unary", opcode); }
  void unary_trapping(Opcode opcode) { family("unary_trapping", opcode); }
  void binary(Opcode opcode) { family("binary", opcode); }
  void binary_trapping(Opcode opcode) { family("binary_trapping", opcode); }
  void compare(Opcode opcode) { family("compare", opcode); }
  void ternary(Opcode opcode) { family("ternary", opcode); }
  void shift(Opcode opcode) { family("shift", opcode); }
  void extract_lane(Opcode opcode, LaneIndex lane) { lane_of("extract_lane", opcode, lane); }
  void replace_lane(Opcode opcode, LaneIndex lane) { lane_of("replace_lane", opcode, lane); }
  void load_lane(Opcode opcode, MemArg argument, LaneIndex lane) {
    access("load_lane", opcode, argument);
    calls += fmt::format(" lane {}", lane.value);
  }
  void store_lane(Opcode opcode, MemArg argument, LaneIndex lane) {
    access("store_lane", opcode, argument);
    calls += fmt::format(" lane {}", lane.value);
  }

  void atomic_load(Opcode opcode, MemArg argument) { access("atomic_load", opcode, argument); }
  void atomic_store(Opcode opcode, MemArg argument) { access("atomic_store", opcode, argument); }
  void atomic_rmw(Opcode opcode, MemArg argument) { access("atomic_rmw", opcode, argument); }
  void atomic_cmpxchg(Opcode opcode, MemArg argument) { access("atomic_cmpxchg", opcode, argument); }

  std::string calls;

 private:
  void family(const char* name, Opcode opcode) { calls += fmt::format("{} {}", name, text(opcode)); }
  void lane_of(const char* name, Opcode opcode, LaneIndex lane) {
    family(name, opcode);
    calls += fmt::format(" lane {}", lane.value);
  }
  void access(const char* name, Opcode opcode, MemArg argument) {
    family(name, opcode);
    calls += shown(argument);
  }
};

std::vector<std::byte> closed(const Body& body) { return Body().append(body).op(Opcode::end).bytes(); }

// The calls for `body` and the `end` behind it, when its first byte is at offset 10.
std::string walked(const Body& body) {
  const auto bytes = closed(body);
  Recorder recorder;
  visit_instructions({.bytes = bytes, .offset = 10}, recorder);
  return recorder.calls;
}

std::string malformed(std::initializer_list<uint8_t> encoded) {
  const auto bytes = bytes_of(encoded);
  Recorder recorder;
  return refusal<DecodeError>([&] { visit_instructions({.bytes = bytes, .offset = 10}, recorder); });
}

TEST(Walker, TellsTheOffsetOfEachInstruction) {
  EXPECT_EQ(walked(Body().op(Opcode::local_get, 300).i32(-1).op(Opcode::i32_add).op(Opcode::drop)),
            "10: local_get 300; 13: constant i32 0xffffffff; 15: binary i32.add; 16: drop; 17: end");
}

// Each row of the list, whatever its immediates, reaches the function that is named after it.
TEST(Walker, ReachesEveryInstructionWithImmediates) {
  const auto first = [](const Body& body) {
    const std::string calls = walked(body);
    return calls.substr(0, calls.find(';'));
  };
  EXPECT_EQ(first(Body().block(Opcode::block).op(Opcode::end)), "10: block");
  EXPECT_EQ(first(Body().block(Opcode::loop, ValueType::f32).op(Opcode::end)), "10: loop f32");
  EXPECT_EQ(first(Body().block(Opcode::if_, TypeIndex{200}).op(Opcode::end)), "10: if_ type 200");
  EXPECT_EQ(first(Body().try_table(ValueType::i32, {{0, 8, 1}, {1, 9, 2}, {2, 3}, {3, 4}}).op(Opcode::end)),
            "10: try_table i32 [ tag 8 label 1, tag 9 ref label 2, all label 3, all ref label 4 ]");
  EXPECT_EQ(first(Body().op(Opcode::throw_, 5)), "10: throw_ 5");
  EXPECT_EQ(first(Body().op(Opcode::return_call, 6)), "10: return_call 6");
  EXPECT_EQ(first(Body().op(Opcode::return_call_indirect, 7, 8)), "10: return_call_indirect 7 8");
  EXPECT_EQ(first(Body().op(Opcode::br, 1)), "10: br 1");
  EXPECT_EQ(first(Body().op(Opcode::br_if, 2)), "10: br_if 2");
  EXPECT_EQ(first(Body().br_table({3, 4}, 5)), "10: br_table [ 3 4 ] 5");
  EXPECT_EQ(first(Body().op(Opcode::call, 6)), "10: call 6");
  EXPECT_EQ(first(Body().op(Opcode::call_indirect, 7, 8)), "10: call_indirect 7 8");
  EXPECT_EQ(first(Body().ref_null(ValueType::externref)), "10: ref_null externref");
  EXPECT_EQ(first(Body().op(Opcode::ref_func, 9)), "10: ref_func 9");
  EXPECT_EQ(first(Body().select({ValueType::i64})), "10: select_typed i64");
  EXPECT_EQ(first(Body().op(Opcode::local_set, 10)), "10: local_set 10");
  EXPECT_EQ(first(Body().op(Opcode::local_tee, 11)), "10: local_tee 11");
  EXPECT_EQ(first(Body().op(Opcode::global_get, 12)), "10: global_get 12");
  EXPECT_EQ(first(Body().op(Opcode::global_set, 13)), "10: global_set 13");
  EXPECT_EQ(first(Body().op(Opcode::table_get, 14)), "10: table_get 14");
  EXPECT_EQ(first(Body().op(Opcode::table_set, 15)), "10: table_set 15");
  EXPECT_EQ(first(Body().op(Opcode::table_init, 16, 17)), "10: table_init 16 17");
  EXPECT_EQ(first(Body().op(Opcode::elem_drop, 18)), "10: elem_drop 18");
  EXPECT_EQ(first(Body().op(Opcode::table_copy, 19, 20)), "10: table_copy 19 20");
  EXPECT_EQ(first(Body().op(Opcode::table_grow, 21)), "10: table_grow 21");
  EXPECT_EQ(first(Body().op(Opcode::table_size, 22)), "10: table_size 22");
  EXPECT_EQ(first(Body().op(Opcode::table_fill, 23)), "10: table_fill 23");
  EXPECT_EQ(first(Body().op(Opcode::memory_size, 0)), "10: memory_size 0");
  EXPECT_EQ(first(Body().op(Opcode::memory_grow, 0)), "10: memory_grow 0");
  EXPECT_EQ(first(Body().op(Opcode::memory_init, 24, 0)), "10: memory_init 24 0");
  EXPECT_EQ(first(Body().op(Opcode::data_drop, 25)), "10: data_drop 25");
  EXPECT_EQ(first(Body().op(Opcode::memory_copy, 0, 0)), "10: memory_copy 0 0");
  EXPECT_EQ(first(Body().op(Opcode::memory_fill, 0)), "10: memory_fill 0");
  EXPECT_EQ(first(Body().i64(-2)), "10: constant i64 0xfffffffffffffffe");
  EXPECT_EQ(first(Body().f32(-1.5f)), "10: constant f32 0xbfc00000");
  EXPECT_EQ(first(Body().f64(2.0)), "10: constant f64 0x4000000000000000");
  EXPECT_EQ(first(Body().v128(0x0102030405060708, 0x1112131415161718)),
            "10: v128_const 0x102030405060708 0x1112131415161718");
  EXPECT_EQ(first(Body().op(Opcode::i8x16_shuffle, 15, 14, 13, 12, 11, 10, 9, 8, 31, 30, 29, 28, 27, 26, 25, 24)),
            "10: i8x16_shuffle 15 14 13 12 11 10 9 8 31 30 29 28 27 26 25 24");
  EXPECT_EQ(first(Body().op(Opcode::memory_atomic_notify, 2, 500)),
            "10: memory_atomic_notify align 2^2 offset 500 memory 0");
  EXPECT_EQ(first(Body().op(Opcode::memory_atomic_wait32, 2, 26)),
            "10: memory_atomic_wait32 align 2^2 offset 26 memory 0");
  EXPECT_EQ(first(Body().op(Opcode::memory_atomic_wait64, 3, 27)),
            "10: memory_atomic_wait64 align 2^3 offset 27 memory 0");
  EXPECT_EQ(first(Body().op(Opcode::atomic_fence, 0)), "10: atomic_fence");
}

TEST(Walker, ReachesEveryInstructionWithoutImmediates) {
#define SHALLOP_OP(code, id, text, kind) \
  if (Immediate::kind == Immediate::none && Opcode::id != Opcode::end) { \
    EXPECT_EQ(walked(Body().op(Opcode::id)).substr(0, sizeof("10: " #id)), "10: " #id ";"); \
  }
#define SHALLOP_LOAD(code, id, text, result, size_bytes) \
  EXPECT_TRUE(walked(Body().op(Opcode::id, 2, 500)).starts_with("10: load " text " align 2^2 offset 500 memory 0; 1"));
#define SHALLOP_STORE(code, id, text, operand, size_bytes) \
  EXPECT_TRUE(walked(Body().op(Opcode::id, 0, 7)).starts_with("10: store " text " align 2^0 offset 7 memory 0; 1"));
#define EXPECT_FAMILY(family, id, text) \
  EXPECT_TRUE(walked(Body().op(Opcode::id)).starts_with("10: " family " " text "; 1"));
#define SHALLOP_UNARY(code, id, text, operand, result) EXPECT_FAMILY("unary", id, text)
#define SHALLOP_UNARY_TRAPPING(code, id, text, operand, result) EXPECT_FAMILY("unary_trapping", id, text)
#define SHALLOP_BINARY(code, id, text, operand, result) EXPECT_FAMILY("binary", id, text)
#define SHALLOP_BINARY_TRAPPING(code, id, text, operand, result) EXPECT_FAMILY("binary_trapping", id, text)
#define SHALLOP_COMPARE(code, id, text, operand, result) EXPECT_FAMILY("compare", id, text)
#define SHALLOP_VECTOR_UNARY(code, id, text, operand, result) EXPECT_FAMILY("unary", id, text)
#define SHALLOP_VECTOR_BINARY(code, id, text, operand, result) EXPECT_FAMILY("binary", id, text)
#define SHALLOP_VECTOR_TERNARY(code, id, text, operand, result) EXPECT_FAMILY("ternary", id, text)
#define SHALLOP_VECTOR_SHIFT(code, id, text, operand, result) EXPECT_FAMILY("shift", id, text)
#define SHALLOP_VECTOR_LOAD(code, id, text, result, size_bytes) \
  EXPECT_TRUE(walked(Body().op(Opcode::id, 0, 7)).starts_with("10: load " text " align 2^0 offset 7 memory 0; 14:"));
#define EXPECT_ATOMIC(family, id, text) \
  EXPECT_TRUE( \
      walked(Body().op(Opcode::id, 2, 7)).starts_with("10: " family " " text " align 2^2 offset 7 memory 0; 14:"));
#define SHALLOP_ATOMIC_LOAD(code, id, text, result, size_bytes) EXPECT_ATOMIC("atomic_load", id, text)
#define SHALLOP_ATOMIC_STORE(code, id, text, operand, size_bytes) EXPECT_ATOMIC("atomic_store", id, text)
#define SHALLOP_ATOMIC_RMW(code, id, text, operand, size_bytes, operation) EXPECT_ATOMIC("atomic_rmw", id, text)
#define SHALLOP_ATOMIC_CMPXCHG(code, id, text, operand, size_bytes) EXPECT_ATOMIC("atomic_cmpxchg", id, text)
#define SHALLOP_EXTRACT_LANE(code, id, text, lanes, result) \
  EXPECT_TRUE(walked(Body().op(Opcode::id, lanes - 1)) \
                  .starts_with(fmt::format("10: extract_lane " text " lane {}; 13:", lanes - 1)));
#define SHALLOP_REPLACE_LANE(code, id, text, lanes, operand) \
  EXPECT_TRUE(walked(Body().op(Opcode::id, lanes - 1)) \
                  .starts_with(fmt::format("10: replace_lane " text " lane {}; 13:", lanes - 1)));
#define SHALLOP_LOAD_LANE(code, id, text, result, size_bytes) \
  EXPECT_TRUE(walked(Body().op(Opcode::id, 0, 7, 1)) \
                  .starts_with("10: load_lane " text " align 2^0 offset 7 memory 0 lane 1; 15:"));
#define SHALLOP_STORE_LANE(code, id, text, operand, size_bytes) \
  EXPECT_TRUE(walked(Body().op(Opcode::id, 0, 7, 1)) \
                  .starts_with("10: store_lane " text " align 2^0 offset 7 memory 0 lane 1; 15:"));
#include "wasm/opcodes.def"
#undef EXPECT_FAMILY
}

TEST(Walker, EndsWithTheBodysOwnEnd) {
  EXPECT_EQ(walked(Body().block(Opcode::block).op(Opcode::end)), "10: block; 12: end; 13: end");
  EXPECT_EQ(malformed({}), "10: unexpected end of section or function");
  EXPECT_EQ(malformed({0x01}), "11: unexpected end of section or function");
  EXPECT_EQ(malformed({0x02, 0x40, 0x0B}), "13: unexpected end of section or function");
  EXPECT_EQ(malformed({0x0B, 0x01}), "11: END opcode expected at the function's last byte, found one before it");
}

TEST(Walker, RefusesTruncatedImmediates) {
  EXPECT_EQ(malformed({0x41, 0x80}), "11: unexpected end of section or function, inside an integer");
  EXPECT_EQ(malformed({0x44, 0, 0, 0}), "11: unexpected end of section or function");
  EXPECT_EQ(malformed({0xFC}), "11: unexpected end of section or function, inside an integer");
}

TEST(Walker, RefusesAFenceOfAnotherOrder) {
  EXPECT_EQ(malformed({0xFE, 0x03, 0x01, 0x0B}), "12: zero byte expected, found 0x01");
}

TEST(Walker, NamesTheProposalOfAnUnknownInstruction) {
  const auto unsupported = [](const char* bytes, const char* proposal) {
    return fmt::format("10: illegal opcode {}: an instruction of the {} proposal, which is not supported yet", bytes,
                       proposal);
  };
  EXPECT_EQ(malformed({0x06, 0x40}), unsupported("0x06", "legacy exception-handling"));
  EXPECT_EQ(malformed({0xD5, 0x00}), unsupported("0xd5", "function-references"));
  EXPECT_EQ(malformed({0xFB, 0x01}), unsupported("0xfb 0x01", "garbage-collection"));
  EXPECT_EQ(malformed({0xFC, 0x13}), unsupported("0xfc 0x13", "wide-arithmetic"));
  EXPECT_EQ(malformed({0xFD, 0x9A, 0x01}), "10: illegal opcode 0xfd 0x9a");
  EXPECT_EQ(malformed({0xFD, 0x80, 0x02}), unsupported("0xfd 0x100", "relaxed SIMD"));
  EXPECT_EQ(malformed({0xFE, 0x04}), "10: illegal opcode 0xfe 0x04");
  EXPECT_EQ(malformed({0xFE, 0xCF, 0x00}), unsupported("0xfe 0x4f", "shared-everything-threads"));
  EXPECT_EQ(malformed({0x27}), "10: illegal opcode 0x27");
  EXPECT_EQ(malformed({0xFF}), "10: illegal opcode 0xff");
  EXPECT_EQ(malformed({0xFC, 0xFF, 0x1F}), "10: illegal opcode 0xfc 0xfff");
  EXPECT_EQ(malformed({0xFC, 0x80, 0x20}), "10: illegal opcode 0xfc 0x1000");
}

// No code outside of the list is taken for one inside.
TEST(Walker, RefusesEveryCodeThatIsNotInTheList) {
  for (unsigned code = 0; code < 0xFB; ++code) {
    if (text(Opcode{code}) != "unknown instruction") continue;
    EXPECT_TRUE(malformed({static_cast<uint8_t>(code), 0x00}).starts_with("10: illegal opcode")) << code;
  }
}

TEST(Walker, LimitsTheNestingOfBlocks) {
  struct Counter : DefaultVisitor<Counter> {
    void other() { ++instructions; }
    size_t instructions = 0;
  };
  const auto walk = [](uint32_t blocks) {
    Body body;
    for (uint32_t i = 0; i < blocks; ++i) body.block(Opcode::block);
    for (uint32_t i = 0; i < blocks; ++i) body.op(Opcode::end);
    const auto bytes = closed(body);
    Counter counter;
    return refusal<DecodeError>([&] {
      visit_instructions({.bytes = bytes, .offset = 0}, counter);
      EXPECT_EQ(counter.instructions, 2 * blocks + 1);
    });
  };
  EXPECT_EQ(walk(limits::nesting_depth - 1), "accepted");
  EXPECT_EQ(walk(limits::nesting_depth), "100000: blocks are nested too deeply, the limit is 50000");
}

}  // namespace
}  // namespace shallop
