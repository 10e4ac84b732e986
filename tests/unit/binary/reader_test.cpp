// SPDX-License-Identifier: Apache-2.0
#include "binary/reader.hpp"

#include <gtest/gtest.h>

#include "support/module_builder.hpp"
#include "support/refusal.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

constexpr size_t origin = 100;  // where the tests' bytes begin in their module

// The message of the DecodeError that `read` throws at the beginning of `bytes`.
template <class Read>
std::string malformed(const std::vector<std::byte>& bytes, Read read) {
  Reader reader(bytes, origin);
  return refusal<DecodeError>([&] { read(reader); });
}

TEST(Reader, KnowsItsOffset) {
  const auto bytes = bytes_of({0x05, 0x80, 0x01, 0x7F});
  Reader reader(bytes, origin);
  EXPECT_EQ(reader.byte(), 5);
  EXPECT_EQ(reader.offset(), 101u);
  EXPECT_EQ(reader.u32(), 128u);
  EXPECT_EQ(reader.offset(), 103u);
  EXPECT_EQ(reader.remaining(), 1u);
  EXPECT_EQ(reader.s32(), -1);
  EXPECT_TRUE(reader.at_end());
}

TEST(Reader, SignedIntegersOfOneByte) {
  for (int value = -64; value < 64; ++value) {
    const auto bytes = bytes_of({static_cast<uint8_t>(value & 0x7F)});
    EXPECT_EQ(Reader(bytes, 0).s32(), value);
    EXPECT_EQ(Reader(bytes, 0).s33(), value);
    EXPECT_EQ(Reader(bytes, 0).s64(), value);
  }
}

TEST(Reader, FloatsAreTheirBits) {
  const auto bytes = bytes_of({0x01, 0x00, 0xA0, 0x7F, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0xF4, 0x7F});
  Reader reader(bytes, 0);
  EXPECT_EQ(reader.f32_bits(), 0x7FA00001u);
  EXPECT_EQ(reader.f64_bits(), 0x7FF4000000000001u);
}

TEST(Reader, IntegersThatFail) {
  const auto u32 = [](Reader& reader) { reader.u32(); };
  EXPECT_EQ(malformed({}, u32), "100: unexpected end of section or function, inside an integer");
  EXPECT_EQ(malformed(bytes_of({0x80}), u32), "100: unexpected end of section or function, inside an integer");
  EXPECT_EQ(malformed(bytes_of({0x80, 0x80, 0x80, 0x80, 0x80, 0x00}), u32), "100: integer representation too long");
  EXPECT_EQ(malformed(bytes_of({0xFF, 0xFF, 0xFF, 0xFF, 0x1F}), u32), "100: integer too large");
}

TEST(Reader, FailsBehindTheEnd) {
  const auto byte = [](Reader& reader) { reader.byte(); };
  EXPECT_EQ(malformed({}, byte), "100: unexpected end of section or function");
  const auto f64 = [](Reader& reader) { reader.f64_bits(); };
  EXPECT_EQ(malformed(bytes_of({0, 0, 0, 0, 0, 0, 0}), f64), "100: unexpected end of section or function");
  const auto take = [](Reader& reader) { reader.take(3); };
  EXPECT_EQ(malformed(bytes_of({0, 0}), take),
            "100: unexpected end of section or function: 3 bytes are needed, 2 are left");
}

TEST(Reader, SizedPartsEndWithTheirBytes) {
  const auto bytes = bytes_of({0x02, 0x07, 0x08, 0x09});
  Reader reader(bytes, origin);
  Reader part = reader.sized();
  EXPECT_EQ(part.offset(), 101u);
  EXPECT_EQ(part.byte(), 7);
  EXPECT_EQ(part.byte(), 8);
  EXPECT_TRUE(part.at_end());
  EXPECT_EQ(reader.byte(), 9);

  EXPECT_EQ(malformed(bytes_of({0x03, 0, 0}), [](Reader& r) { r.sized(); }),
            "100: length out of bounds: 3 bytes are announced, 2 are left");
}

TEST(Reader, CountsNeverExceedTheBytesThatRemain) {
  const auto count = [](Reader& reader) { reader.count("things", 2); };
  EXPECT_EQ(malformed(bytes_of({0x02, 0, 0}), count), "accepted");
  EXPECT_EQ(malformed(bytes_of({0x02, 0}), count),
            "100: unexpected end of section or function: the number of things is 2, but only 1 bytes are left");
  EXPECT_EQ(
      malformed(bytes_of({0xFF, 0xFF, 0xFF, 0xFF, 0x0F}), count),
      "100: unexpected end of section or function: the number of things is 4294967295, but only 0 bytes are left");
  EXPECT_EQ(malformed(bytes_of({0x03, 0, 0, 0}), count), "100: too many things: 3, the limit is 2");
}

TEST(Reader, Names) {
  EXPECT_EQ(Reader(bytes_of("\4n\303\244h"), 0).name(), "n\303\244h");
  const auto name = [](Reader& reader) { reader.name(); };
  EXPECT_EQ(malformed(bytes_of({0x02, 'a', 0xC3}), name), "100: malformed UTF-8 encoding in byte 1 of a name");

  std::vector<std::byte> long_name;
  leb128::append(long_name, limits::name_size_bytes + 1);
  long_name.resize(long_name.size() + limits::name_size_bytes + 1, std::byte{'a'});
  EXPECT_EQ(malformed(long_name, name), "100: name of 100001 bytes is too long, the limit is 100000");
}

TEST(Reader, Types) {
  EXPECT_EQ(Reader(bytes_of({0x7F}), 0).value_type(), ValueType::i32);
  EXPECT_EQ(Reader(bytes_of({0x7B}), 0).value_type(), ValueType::v128);
  EXPECT_EQ(Reader(bytes_of({0x6F}), 0).value_type(), ValueType::externref);
  EXPECT_EQ(Reader(bytes_of({0x70}), 0).reference_type(), ValueType::funcref);
  EXPECT_EQ(Reader(bytes_of({0x69}), 0).reference_type(), ValueType::exnref);

  const auto value_type = [](Reader& reader) { reader.value_type(); };
  EXPECT_EQ(malformed(bytes_of({0x01}), value_type),
            "100: malformed value type: expected i32, i64, f32, f64, v128, funcref, externref or exnref, found 0x01");
  EXPECT_EQ(malformed(bytes_of({0x74}), value_type),
            "100: malformed value type: 0x74 needs the garbage-collection proposal, which is not supported yet");
  const auto reference_type = [](Reader& reader) { reader.reference_type(); };
  EXPECT_EQ(malformed(bytes_of({0x7F}), reference_type),
            "100: malformed reference type: expected funcref (0x70), externref (0x6f) or exnref (0x69), found 0x7f");
  EXPECT_EQ(malformed(bytes_of({0x6E}), reference_type),
            "100: malformed reference type: 0x6e needs the garbage-collection proposal, which is not supported yet");
}

}  // namespace
}  // namespace shallop
