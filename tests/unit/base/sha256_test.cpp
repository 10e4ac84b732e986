// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "support/temporary_directory.hpp"

namespace shallop {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string hexadecimal(const Digest& digest) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::byte each : digest) {
    text += digits[std::to_integer<size_t>(each >> 4)];
    text += digits[std::to_integer<size_t>(each & std::byte{0xF})];
  }
  return text;
}

// The examples of FIPS 180-4.
TEST(Sha256, DigestsAsTheStandardSays) {
  EXPECT_EQ(hexadecimal(sha256(bytes(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hexadecimal(sha256(bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, PartsAreTheirConcatenation) {
  const std::span<const std::byte> parts[] = {bytes("a"), bytes(""), bytes("bc")};
  EXPECT_EQ(sha256(ByteSpans(parts)), sha256(bytes("abc")));
}

// Beyond one chunk and more, and from its beginning wherever it stands.
TEST(Sha256, OfAFileIsThatOfItsBytes) {
  const TemporaryDirectory directory;
  for (const size_t size : {0UZ, 3UZ, 65'536UZ, 65'537UZ, 200'000UZ}) {
    const std::string text(size, 'a');
    directory.write("file", text);
    const UniqueFd file(::open((directory / "file").c_str(), O_RDONLY | O_CLOEXEC));
    ::lseek(file.get(), 1, SEEK_SET);
    EXPECT_EQ(sha256_of_file(file.get(), size), sha256(bytes(text))) << size;
  }
}

TEST(Sha256, OfAFileHasABound) {
  const TemporaryDirectory directory;
  directory.write("file", "abcd");
  const UniqueFd file(::open((directory / "file").c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(sha256_of_file(file.get(), 3).error(), std::errc::file_too_large);
  EXPECT_EQ(sha256_of_file(-1, 3).error(), std::errc::bad_file_descriptor);
}

// RFC 4231, test cases 2 and 6.
TEST(HmacSha256, SignsAsTheStandardSays) {
  EXPECT_EQ(hexadecimal(hmac_sha256(bytes("Jefe"), bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hexadecimal(hmac_sha256(bytes(std::string(131, '\xAA')),
                                    bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Digest, AreEqualOnlyIfEveryBitIs) {
  const Digest digest = sha256(bytes("abc"));
  Digest other = digest;
  EXPECT_TRUE(equal_in_constant_time(digest, other));
  other.back() ^= std::byte{1};
  EXPECT_FALSE(equal_in_constant_time(digest, other));
}

}  // namespace
}  // namespace shallop
