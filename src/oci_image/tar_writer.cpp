// SPDX-License-Identifier: Apache-2.0
#include "oci_image/tar_writer.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <new>

#include "wasm/error.hpp"

namespace shallop::oci_image {
namespace {

la_ssize_t append(archive*, void* bytes, const void* buffer, size_t size) {
  auto& all = *static_cast<std::vector<std::byte>*>(bytes);
  const auto* first = static_cast<const std::byte*>(buffer);
  all.insert(all.end(), first, first + size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

struct TarWriter::Entry {
  std::string path;
  mode_t type = 0;
  uint32_t mode = 0;
  Owner owner{};
  std::span<const std::byte> contents{};
  std::string target{};
};

TarWriter::TarWriter(int64_t time_s) : time_s_(time_s), archive_(archive_write_new(), archive_write_free) {
  if (archive_ == nullptr) throw std::bad_alloc();
  archive_write_set_format_ustar(archive_.get());
  archive_write_add_filter_none(archive_.get());
  // Whole blocks of 512 bytes are enough; the usual 10 KiB are for tapes.
  archive_write_set_bytes_per_block(archive_.get(), 512);
  archive_write_set_bytes_in_last_block(archive_.get(), 1);
  if (archive_write_open(archive_.get(), &bytes_, nullptr, append, nullptr) != ARCHIVE_OK) fail("the archive");
}

TarWriter::~TarWriter() = default;

void TarWriter::add_directory(const std::string& path, uint32_t mode, Owner owner) {
  add({.path = path + '/', .type = AE_IFDIR, .mode = mode, .owner = owner});
}

void TarWriter::add_file(const std::string& path, std::span<const std::byte> contents, uint32_t mode) {
  add({.path = path, .type = AE_IFREG, .mode = mode, .contents = contents});
}

void TarWriter::add_link(const std::string& path, const std::string& target) {
  add({.path = path, .type = AE_IFLNK, .mode = 0777, .target = target});
}

void TarWriter::add(const Entry& entry) {
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> header(archive_entry_new(), archive_entry_free);
  if (header == nullptr) throw std::bad_alloc();
  archive_entry_set_pathname(header.get(), entry.path.c_str());
  archive_entry_set_filetype(header.get(), entry.type);
  archive_entry_set_perm(header.get(), entry.mode);
  archive_entry_set_uid(header.get(), entry.owner.user);
  archive_entry_set_gid(header.get(), entry.owner.group);
  archive_entry_set_mtime(header.get(), time_s_, 0);
  archive_entry_set_size(header.get(), static_cast<la_int64_t>(entry.contents.size()));
  if (entry.type == AE_IFLNK) archive_entry_set_symlink(header.get(), entry.target.c_str());
  if (archive_write_header(archive_.get(), header.get()) != ARCHIVE_OK) fail(entry.path);
  const auto size = static_cast<la_ssize_t>(entry.contents.size());
  if (size != 0 && archive_write_data(archive_.get(), entry.contents.data(), entry.contents.size()) != size) {
    fail(entry.path);
  }
}

std::vector<std::byte> TarWriter::finish() {
  if (archive_write_close(archive_.get()) != ARCHIVE_OK) fail("the archive");
  return std::move(bytes_);
}

void TarWriter::fail(const std::string& path) const {
  const char* reason = archive_error_string(archive_.get());
  throw Error(fmt::format("{} cannot be written as tar: {}", path, reason != nullptr ? reason : "no reason is known"));
}

}  // namespace shallop::oci_image
