// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104), by OpenSSL's low-level functions: they are in its static library
// without the rest of it.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace shallop {

using Digest = std::array<std::byte, 32>;
using ByteSpans = std::span<const std::span<const std::byte>>;

// Of the concatenation of `parts`.
Digest sha256(ByteSpans parts);
Digest sha256(std::span<const std::byte> bytes);
Digest hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> bytes);

// Two small digits a byte.
std::string hexadecimal(std::span<const std::byte> bytes);

// Takes the same time wherever they differ.
bool equal_in_constant_time(const Digest& a, const Digest& b);

}  // namespace shallop
