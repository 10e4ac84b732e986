// SPDX-License-Identifier: Apache-2.0
// Writes a tar archive (POSIX.1-1988 "ustar", which every engine reads) in memory, by libarchive. The same calls give
// the same bytes: times and owners are those given, and there are no names of users.
// https://github.com/libarchive/libarchive/wiki/ManPageTar5
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct archive;

namespace shallop::oci_image {

struct Owner {
  uint32_t user = 0;
  uint32_t group = 0;
};

class TarWriter {
 public:
  // `time_s` is the time of modification of all entries, in seconds since 1970.
  explicit TarWriter(int64_t time_s);
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  // A path is relative. Each throws Error when it does not fit into the format: 255 bytes, of which 100 behind the last
  // slash. `mode` holds the permissions.
  void add_directory(const std::string& path, uint32_t mode, Owner owner);
  void add_file(const std::string& path, std::span<const std::byte> contents, uint32_t mode);
  void add_link(const std::string& path, const std::string& target);

  // The whole archive, with its end. The last call.
  std::vector<std::byte> finish();

 private:
  struct Entry;
  void add(const Entry& entry);
  [[noreturn]] void fail(const std::string& path) const;

  int64_t time_s_;
  std::vector<std::byte> bytes_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
};

}  // namespace shallop::oci_image
