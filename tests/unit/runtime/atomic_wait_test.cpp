// SPDX-License-Identifier: Apache-2.0
#include "runtime/atomic_wait.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "wasm/atomics.hpp"

namespace shallop {

static bool operator==(const AtomicResult& a, const AtomicResult& b) { return a.trap == b.trap && a.value == b.value; }
static void PrintTo(const AtomicResult& result, std::ostream* out) { *out << result.value << " " << text(result.trap); }

namespace {

using namespace std::chrono_literals;

constexpr int64_t forever = -1;
constexpr uint32_t all = UINT32_MAX;
constexpr AtomicResult woken{.value = 0};
constexpr AtomicResult not_equal{.value = 1};
constexpr AtomicResult timed_out{.value = 2};

AtomicResult trap(TrapCode code) { return {.trap = code}; }

class AtomicWait : public testing::Test {
 protected:
  static std::shared_ptr<Memory> create(bool shared) {
    return Memory::create({.limits = {.minimum = 1, .maximum = 1}, .shared = shared}, {});
  }
  uint32_t& cell(uint64_t address) { return *reinterpret_cast<uint32_t*>(memory->base() + address); }
  std::future<AtomicResult> wait_elsewhere(uint64_t address, int64_t timeout_ns = forever) {
    return std::async(std::launch::async,
                      [this, address, timeout_ns] { return atomic_wait32(*memory, address, 0, timeout_ns); });
  }
  // Notifies one waiter, as soon as there is one.
  void wake_one(uint64_t address) {
    while (atomic_notify(*memory, address, 1) == AtomicResult{.value = 0}) std::this_thread::yield();
  }

  std::shared_ptr<Memory> memory = create(true);
};

TEST_F(AtomicWait, EndsAtOnceWhereTheValueIsAnother) {
  cell(8) = 7;
  EXPECT_EQ(atomic_wait32(*memory, 8, 6, forever), not_equal);
  EXPECT_EQ(atomic_wait64(*memory, 8, 0x1'0000'0007, forever), not_equal);
}

TEST_F(AtomicWait, EndsWhenItsTimeIsOver) {
  EXPECT_EQ(atomic_wait32(*memory, 8, 0, 0), timed_out);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(atomic_wait64(*memory, 8, 0, std::chrono::nanoseconds(20ms).count()), timed_out);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
  // It has left the queue.
  EXPECT_EQ(atomic_notify(*memory, 8, all), (AtomicResult{.value = 0}));
}

TEST_F(AtomicWait, TakesTheLongestTimeThereIs) {
  auto waiting = wait_elsewhere(8, INT64_MAX);
  wake_one(8);
  EXPECT_EQ(waiting.get(), woken);
}

TEST_F(AtomicWait, IsWokenByItsCellAlone) {
  auto waiting = wait_elsewhere(64);
  // One of these shares the queue, whatever the hash.
  for (uint64_t address = 0; address < 0x1'0000; address += 4) {
    if (address != 64) {
      ASSERT_EQ(atomic_notify(*memory, address, all), (AtomicResult{.value = 0})) << address;
    }
  }
  EXPECT_EQ(waiting.wait_for(0s), std::future_status::timeout);
  wake_one(64);
  EXPECT_EQ(waiting.get(), woken);
}

TEST_F(AtomicWait, OfBothWidthsIsOneQueue) {
  auto waiting = std::async(std::launch::async, [this] { return atomic_wait64(*memory, 64, 0, forever); });
  wake_one(64);
  EXPECT_EQ(waiting.get(), woken);
}

TEST_F(AtomicWait, NotifyCountsThoseItWakes) {
  constexpr uint32_t threads = 5;
  std::vector<std::future<AtomicResult>> waiting;
  for (uint32_t i = 0; i < threads; ++i) waiting.push_back(wait_elsewhere(8));
  EXPECT_EQ(atomic_notify(*memory, 8, 0), (AtomicResult{.value = 0}));
  uint32_t sum = 0;
  while (sum < 2) sum += atomic_notify(*memory, 8, 2 - sum).value;
  EXPECT_EQ(sum, 2u);
  while (sum < threads) sum += atomic_notify(*memory, 8, all).value;
  EXPECT_EQ(sum, threads);
  for (auto& each : waiting) EXPECT_EQ(each.get(), woken);
}

// A thread that waits, and says what its turn was when it was woken.
class OrderedWaiter {
 public:
  OrderedWaiter(const Memory& memory, uint64_t address, std::atomic<int>& order)
      : thread_([this, &memory, address, &order] {
          thread_id_ = gettid();
          EXPECT_EQ(atomic_wait32(memory, address, 0, forever), woken);
          turn_ = ++order;
        }) {
    while (!is_asleep()) std::this_thread::yield();
  }
  int turn() const { return turn_; }

 private:
  bool is_asleep() const {
    if (thread_id_ == 0) return false;
    std::ifstream stat("/proc/self/task/" + std::to_string(thread_id_) + "/stat");
    std::string line;
    std::getline(stat, line);
    return line.contains(") S ");
  }

  std::atomic<pid_t> thread_id_ = 0;
  std::atomic<int> turn_ = 0;
  std::jthread thread_;
};

TEST_F(AtomicWait, NotifyWakesThoseFirstThatCameFirst) {
  std::atomic<int> order = 0;
  const OrderedWaiter first(*memory, 8, order);
  const OrderedWaiter second(*memory, 8, order);
  const OrderedWaiter third(*memory, 8, order);
  int turn = 0;
  for (const OrderedWaiter* each : {&first, &second, &third}) {
    EXPECT_EQ(atomic_notify(*memory, 8, 1), (AtomicResult{.value = 1}));
    ++turn;
    while (order != turn) std::this_thread::yield();
    while (each->turn() == 0) std::this_thread::yield();
    EXPECT_EQ(each->turn(), turn);
  }
}

TEST_F(AtomicWait, TrapsBeforeItWaits) {
  using enum TrapCode;
  const auto unshared = create(false);
  EXPECT_EQ(atomic_wait32(*unshared, 8, 0, forever), trap(expected_shared_memory));
  EXPECT_EQ(atomic_wait64(*unshared, 8, 0, forever), trap(expected_shared_memory));
  EXPECT_EQ(atomic_notify(*unshared, 8, all), (AtomicResult{.value = 0}));

  EXPECT_EQ(atomic_wait32(*memory, 2, 0, forever), trap(unaligned_atomic));
  EXPECT_EQ(atomic_wait64(*memory, 4, 0, forever), trap(unaligned_atomic));
  EXPECT_EQ(atomic_notify(*memory, 1, all), trap(unaligned_atomic));
  for (const uint64_t address : {uint64_t{0x1'0000}, uint64_t{0xFFFF'FFF8}, uint64_t{0x1'FFFF'FFF0}}) {
    EXPECT_EQ(atomic_wait32(*memory, address, 0, forever), trap(out_of_bounds_memory_access));
    EXPECT_EQ(atomic_wait64(*memory, address, 0, forever), trap(out_of_bounds_memory_access));
    EXPECT_EQ(atomic_notify(*memory, address, all), trap(out_of_bounds_memory_access));
    EXPECT_EQ(atomic_notify(*unshared, address, all), trap(out_of_bounds_memory_access));
  }
  EXPECT_EQ(atomic_wait32(*memory, 0xFFFC, 0, 0), timed_out);
}

// A notify is never lost between the look at the cell and the sleep, and none that timed out is counted.
TEST_F(AtomicWait, EveryNotifyIsAccountedFor) {
  constexpr int rounds = 5'000;
  constexpr int waiters = 3;
  std::atomic<uint64_t> were_woken = 0;
  std::atomic<int> running = waiters;
  std::vector<std::thread> threads;
  for (int i = 0; i < waiters; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < rounds; ++round) {
        const AtomicResult result = atomic_wait32(*memory, 8, 0, (round + i) % 7 * 1'000);
        if (result == woken)
          ++were_woken;
        else
          EXPECT_EQ(result, timed_out);
      }
      --running;
    });
  }
  uint64_t notified = 0;
  while (running != 0) notified += atomic_notify(*memory, 8, 2).value;
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(were_woken, notified);
}

}  // namespace
}  // namespace shallop
