// SPDX-License-Identifier: Apache-2.0
#include "embedder/diagnostics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>

#include "binary/decode.hpp"
#include "runtime/instance.hpp"
#include "support/module_builder.hpp"
#include "validation/validated_module.hpp"

namespace shallop {
namespace {

TEST(Printable, ControlCharactersAreWritten) {
  EXPECT_EQ(printable("a\nb\tc\x1b[31m\x7f"), "a\\nb\\tc\\x1b[31m\\x7f");
  EXPECT_EQ(printable(std::string_view("\0x", 2)), "\\x00x");
}

TEST(Printable, OtherCharactersStayAsTheyAre) {
  EXPECT_EQ(printable("grüße ✓"), "grüße ✓");
  // U+009B is a terminal's control sequence introducer, U+00A9 is a sign.
  EXPECT_EQ(printable("\xC2\x9B\xC2\xA9\xC2"), "\\x9b\xC2\xA9\xC2");
}

TEST(DescribeError, SaysWhereAndWhichKind) {
  EXPECT_EQ(describe(DecodeError(0x1F3, "bad"), "app.wasm"), "app.wasm:0x1f3: malformed: bad");
  EXPECT_EQ(describe(ValidationError(16, "bad"), "app.wasm"), "app.wasm:0x10: invalid: bad");
  EXPECT_EQ(describe(LinkError("bad"), "app.wasm"), "app.wasm: bad");
  EXPECT_EQ(describe(UsageError("bad"), ""), "bad");
}

TEST(DescribeError, IsOneLineOfBoundedLength) {
  const std::string text = describe(LinkError(std::string(100'000, 'x') + "\n"), "app.wasm");
  EXPECT_LT(text.size(), 5'000U);
  EXPECT_TRUE(text.ends_with("x... (96011 bytes more)")) << text.substr(text.size() - 40);
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(DescribeError, ALongMessageIsCutBetweenCharacters) {
  std::string message;
  while (message.size() < 10'000) message += "✓";
  const std::string text = describe(Error(message), "f");
  const size_t cut = text.find("...");
  ASSERT_NE(cut, std::string::npos);
  EXPECT_EQ(text.substr(cut - 3, 3), "✓");
}

class DescribeTrap : public testing::Test {
 protected:
  DescribeTrap() {
    ModuleBuilder builder;
    const TypeIndex type = builder.type({});
    builder.function(type, Body());
    builder.export_function("run\x1b", builder.function(type, Body()));
    instance_.module = validate(decode(builder.build()));
  }

  BacktraceFrame frame(uint32_t function, size_t offset) const {
    return {.instance = &instance_, .function = FuncIndex{function}, .offset = offset};
  }

  Instance instance_;
};

TEST_F(DescribeTrap, ListsItsFramesByName) {
  const Trap trap{.code = TrapCode::unreachable,
                  .backtrace = {frame(0, 0x1F3), frame(1, 0x20), frame(1, 0), frame(0, 0)}};
  EXPECT_EQ(describe(trap, "app.wasm"),
            "app.wasm: trap: unreachable\n"
            "   0: function 0 (offset 0x1f3)\n"
            "   1: run\\x1b (function 1, offset 0x20)\n"
            "   2: run\\x1b (function 1)\n"
            "   3: function 0");
}

TEST_F(DescribeTrap, TellsARepetitionOnce) {
  BacktraceFrame again = frame(0, 1);
  again.times = 3;
  const Trap trap{.code = TrapCode::call_stack_exhausted, .backtrace = {again, frame(0, 2), frame(1, 3)}};
  EXPECT_EQ(describe(trap, "f"),
            "f: trap: call stack exhausted (--stack-size gives it more)\n"
            "   0: function 0 (offset 0x1)\n"
            "      ... 2 times more\n"
            "   3: function 0 (offset 0x2)\n"
            "   4: run\\x1b (function 1, offset 0x3)");
}

TEST_F(DescribeTrap, TellsTwoEqualFramesAsTwo) {
  BacktraceFrame again = frame(0, 1);
  again.times = 2;
  EXPECT_EQ(describe({.code = TrapCode::unreachable, .backtrace = {again, frame(1, 3)}}, "f"),
            "f: trap: unreachable\n"
            "   0: function 0 (offset 0x1)\n"
            "   1: function 0 (offset 0x1)\n"
            "   2: run\\x1b (function 1, offset 0x3)");
}

TEST_F(DescribeTrap, CountsFramesThatWereNotKept) {
  BacktraceFrame outermost = frame(1, 3);
  outermost.left_out = 5'000;
  EXPECT_EQ(describe({.code = TrapCode::unreachable, .backtrace = {frame(0, 1), outermost}}, "f"),
            "f: trap: unreachable\n"
            "   0: function 0 (offset 0x1)\n"
            "      ... 5000 more frames\n"
            "5001: run\\x1b (function 1, offset 0x3)");
}

TEST_F(DescribeTrap, SaysWhatIsBehindTheReason) {
  EXPECT_EQ(describe({.code = TrapCode::interrupted, .backtrace = {}}, "f", "it took too long"),
            "f: trap: interrupted: it took too long");
}

TEST_F(DescribeTrap, LeavesOutTheMiddleOfManyFrames) {
  Trap trap{.code = TrapCode::unreachable, .backtrace = {}};
  for (size_t i = 0; i < 1'000; ++i) trap.backtrace.push_back(frame(0, i + 1));
  const std::string text = describe(trap, "f");
  EXPECT_EQ(std::ranges::count(text, '\n'), 24 + 1 + 8);
  EXPECT_NE(text.find("\n  23: function 0 (offset 0x18)\n      ... 968 more frames\n 992: function 0 (offset 0x3e1)"),
            std::string::npos)
      << text;
  EXPECT_TRUE(text.ends_with("\n 999: function 0 (offset 0x3e8)"));
}

TEST(WithDiagnostics, GivesTheActionsStatusOrThatOfItsError) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(with_diagnostics("f", [] { return 42; }), 42);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");

  testing::internal::CaptureStderr();
  EXPECT_EQ(with_diagnostics("f", []() -> int { throw DecodeError(1, "bad"); }), 1);
  EXPECT_EQ(with_diagnostics("f", []() -> int { throw UsageError("bad"); }), 2);
  EXPECT_EQ(with_diagnostics("f", []() -> int { throw std::bad_alloc(); }), 1);
  EXPECT_EQ(
      testing::internal::GetCapturedStderr(),
      "shallop: f:0x1: malformed: bad\nshallop: f: bad\nshallop: f: there is not enough memory to load this module\n");
}

}  // namespace
}  // namespace shallop
