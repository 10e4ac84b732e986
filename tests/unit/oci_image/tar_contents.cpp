// SPDX-License-Identifier: Apache-2.0
#include "unit/oci_image/tar_contents.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace shallop::oci_image {

std::vector<TarEntry> read_tar(std::span<const std::byte> bytes) {
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) {
    throw std::runtime_error(archive_error_string(reader.get()));
  }
  std::vector<TarEntry> entries;
  archive_entry* header = nullptr;
  while (archive_read_next_header(reader.get(), &header) == ARCHIVE_OK) {
    const char* target = archive_entry_symlink(header);
    TarEntry entry{.path = archive_entry_pathname(header),
                   .mode = archive_entry_mode(header),
                   .user = archive_entry_uid(header),
                   .group = archive_entry_gid(header),
                   .time_s = archive_entry_mtime(header),
                   .target = target != nullptr ? target : "",
                   .contents = std::string(static_cast<size_t>(archive_entry_size(header)), '\0')};
    archive_read_data(reader.get(), entry.contents.data(), entry.contents.size());
    entries.push_back(std::move(entry));
  }
  return entries;
}

const TarEntry& entry_at(const std::vector<TarEntry>& entries, const std::string& path) {
  const auto found = std::ranges::find(entries, path, &TarEntry::path);
  if (found == entries.end()) throw std::out_of_range("the archive has no " + path);
  return *found;
}

}  // namespace shallop::oci_image
