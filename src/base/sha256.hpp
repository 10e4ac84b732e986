// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104), by OpenSSL's low-level functions: they are in its static library
// without the rest of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <system_error>

namespace shallop {

using Digest = std::array<std::byte, 32>;
using ByteSpans = std::span<const std::span<const std::byte>>;

// Of the concatenation of `parts`.
Digest sha256(ByteSpans parts);
Digest sha256(std::span<const std::byte> bytes);
// Of all of an open regular file, wherever it stands, in the same memory for any size; std::errc::file_too_large beyond
// `size_bytes_max`, of which a file that does not grow meanwhile is not read at all.
std::expected<Digest, std::error_code> sha256_of_file(int file, uint64_t size_bytes_max);
Digest hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> bytes);

// Two small digits a byte.
std::string hexadecimal(std::span<const std::byte> bytes);

// Takes the same time wherever they differ.
bool equal_in_constant_time(const Digest& a, const Digest& b);

}  // namespace shallop
