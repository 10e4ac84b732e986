// SPDX-License-Identifier: Apache-2.0
#include "runtime/memory.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <set>
#include <thread>
#include <vector>

#include "wasm/error.hpp"

namespace shallop {
namespace {

constexpr uint64_t page = 65'536;

MemoryType pages(uint64_t minimum, std::optional<uint64_t> maximum = std::nullopt) {
  return {.limits = {.minimum = minimum, .maximum = maximum}};
}

// Both kinds of memory behave the same to a guest.
class MemoryOfEitherKind : public testing::TestWithParam<bool> {
 protected:
  std::shared_ptr<Memory> create(const MemoryType& type, uint64_t policy_pages = 65'536) {
    return Memory::create(type, {.maximum_pages = policy_pages, .reserve = GetParam()});
  }
};
INSTANTIATE_TEST_SUITE_P(, MemoryOfEitherKind, testing::Bool(),
                         [](const auto& each) { return each.param ? "Guarded" : "Checked"; });

TEST_P(MemoryOfEitherKind, BeginsWithZeros) {
  const auto memory = create(pages(2));
  EXPECT_EQ(memory->guarded(), GetParam());
  EXPECT_EQ(memory->pages(), 2u);
  EXPECT_EQ(memory->size_bytes(), 2 * page);
  EXPECT_TRUE(std::ranges::all_of(memory->bytes(), [](std::byte each) { return each == std::byte{0}; }));
}

TEST_P(MemoryOfEitherKind, GrowsKeepingItsBytes) {
  const auto memory = create(pages(1));
  memory->bytes().back() = std::byte{42};
  EXPECT_EQ(memory->grow(3), 1);
  EXPECT_EQ(memory->pages(), 4u);
  EXPECT_EQ(memory->bytes()[page - 1], std::byte{42});
  EXPECT_EQ(memory->bytes()[page], std::byte{0});
  memory->bytes().back() = std::byte{1};
  EXPECT_EQ(memory->grow(0), 4);
  EXPECT_EQ(memory->type().limits.minimum, 4u);
}

TEST_P(MemoryOfEitherKind, GrowsFromNothing) {
  const auto memory = create(pages(0));
  EXPECT_EQ(memory->size_bytes(), 0u);
  EXPECT_TRUE(memory->bytes().empty());
  EXPECT_EQ(memory->grow(1), 0);
  memory->bytes().front() = std::byte{1};
  memory->bytes().back() = std::byte{1};
}

TEST_P(MemoryOfEitherKind, GrowsUpToTheMaximumOfItsType) {
  const auto memory = create(pages(1, 3));
  EXPECT_EQ(memory->grow(3), -1);
  EXPECT_EQ(memory->grow(2), 1);
  EXPECT_EQ(memory->grow(1), -1);
  EXPECT_EQ(memory->grow(0xFFFF'FFFF), -1);
  EXPECT_EQ(memory->grow(~uint64_t{0}), -1);
  EXPECT_EQ(memory->pages(), 3u);
  EXPECT_EQ(memory->type().limits.maximum, 3u);
}

TEST_P(MemoryOfEitherKind, GrowsUpToThePolicyWithoutTellingTheGuest) {
  const auto memory = create(pages(1, 100), 2);
  EXPECT_EQ(memory->type().limits.maximum, 100u);
  EXPECT_EQ(memory->grow(2), -1);
  EXPECT_EQ(memory->grow(1), 1);
  EXPECT_EQ(memory->grow(1), -1);
}

TEST_P(MemoryOfEitherKind, RefusesAMinimumBeyondThePolicy) {
  try {
    create(pages(3), 2);
    FAIL() << "no error";
  } catch (const ResourceError& error) {
    EXPECT_STREQ(error.what(),
                 "a memory of 3 pages (192 KiB) is more than the 2 pages (128 KiB) allowed; see --memory-limit");
  }
}

TEST_P(MemoryOfEitherKind, GrowsAsFarAsOtherMemoriesLeaveRoom) {
  const MemoryPolicy policy{.maximum_pages = 10, .reserve = GetParam()};
  const auto left = std::make_shared<Budget>(policy.maximum_pages);
  const auto first = Memory::create(pages(4), policy, left);
  {
    const auto second = Memory::create(pages(1), policy, left);
    EXPECT_EQ(second->grow(6), -1);
    EXPECT_EQ(second->grow(5), 1);
    EXPECT_EQ(first->grow(1), -1);
    EXPECT_EQ(left->left(), 0U);
  }
  EXPECT_EQ(left->left(), 6U);
  try {
    Memory::create(pages(7), policy, left);
    FAIL() << "no error";
  } catch (const ResourceError& error) {
    EXPECT_STREQ(error.what(),
                 "a memory of 7 pages (448 KiB) is more than the 6 pages (384 KiB) that the guest's other memories "
                 "leave of the 10 pages (640 KiB) allowed; see --memory-limit");
  }
  EXPECT_EQ(first->grow(6), 4);
}

TEST_P(MemoryOfEitherKind, ContainsItsOwnAddressesOnly) {
  const auto memory = create(pages(1));
  EXPECT_TRUE(memory->contains(memory->base()));
  EXPECT_TRUE(memory->contains(memory->base() + page - 1));
  EXPECT_FALSE(memory->contains(memory->base() - 1));
  EXPECT_FALSE(memory->contains(&memory));
  // An access may fault anywhere up to the largest index plus the largest offset.
  const uint64_t farthest = uint64_t{0xFFFF'FFFF} + 0xFFFF'FFFF + 15;
  EXPECT_EQ(memory->contains(memory->base() + farthest), GetParam());
}

TEST_P(MemoryOfEitherKind, BulkOperationsCheckBothEndsBeforeTheFirstByte) {
  const auto memory = create(pages(1));
  const std::array<std::byte, 4> segment = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  constexpr auto out_of_bounds = TrapCode::out_of_bounds_memory_access;

  EXPECT_EQ(memory->init(page - 3, segment, 0, 4), out_of_bounds);
  EXPECT_EQ(memory->init(0, segment, 1, 4), out_of_bounds);
  EXPECT_EQ(memory->init(~uint64_t{0}, segment, 0, 1), out_of_bounds);
  EXPECT_EQ(memory->fill(page - 1, std::byte{9}, 2), out_of_bounds);
  EXPECT_EQ(memory->fill(page + 1, std::byte{9}, 0), out_of_bounds);
  EXPECT_EQ(memory->copy(page - 1, *memory, 0, 2), out_of_bounds);
  EXPECT_EQ(memory->copy(0, *memory, page - 1, 2), out_of_bounds);
  EXPECT_EQ(memory->copy(0, *memory, page, ~uint64_t{0}), out_of_bounds);
  EXPECT_TRUE(std::ranges::all_of(memory->bytes(), [](std::byte each) { return each == std::byte{0}; }));

  EXPECT_EQ(memory->init(page - 4, segment, 0, 4), TrapCode::none);
  EXPECT_EQ(memory->bytes()[page - 1], std::byte{4});
  EXPECT_EQ(memory->init(page, segment, 4, 0), TrapCode::none);
  EXPECT_EQ(memory->init(0, {}, 0, 0), TrapCode::none);
  EXPECT_EQ(memory->fill(page, std::byte{9}, 0), TrapCode::none);
  EXPECT_EQ(memory->fill(page - 1, std::byte{9}, 1), TrapCode::none);
  EXPECT_EQ(memory->bytes()[page - 1], std::byte{9});
}

TEST_P(MemoryOfEitherKind, CopiesOverlappingRangesBothWays) {
  const auto memory = create(pages(1));
  const std::span<std::byte> bytes = memory->bytes();
  for (size_t i = 0; i < 5; ++i) bytes[i] = static_cast<std::byte>(i + 1);
  EXPECT_EQ(memory->copy(1, *memory, 0, 5), TrapCode::none);
  EXPECT_EQ(bytes[1], std::byte{1});
  EXPECT_EQ(bytes[5], std::byte{5});
  EXPECT_EQ(memory->copy(0, *memory, 1, 5), TrapCode::none);
  EXPECT_EQ(bytes[0], std::byte{1});
  EXPECT_EQ(bytes[4], std::byte{5});
}

TEST_P(MemoryOfEitherKind, ASharedOneNeverMoves) {
  const auto memory = create({.limits = {.minimum = 1, .maximum = 1000}, .shared = true});
  EXPECT_TRUE(memory->is_shared());
  EXPECT_EQ(memory->guarded(), GetParam());
  EXPECT_TRUE(memory->type().shared);
  const std::byte* before = memory->base();
  EXPECT_EQ(memory->grow(998), 1);
  EXPECT_EQ(memory->grow(2), -1);
  EXPECT_EQ(memory->grow(1), 999);
  EXPECT_EQ(memory->base(), before);
  memory->bytes().back() = std::byte{1};
}

TEST_P(MemoryOfEitherKind, ASharedOneIsReservedUpToThePolicy) {
  const auto memory = create({.limits = {.minimum = 0, .maximum = 65'536}, .shared = true}, 2);
  EXPECT_EQ(memory->grow(3), -1);
  EXPECT_EQ(memory->grow(2), 0);
  EXPECT_TRUE(memory->contains(memory->base() + 2 * page - 1));
  EXPECT_EQ(memory->contains(memory->base() + 2 * page), GetParam());
}

// No page is given out twice, and what a size has told may be accessed.
TEST_P(MemoryOfEitherKind, ASharedOneIsGrownByManyThreads) {
  constexpr int64_t threads = 4;
  constexpr int64_t growths = 200;
  const auto memory = create({.limits = {.minimum = 1, .maximum = 1 + threads * growths}, .shared = true});
  std::array<std::vector<int64_t>, threads> old_sizes;
  {
    std::vector<std::jthread> growing;
    for (std::vector<int64_t>& each : old_sizes) {
      growing.emplace_back([&memory, &each] {
        for (int64_t i = 0; i < growths; ++i) {
          each.push_back(memory->grow(1));
          memory->base()[each.back() * static_cast<int64_t>(page)] = std::byte{1};
          EXPECT_GT(memory->pages(), each.back());
        }
      });
    }
  }
  std::set<int64_t> distinct;
  for (const std::vector<int64_t>& each : old_sizes) distinct.insert(each.begin(), each.end());
  EXPECT_EQ(distinct.size(), size_t{threads * growths});
  EXPECT_EQ(*distinct.begin(), 1);
  EXPECT_EQ(memory->pages(), 1 + threads * growths);
  EXPECT_EQ(memory->grow(1), -1);
}

TEST(GuardedMemory, NeverMoves) {
  const auto memory = Memory::create(pages(1), {});
  ASSERT_TRUE(memory->guarded());
  const std::byte* before = memory->base();
  EXPECT_EQ(memory->grow(1000), 1);
  EXPECT_EQ(memory->base(), before);
}

// A sanitizer needs more address space than this test leaves.
#if !__has_feature(address_sanitizer)
[[noreturn]] void exit_by_whether_a_checked_memory_works() {
  const rlimit limit = {.rlim_cur = rlim_t{4} << 30, .rlim_max = rlim_t{4} << 30};
  setrlimit(RLIMIT_AS, &limit);
  const auto memory = Memory::create(pages(1), {});
  memory->bytes().back() = std::byte{1};
  const bool works = !memory->guarded() && memory->grow(15) == 1 && memory->grow(65'536 - 16) == -1;
  _exit(works ? 0 : 1);
}

TEST(GuardedMemoryDeathTest, BecomesCheckedWhereTheAddressSpaceIsLimited) {
  EXPECT_EXIT(exit_by_whether_a_checked_memory_works(), testing::ExitedWithCode(0), "");
}

[[noreturn]] void create_a_shared_memory_without_room() {
  const rlimit limit = {.rlim_cur = rlim_t{1} << 30, .rlim_max = rlim_t{1} << 30};
  setrlimit(RLIMIT_AS, &limit);
  const auto small = Memory::create({.limits = {.minimum = 1, .maximum = 16}, .shared = true}, {});
  if (small->guarded() || small->grow(15) != 1) _exit(1);
  try {
    Memory::create({.limits = {.minimum = 1, .maximum = 65'536}, .shared = true}, {});
  } catch (const ResourceError& error) {
    std::fputs(error.what(), stderr);
    _exit(0);
  }
  _exit(2);
}

TEST(SharedMemoryDeathTest, IsRefusedWhereItsMaximumHasNoRoom) {
  EXPECT_EXIT(
      create_a_shared_memory_without_room(), testing::ExitedWithCode(0),
      "no room for a shared memory that may grow to 65536 pages \\(4096 MiB\\), which cannot move and needs all "
      "of it from the start: Cannot allocate memory; --memory-limit lowers it");
}
#endif

}  // namespace
}  // namespace shallop
