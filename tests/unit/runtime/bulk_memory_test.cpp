// SPDX-License-Identifier: Apache-2.0
#include "runtime/bulk_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <thread>
#include <vector>

#include "runtime/interruption.hpp"

namespace shallop {
namespace {

constexpr size_t size = size_t{40} << 20;  // of more than two pieces

std::vector<std::byte> numbered() {
  std::vector<std::byte> bytes(size);
  uint32_t number = 1;
  for (std::byte& each : bytes) each = static_cast<std::byte>((number = number * 1'664'525 + 1'013'904'223) >> 24);
  return bytes;
}

TEST(BulkMemory, MovesAsMemmoveDoes) {
  const std::vector<std::byte> before = numbered();
  constexpr size_t distances[] = {1, 4'096, (size_t{16} << 20) - 1, size_t{17} << 20};
  for (const size_t distance : distances) {
    std::vector<std::byte> up = before;
    move_bytes(up.data() + distance, up.data(), size - distance);
    EXPECT_EQ(std::memcmp(up.data() + distance, before.data(), size - distance), 0) << distance;
    EXPECT_EQ(std::memcmp(up.data(), before.data(), distance), 0) << distance;
    std::vector<std::byte> down = before;
    move_bytes(down.data(), down.data() + distance, size - distance);
    EXPECT_EQ(std::memcmp(down.data(), before.data() + distance, size - distance), 0) << distance;
  }
}

TEST(BulkMemory, FillsAll) {
  std::vector<std::byte> bytes(size);
  fill_bytes(bytes.data() + 1, std::byte{7}, size - 2);
  EXPECT_EQ(bytes.front(), std::byte{0});
  EXPECT_EQ(bytes.back(), std::byte{0});
  EXPECT_EQ(std::ranges::count(bytes, std::byte{7}), static_cast<ptrdiff_t>(size - 2));
  fill_bytes(nullptr, std::byte{7}, 0);
  move_bytes(nullptr, nullptr, 0);
}

// On a thread, whose guests alone are to end.
TEST(BulkMemory, StopsWhenTheGuestIsToEnd) {
  std::thread([] {
    const Interrupter interrupter;
    interrupt_this_thread();
    std::vector<std::byte> bytes(size);
    fill_bytes(bytes.data(), std::byte{7}, size);
    EXPECT_EQ(bytes.front(), std::byte{7});
    EXPECT_EQ(bytes.back(), std::byte{0});
    move_bytes(bytes.data() + 1, bytes.data(), size - 1);
    EXPECT_EQ(bytes.back(), std::byte{0});
  }).join();
}

}  // namespace
}  // namespace shallop
