// SPDX-License-Identifier: Apache-2.0
// A tar archive read back, to look at what was written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace shallop::oci_image {

struct TarEntry {
  std::string path;
  unsigned mode = 0;  // type and permissions, as stat(2) has them
  int64_t user = 0;
  int64_t group = 0;
  int64_t time_s = 0;
  std::string target;
  std::string contents;
};

std::vector<TarEntry> read_tar(std::span<const std::byte> archive);
// Throws std::out_of_range when there is none.
const TarEntry& entry_at(const std::vector<TarEntry>& entries, const std::string& path);

}  // namespace shallop::oci_image
