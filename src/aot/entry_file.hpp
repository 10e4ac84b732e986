// SPDX-License-Identifier: Apache-2.0
// Native code as a file of a directory: what the cache of a user and the store of a host have in common. A file is
// whole or not there.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.hpp"

namespace shallop::aot {

inline constexpr std::string_view entry_suffix = ".native";
inline constexpr std::string_view temporary_prefix = "tmp.";
inline constexpr size_t entry_bytes_max = size_t{2} << 30;

// "HASH.native"
std::string entry_name(const Digest& key);

// Exactly `size_bytes` of what is left of the file.
std::optional<std::vector<std::byte>> read_all(int fd, size_t size_bytes);

// Both parts, synced, under a name that is temporary, which it returns. On failure errno tells why, and nothing is
// left.
std::optional<std::string> write_temporary(int directory, std::span<const std::byte> first,
                                           std::span<const std::byte> second);

}  // namespace shallop::aot
