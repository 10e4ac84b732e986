// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.hpp"

// The functions of version 3 that replace these load algorithms from a list at run time, with half a library behind
// them.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

namespace shallop {
namespace {

constexpr size_t block_bytes = SHA256_CBLOCK;
using Block = std::array<std::byte, block_bytes>;

Digest finished(SHA256_CTX& context) {
  Digest digest;
  SHA256_Final(reinterpret_cast<unsigned char*>(digest.data()), &context);
  return digest;
}

std::unexpected<std::error_code> host_error() {
  return std::unexpected(std::error_code(errno, std::system_category()));
}

Digest digest_of(std::span<const std::byte> first, ByteSpans parts) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, first.data(), first.size());
  for (const std::span<const std::byte> each : parts) SHA256_Update(&context, each.data(), each.size());
  return finished(context);
}

Block padded(const Block& key, std::byte pad) {
  Block block = key;
  for (std::byte& each : block) each ^= pad;
  return block;
}

}  // namespace

Digest sha256(ByteSpans parts) { return digest_of({}, parts); }

Digest sha256(std::span<const std::byte> bytes) { return digest_of(bytes, {}); }

std::expected<Digest, std::error_code> sha256_of_file(int file, uint64_t size_bytes_max) {
  struct stat status{};
  if (::fstat(file, &status) != 0) return host_error();
  const auto size = static_cast<uint64_t>(status.st_size);
  SHA256_CTX context;
  SHA256_Init(&context);
  constexpr size_t chunk_bytes = size_t{64} << 10;
  std::vector<std::byte> chunk(chunk_bytes);
  // The file may grow meanwhile.
  for (uint64_t offset = 0; std::max(size, offset) <= size_bytes_max;) {
    const ssize_t count = ::pread(file, chunk.data(), chunk.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return host_error();
    if (count == 0) return finished(context);
    SHA256_Update(&context, chunk.data(), static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
  return std::unexpected(std::make_error_code(std::errc::file_too_large));
}

Digest hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> bytes) {
  Block block{};
  if (key.size() > block_bytes) {
    std::ranges::copy(sha256(key), block.begin());
  } else {
    std::ranges::copy(key, block.begin());
  }
  const std::span<const std::byte> whole[] = {bytes};
  const Digest inner = digest_of(padded(block, std::byte{0x36}), whole);
  const std::span<const std::byte> inner_part[] = {inner};
  return digest_of(padded(block, std::byte{0x5C}), inner_part);
}

std::string hexadecimal(std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::byte each : bytes) {
    text += digits[std::to_integer<size_t>(each >> 4)];
    text += digits[std::to_integer<size_t>(each & std::byte{15})];
  }
  return text;
}

bool equal_in_constant_time(const Digest& a, const Digest& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace shallop
