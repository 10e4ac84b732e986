// SPDX-License-Identifier: Apache-2.0
#include "wasi/guest_memory.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "wasi/host_iovecs.hpp"

namespace shallop::wasi {
namespace {

class GuestMemoryTest : public testing::Test {
 protected:
  std::vector<std::byte> bytes_ = std::vector<std::byte>(65'536, std::byte{0xA5});
  GuestMemory memory_{std::span(bytes_)};
};

TEST_F(GuestMemoryTest, RangesEndWithTheMemory) {
  EXPECT_EQ(memory_.range(0, 65'536), bytes_.data());
  EXPECT_EQ(memory_.range(65'535, 1), bytes_.data() + 65'535);
  EXPECT_EQ(memory_.range(65'536, 0), bytes_.data() + 65'536);
  EXPECT_EQ(memory_.range(0, 65'537), nullptr);
  EXPECT_EQ(memory_.range(65'535, 2), nullptr);
  EXPECT_EQ(memory_.range(65'537, 0), nullptr);
  EXPECT_EQ(memory_.range(0xFFFF'FFFF, 0xFFFF'FFFF), nullptr);
  EXPECT_EQ(memory_.range(0xFFFF'FFFF, ~uint64_t{0}), nullptr);
}

TEST_F(GuestMemoryTest, WithoutMemoryEverythingFaults) {
  const GuestMemory none{std::span<std::byte>{}};
  EXPECT_EQ(none.range(0, 0), nullptr);
  EXPECT_FALSE(none.at(GuestPointer<uint8_t>{0}));
}

TEST_F(GuestMemoryTest, ArraysAreCountedIn64Bits) {
  // 2^29 * 8 bytes would be 0 in 32 bits.
  EXPECT_FALSE(memory_.array(GuestPointer<Iovec>{0}, 1u << 29));
  EXPECT_TRUE(memory_.array(GuestPointer<Iovec>{0}, 8'192));
  EXPECT_FALSE(memory_.array(GuestPointer<Iovec>{1}, 8'192));
}

TEST_F(GuestMemoryTest, AnyAlignmentIsFine) {
  const auto place = memory_.at(GuestPointer<uint64_t>{3});
  place.store(0x0102'0304'0506'0708);
  EXPECT_EQ(bytes_[3], std::byte{0x08});
  EXPECT_EQ(bytes_[10], std::byte{0x01});
  EXPECT_EQ(place.load(), 0x0102'0304'0506'0708u);
}

TEST_F(GuestMemoryTest, PaddingIsZeroAndNotTheHosts) {
  memory_.at(GuestPointer<Event>{0})
      .store({.userdata = ~0ull,
              .error = Errno::badf,
              .type = Eventtype::fd_write,
              .fd_readwrite = {.nbytes = ~0ull, .flags = Eventrwflags{0xFFFF}}});
  for (const size_t padding : {11u, 12u, 13u, 14u, 15u, 26u, 27u, 28u, 29u, 30u, 31u})
    EXPECT_EQ(bytes_[padding], std::byte{0});
  memory_.at(GuestPointer<Fdstat>{64}).store({Filetype::directory, Fdflags::append, Rights::all, Rights::all});
  for (const size_t padding : {65u, 68u, 69u, 70u, 71u}) EXPECT_EQ(bytes_[padding], std::byte{0});
  EXPECT_EQ(bytes_[64 + sizeof(Fdstat)], std::byte{0xA5});
}

TEST_F(GuestMemoryTest, FlagsAreCheckedInAllTheirBits) {
  EXPECT_EQ(checked(Unchecked<Fdflags>{31}), Fdflags::all);
  EXPECT_FALSE(checked(Unchecked<Fdflags>{32}));
  EXPECT_FALSE(checked(Unchecked<Fdflags>{0x1'0001}));
  EXPECT_FALSE(checked(Unchecked<Lookupflags>{2}));
}

class HostIovecsTest : public GuestMemoryTest {
 protected:
  void put(uint32_t index, Iovec vector) { memory_.array(GuestPointer<Iovec>{0}, 4'096)[index].store(vector); }
  Errno load(Size count) { return HostIovecs().load(memory_, {0}, count); }
};

TEST_F(HostIovecsTest, PointIntoTheMemory) {
  put(0, {100, 10});
  put(1, {65'536, 0});
  HostIovecs vectors;
  ASSERT_EQ(vectors.load(memory_, {0}, 2), Errno::success);
  EXPECT_EQ(vectors.count(), 2);
  EXPECT_FALSE(vectors.is_single());
  EXPECT_EQ(vectors.data()[0].iov_base, bytes_.data() + 100);
  EXPECT_EQ(vectors.data()[0].iov_len, 10u);
  EXPECT_EQ(vectors.size_bytes(), 10u);
}

TEST_F(HostIovecsTest, EveryOneIsChecked) {
  put(0, {0, 65'536});
  put(1, {0xFFFF'FFFF, 1});
  EXPECT_EQ(load(1), Errno::success);
  EXPECT_EQ(load(2), Errno::fault);
  put(1, {65'535, 2});
  EXPECT_EQ(load(2), Errno::fault);
  put(1, {1, 0xFFFF'FFFF});  // the sum is 0 in 32 bits
  EXPECT_EQ(load(2), Errno::fault);
  put(1, {65'537, 0});
  EXPECT_EQ(load(2), Errno::fault);
}

TEST_F(HostIovecsTest, TheirArrayIsCheckedAndTheirNumberLimited) {
  for (uint32_t i = 0; i < 1'024; ++i) put(i, {0, 65'536});
  EXPECT_EQ(load(1'024), Errno::success);  // 64 MiB of the same bytes: fine
  EXPECT_EQ(load(1'025), Errno::inval);
  EXPECT_EQ(load(0xFFFF'FFFF), Errno::inval);
  EXPECT_EQ(HostIovecs().load(memory_, {65'529}, 1), Errno::fault);
  EXPECT_EQ(HostIovecs().load(memory_, {0xFFFF'FFF8}, 1), Errno::fault);
  EXPECT_EQ(HostIovecs().load(memory_, {65'536}, 0), Errno::success);
}

}  // namespace
}  // namespace shallop::wasi
