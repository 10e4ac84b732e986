// SPDX-License-Identifier: Apache-2.0
#include "base/leb128.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

namespace shallop::leb128 {
namespace {

template <class Integer, unsigned width = sizeof(Integer) * 8>
Decoded<Integer> decode_bytes(const std::vector<uint8_t>& bytes, size_t* used = nullptr) {
  std::vector<std::byte> copy;
  for (const uint8_t each : bytes) copy.push_back(std::byte{each});
  auto decoded = decode<Integer, width>(copy.data(), copy.data() + copy.size());
  if (used) *used = static_cast<size_t>(decoded.next - copy.data());
  decoded.next = nullptr;
  return decoded;
}

template <class Integer>
class RoundTrip : public testing::Test {};
using Integers = testing::Types<uint32_t, int32_t, uint64_t, int64_t>;
TYPED_TEST_SUITE(RoundTrip, Integers);

TYPED_TEST(RoundTrip, DecodesWhatItAppended) {
  using Numbers = std::numeric_limits<TypeParam>;
  std::vector<TypeParam> values{0, 1, 63, 64, 127, 128, 8191, 8192, 16383, 16384, Numbers::min(), Numbers::max()};
  for (unsigned bit = 0; bit < sizeof(TypeParam) * 8; ++bit) {
    const uint64_t power = uint64_t{1} << bit;
    for (const uint64_t each : {power, power - 1, ~power}) values.push_back(static_cast<TypeParam>(each));
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) values.push_back(static_cast<TypeParam>(random()));

  for (const TypeParam value : values) {
    std::vector<std::byte> bytes;
    append(bytes, value);
    const auto decoded = decode<TypeParam>(bytes.data(), bytes.data() + bytes.size());
    EXPECT_EQ(decoded.status, Status::ok) << value;
    EXPECT_EQ(decoded.value, value);
    EXPECT_EQ(decoded.next, bytes.data() + bytes.size()) << value;
    for (size_t shorter = 0; shorter < bytes.size(); ++shorter) {
      EXPECT_EQ(decode<TypeParam>(bytes.data(), bytes.data() + shorter).status, Status::truncated) << value;
    }
  }
}

TEST(Leb128, AppendsTheShortestEncoding) {
  const auto size = [](auto value) {
    std::vector<std::byte> bytes;
    append(bytes, value);
    return bytes.size();
  };
  EXPECT_EQ(size(uint32_t{127}), 1u);
  EXPECT_EQ(size(uint32_t{128}), 2u);
  EXPECT_EQ(size(int32_t{63}), 1u);
  EXPECT_EQ(size(int32_t{64}), 2u);
  EXPECT_EQ(size(int32_t{-64}), 1u);
  EXPECT_EQ(size(int32_t{-65}), 2u);
  EXPECT_EQ(size(std::numeric_limits<int64_t>::min()), 10u);
}

TEST(Leb128, StopsBehindTheInteger) {
  size_t used = 0;
  EXPECT_EQ(decode_bytes<uint32_t>({0xE5, 0x8E, 0x26, 0xFF}, &used).value, 624485u);
  EXPECT_EQ(used, 3u);
}

TEST(Leb128, AcceptsPaddingWithinTheTypesBytes) {
  EXPECT_EQ(decode_bytes<uint32_t>({0x82, 0x80, 0x80, 0x80, 0x00}).value, 2u);
  EXPECT_EQ(decode_bytes<int32_t>({0xFE, 0xFF, 0xFF, 0xFF, 0x7F}).value, -2);
  EXPECT_EQ(decode_bytes<int64_t>({0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F}).value, -2);
}

TEST(Leb128, RefusesMoreBytesThanTheTypeNeeds) {
  EXPECT_EQ(decode_bytes<uint32_t>({0x82, 0x80, 0x80, 0x80, 0x80, 0x00}).status, Status::too_long);
  EXPECT_EQ(decode_bytes<int32_t>({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F}).status, Status::too_long);
  EXPECT_EQ(decode_bytes<int64_t>({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}).status,
            Status::too_long);
}

TEST(Leb128, RefusesBitsBeyondTheTypesWidth) {
  EXPECT_EQ(decode_bytes<uint32_t>({0xFF, 0xFF, 0xFF, 0xFF, 0x0F}).value, 0xFFFFFFFFu);
  EXPECT_EQ(decode_bytes<uint32_t>({0x80, 0x80, 0x80, 0x80, 0x10}).status, Status::too_large);
  EXPECT_EQ(decode_bytes<int32_t>({0xFF, 0xFF, 0xFF, 0xFF, 0x07}).value, std::numeric_limits<int32_t>::max());
  EXPECT_EQ(decode_bytes<int32_t>({0xFF, 0xFF, 0xFF, 0xFF, 0x0F}).status, Status::too_large);
  EXPECT_EQ(decode_bytes<int32_t>({0x80, 0x80, 0x80, 0x80, 0x70}).status, Status::too_large);
  EXPECT_EQ(decode_bytes<uint64_t>({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02}).status,
            Status::too_large);
}

// The integer of a block type: wide enough for every type index, and negative for everything else.
TEST(Leb128, DecodesThirtyThreeBits) {
  EXPECT_EQ((decode_bytes<int64_t, 33>({0x40}).value), -0x40);
  EXPECT_EQ((decode_bytes<int64_t, 33>({0xFF, 0xFF, 0xFF, 0xFF, 0x0F}).value), 0xFFFFFFFF);
  EXPECT_EQ((decode_bytes<int64_t, 33>({0x80, 0x80, 0x80, 0x80, 0x70}).value), -0x100000000);
  EXPECT_EQ((decode_bytes<int64_t, 33>({0x80, 0x80, 0x80, 0x80, 0x10}).status), Status::too_large);
}

}  // namespace
}  // namespace shallop::leb128
