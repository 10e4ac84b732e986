// SPDX-License-Identifier: Apache-2.0
#include "aot/cache.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "aot/entry_file.hpp"
#include "aot/native_section.hpp"
#include "aot/processor.hpp"
#include "runtime/native_abi.hpp"

namespace shallop::aot {
namespace {

constexpr const char* key_name = "key";

std::string error_text(int error) { return std::strerror(error); }

// A regular file of ours that nobody else can write, however its name came about.
std::optional<std::vector<std::byte>> read_own_file(int directory, const char* name, mode_t forbidden_mode,
                                                    size_t size_bytes_max) {
  const UniqueFd file(::openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  if (status.st_uid != ::geteuid() || (status.st_mode & forbidden_mode) != 0) return std::nullopt;
  if (static_cast<uint64_t>(status.st_size) > size_bytes_max) return std::nullopt;
  return read_all(file.get(), static_cast<size_t>(status.st_size));
}

// --- The directory ---

std::optional<std::string> base_directory() {
  // A relative path is invalid by the XDG specification and to be ignored.
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/') return cache;
  // In containers / is the home of users who have none.
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home == '/' && home[1] != '\0') return std::string(home) + "/.cache";
  return std::nullopt;
}

std::unexpected<Cache::Refusal> unusable(const std::string& path, std::string_view why) {
  return std::unexpected(
      Cache::Refusal{.sentence = fmt::format("the cache for native code, {}, is not used: {}", path, why)});
}

void make_directories(const std::string& path) {
  for (size_t end = 1; end != path.npos;) {
    end = path.find('/', end + 1);
    ::mkdir(path.substr(0, end).c_str(), 0700);  // what fails here fails again, with a sentence, when it is opened
  }
}

std::expected<UniqueFd, Cache::Refusal> open_directory(const std::string& path) {
  make_directories(path);
  UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status{};
  if (!directory) {
    const int error = errno;
    const bool is_link = ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
    return unusable(path, is_link ? "it is a symbolic link" : error_text(error));
  }
  if (::fstat(directory.get(), &status) != 0) return unusable(path, error_text(errno));
  if (status.st_uid != ::geteuid()) return unusable(path, "it belongs to another user");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return unusable(path, "others may write to it (chmod 700 mends that, after a look into it)");
  }
  // It is ours and nobody else could change it; what is in it is nobody else's to read either.
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0 && ::fchmod(directory.get(), S_IRWXU) != 0) {
    return unusable(path, error_text(errno));
  }
  return directory;
}

// --- The key that entries are signed with ---

constexpr size_t signing_key_bytes = 32;

std::optional<std::vector<std::byte>> read_key(int directory) {
  auto key = read_own_file(directory, key_name, S_IRWXG | S_IRWXO, signing_key_bytes);
  return key && key->size() == signing_key_bytes ? key : std::nullopt;
}

// Of two processes that make one at the same time, the first one's stays.
std::expected<void, std::string> make_key(int directory) {
  std::vector<std::byte> key(signing_key_bytes);
  if (::getrandom(key.data(), key.size(), 0) != signing_key_bytes) return std::unexpected(error_text(errno));
  const auto name = write_temporary(directory, key, {});
  if (!name) return std::unexpected(error_text(errno));
  const bool is_made = ::linkat(directory, name->c_str(), directory, key_name, 0) == 0 || errno == EEXIST;
  const int error = errno;
  ::unlinkat(directory, name->c_str(), 0);
  if (!is_made) return std::unexpected(error_text(error));
  return {};
}

}  // namespace

Digest cache_key(const Module& module, uint8_t optimization) {
  std::vector<std::byte> text;
  const Digest hash = module_hash(module);
  text.insert(text.end(), hash.begin(), hash.end());
  std::string rest =
      fmt::format("{}\n{:x}\n{}\n{}\n", producer(), native_abi_fingerprint(), optimization, host_architecture);
  for (const std::string_view each : processor_features()) rest += fmt::format("{}\n", each);
  const auto bytes = std::as_bytes(std::span(rest));
  text.insert(text.end(), bytes.begin(), bytes.end());
  return sha256(text);
}

std::expected<Cache, Cache::Refusal> Cache::open() {
  const auto base = base_directory();
  if (!base) {
    return std::unexpected(
        Refusal{.sentence = "there is no cache for native code: neither XDG_CACHE_HOME nor HOME names a directory",
                .is_expected = true});
  }
  std::string path = *base + "/shallop";
  auto directory = open_directory(path);
  if (!directory) return std::unexpected(directory.error());
  auto key = read_key(directory->get());
  if (!key) {
    const auto made = make_key(directory->get());
    if (!made) return unusable(path, made.error());
    key = read_key(directory->get());
  }
  if (!key) return unusable(path, "its file 'key' is not one of 32 bytes that only you can read (delete it)");
  return Cache(std::move(path), *std::move(directory), *std::move(key));
}

std::optional<Cache::Found> Cache::load(const Digest& key) const {
  const std::string name = entry_name(key);
  struct stat status{};
  if (::fstatat(directory_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  auto entry = read_own_file(directory_.get(), name.c_str(), S_IWGRP | S_IWOTH, entry_bytes_max);
  Digest signature;
  if (entry && entry->size() > signature.size()) {
    std::copy_n(entry->begin(), signature.size(), signature.begin());
    entry->erase(entry->begin(), entry->begin() + static_cast<ptrdiff_t>(signature.size()));
    if (equal_in_constant_time(signature, sign(key, *entry))) {
      ::utimensat(directory_.get(), name.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);  // used now: evict() goes by that
      return Found{.contents = *std::move(entry), .was_damaged = false};
    }
  }
  ::unlinkat(directory_.get(), name.c_str(), 0);
  return Found{.contents = {}, .was_damaged = true};
}

// The key is signed too, so that an entry cannot be passed off as another's.
Digest Cache::sign(const Digest& key, std::span<const std::byte> contents) const {
  const std::span<const std::byte> parts[] = {key, contents};
  return hmac_sha256(signing_key_, sha256(ByteSpans(parts)));
}

std::expected<void, std::string> Cache::store(const Digest& key, std::span<const std::byte> contents) const {
  const auto name = write_temporary(directory_.get(), sign(key, contents), contents);
  if (!name || ::renameat(directory_.get(), name->c_str(), directory_.get(), entry_name(key).c_str()) != 0) {
    const int error = errno;
    if (name) ::unlinkat(directory_.get(), name->c_str(), 0);
    return std::unexpected(fmt::format("the native code could not be kept in {}: {}", path_, error_text(error)));
  }
  ::fsync(directory_.get());
  evict();
  return {};
}

void Cache::evict() const {
  struct Entry {
    std::string name;
    uint64_t size_bytes;
    int64_t used_s;
  };
  std::vector<Entry> entries;
  uint64_t total = 0;
  const int copy = ::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(copy < 0 ? nullptr : ::fdopendir(copy), ::closedir);
  if (listing == nullptr) return;
  while (const dirent* each = ::readdir(listing.get())) {
    const std::string_view name(each->d_name);
    const bool is_temporary = name.starts_with(temporary_prefix);
    struct stat status{};
    if (!is_temporary && !name.ends_with(entry_suffix)) continue;
    if (::fstatat(directory_.get(), each->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    constexpr int64_t hour_s = 3'600;
    // Left by a process that was killed while it wrote.
    if (is_temporary && ::time(nullptr) - status.st_mtime > hour_s) ::unlinkat(directory_.get(), each->d_name, 0);
    if (is_temporary) continue;
    entries.push_back({std::string(name), static_cast<uint64_t>(status.st_size), status.st_mtime});
    total += entries.back().size_bytes;
  }
  std::ranges::sort(entries, {}, &Entry::used_s);
  for (const Entry& each : entries) {
    if (total <= size_bytes_max) return;
    if (::unlinkat(directory_.get(), each.name.c_str(), 0) == 0) total -= each.size_bytes;
  }
}

}  // namespace shallop::aot
