// SPDX-License-Identifier: Apache-2.0
// args_* and environ_*: both hand out a StringList.
#include "unit/wasi/guest.hpp"
#include "wasm/error.hpp"

namespace shallop::wasi {
namespace {

TEST(Args, AreLaidOutBackToBack) {
  Guest guest({.arguments = {"prog", "", "-x=ä"}});
  const auto count = guest.place<Size>();
  const auto size = guest.place<Size>();
  ASSERT_EQ(args_sizes_get(guest.context, guest.caller(), count, size), Errno::success);
  EXPECT_EQ(guest.get(count), 3u);
  EXPECT_EQ(guest.get(size), 5u + 1u + 6u);

  const GuestPointer<Pointer> argv{guest.allocate(3 * sizeof(Pointer))};
  const GuestBytes strings{guest.allocate(12)};
  ASSERT_EQ(args_get(guest.context, guest.caller(), argv, strings), Errno::success);
  EXPECT_EQ(guest.string(strings.address, 12), std::string("prog\0\0-x=ä\0", 12));
  EXPECT_EQ(guest.get(argv, 0), strings.address);
  EXPECT_EQ(guest.get(argv, 1), strings.address + 5);
  EXPECT_EQ(guest.get(argv, 2), strings.address + 6);
}

TEST(Args, NoneWriteNothing) {
  Guest guest;
  const auto count = guest.place<Size>();
  const auto size = guest.place<Size>();
  ASSERT_EQ(args_sizes_get(guest.context, guest.caller(), count, size), Errno::success);
  EXPECT_EQ(guest.get(count), 0u);
  EXPECT_EQ(guest.get(size), 0u);
  EXPECT_EQ(args_get(guest.context, guest.caller(), {Guest::memory_size}, {Guest::memory_size}), Errno::success);
}

TEST(Args, OutOfRangePointersFault) {
  Guest guest({.arguments = {"prog", "a"}});
  const auto good = guest.place<Size>();
  const GuestPointer<Size> bad{Guest::memory_size - 3};
  EXPECT_EQ(args_sizes_get(guest.context, guest.caller(), good, bad), Errno::fault);
  EXPECT_EQ(args_sizes_get(guest.context, guest.caller(), bad, good), Errno::fault);
  EXPECT_EQ(args_get(guest.context, guest.caller(), {Guest::memory_size - 7}, {64}), Errno::fault);
  EXPECT_EQ(args_get(guest.context, guest.caller(), {64}, {Guest::memory_size - 6}), Errno::fault);
  EXPECT_EQ(args_get(guest.context, guest.caller(), {0xFFFF'FFFC}, {64}), Errno::fault);
  EXPECT_EQ(args_sizes_get(guest.context, guest.caller_without_memory(), {0}, {4}), Errno::fault);
}

TEST(Environ, HoldsTheVariables) {
  Guest guest({.environment = {"A=1", "EMPTY="}});
  const auto count = guest.place<Size>();
  const auto size = guest.place<Size>();
  ASSERT_EQ(environ_sizes_get(guest.context, guest.caller(), count, size), Errno::success);
  EXPECT_EQ(guest.get(count), 2u);
  EXPECT_EQ(guest.get(size), 11u);
  const GuestPointer<Pointer> environ{guest.allocate(2 * sizeof(Pointer))};
  const GuestBytes strings{guest.allocate(11)};
  ASSERT_EQ(environ_get(guest.context, guest.caller(), environ, strings), Errno::success);
  EXPECT_EQ(guest.string(guest.get(environ, 0), 4), std::string("A=1\0", 4));
  EXPECT_EQ(guest.string(guest.get(environ, 1), 7), std::string("EMPTY=\0", 7));
}

TEST(Environ, ARefusedStringIsNamed) {
  try {
    Guest guest({.environment = {std::string("KEY=a\0b", 7)}});
    FAIL() << "a NUL was accepted";
  } catch (const ResourceError& error) {
    EXPECT_NE(std::string_view(error.what()).find("KEY=a"), std::string_view::npos);
  }
}

}  // namespace
}  // namespace shallop::wasi
