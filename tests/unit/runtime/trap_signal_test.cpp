// SPDX-License-Identifier: Apache-2.0
#include "runtime/trap_signal.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "runtime/store.hpp"

namespace shallop {
namespace {

// Stand for an engine's code, which may fault, and for our own, which may not.
[[gnu::noinline]] SHALLOP_GUEST_CODE uint8_t read_as_guest(const volatile uint8_t* address) { return *address; }
[[gnu::noinline]] uint8_t read_as_host(const volatile uint8_t* address) { return *address; }

using Read = uint8_t (*)(const volatile uint8_t*);

class TrapSignal : public testing::Test {
 protected:
  const uint8_t* at(uint64_t index) const { return reinterpret_cast<const uint8_t*>(memory.base()) + index; }

  // True if reading at `index` came back by way of the landing point.
  static bool faults(const Store& store, Read read, const uint8_t* address) {
    LandingPoint point;
    point.store = &store;
    push_landing(point);
    bool landed = true;
    if (sigsetjmp(point.environment, 0) == 0) {
      read(address);
      landed = false;
    }
    pop_landing(point);
    return landed;
  }

  Store store;
  Memory& memory = store.add_memory({.limits = {.minimum = 1, .maximum = 2}});
};
using TrapSignalDeathTest = TrapSignal;

TEST_F(TrapSignal, AnAccessOutOfBoundsLands) {
  EXPECT_FALSE(faults(store, read_as_guest, at(65'535)));
  EXPECT_TRUE(faults(store, read_as_guest, at(65'536)));
  EXPECT_TRUE(faults(store, read_as_guest, at(uint64_t{0xFFFF'FFFF} + 0xFFFF'FFFF)));
  EXPECT_EQ(memory.grow(1), 1);
  EXPECT_FALSE(faults(store, read_as_guest, at(65'536)));
}

TEST_F(TrapSignal, LandsAgainAndAgain) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(faults(store, read_as_guest, at(uint64_t{1} << 32))) << i;
}

TEST_F(TrapSignal, LandsAtTheInnermostPoint) {
  LandingPoint outer;
  outer.store = &store;
  push_landing(outer);
  if (sigsetjmp(outer.environment, 0) == 0) {
    EXPECT_TRUE(faults(store, read_as_guest, at(65'536)));
    read_as_guest(at(65'536));
    ADD_FAILURE() << "did not fault";
  }
  pop_landing(outer);
}

TEST_F(TrapSignal, LandsInEveryThread) {
  bool landed = false;
  std::thread([&] { landed = faults(store, read_as_guest, at(65'536)); }).join();
  EXPECT_TRUE(landed);
}

TEST_F(TrapSignalDeathTest, OurOwnFaultsStillCrash) {
  EXPECT_DEATH(faults(store, read_as_host, at(65'536)), "") << "not engine code";
  EXPECT_DEATH(faults(store, read_as_guest, nullptr), "") << "not a guest's memory";
  EXPECT_DEATH(read_as_guest(at(65'536)), "") << "nowhere to land";
  Store other;
  EXPECT_DEATH(faults(other, read_as_guest, at(65'536)), "") << "another store's memory";
}

[[noreturn]] void send_a_signal_while_a_guest_runs(const Store& store) {
  LandingPoint point;
  point.store = &store;
  push_landing(point);
  if (sigsetjmp(point.environment, 0) == 0) raise(SIGSEGV);
  _exit(0);
}

TEST_F(TrapSignalDeathTest, ASignalThatSomebodySentIsNotAFault) {
  EXPECT_DEATH(send_a_signal_while_a_guest_runs(store), "");
}

}  // namespace
}  // namespace shallop
