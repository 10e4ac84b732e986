// SPDX-License-Identifier: Apache-2.0
// path_* calls, but path_open. What a path may reach is sandbox_path.hpp's business.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wasi/errno.hpp"
#include "wasi/filestat.hpp"
#include "wasi/functions.hpp"
#include "wasi/guest_path.hpp"

namespace shallop::wasi {
namespace {

Errno outcome(int result) { return result == 0 ? Errno::success : last_errno(); }

// For calls that create, remove or rename the entry that `path` names: not in what is read-only.
std::expected<DirectoryEntry, Errno> changeable_entry(const GuestPath& base, SandboxPath& path) {
  if (base.read_only) return std::unexpected(Errno::rofs);
  return base.sandbox.parent(path);
}

}  // namespace

Errno path_create_directory(Context& context, Caller caller, Fd fd, GuestBytes text, Size text_size) noexcept {
  SandboxPath path;
  const auto base = read_path(context, caller, fd, Rights::path_create_directory, text, text_size, path);
  if (!base) return base.error();
  const auto entry = changeable_entry(*base, path);
  if (!entry) return entry.error();
  return outcome(::mkdirat(entry->directory, entry->name, 0777));
}

Errno path_filestat_get(Context& context, Caller caller, Fd fd, Unchecked<Lookupflags> lookup, GuestBytes text,
                        Size text_size, GuestPointer<Filestat> result) noexcept {
  const auto flags = checked(lookup);
  if (!flags) return Errno::inval;
  SandboxPath path;
  const auto base = read_path(context, caller, fd, Rights::path_filestat_get, text, text_size, path);
  if (!base) return base.error();
  const auto place = GuestMemory(caller).at(result);
  if (!place) return Errno::fault;
  const auto entry = base->sandbox.entry(path, has(*flags, Lookupflags::symlink_follow));
  if (!entry) return entry.error();
  struct stat stat{};
  if (::fstatat(entry->directory, entry->name, &stat, AT_SYMLINK_NOFOLLOW) != 0) return last_errno();
  place.store(to_filestat(stat));
  return Errno::success;
}

Errno path_filestat_set_times(Context& context, Caller caller, Fd fd, Unchecked<Lookupflags> lookup, GuestBytes text,
                              Size text_size, Timestamp atim, Timestamp mtim, Unchecked<Fstflags> fstflags) noexcept {
  const auto flags = checked(lookup);
  if (!flags) return Errno::inval;
  const auto times = to_times(atim, mtim, fstflags);
  if (!times) return times.error();
  SandboxPath path;
  const auto base = read_path(context, caller, fd, Rights::path_filestat_set_times, text, text_size, path);
  if (!base) return base.error();
  if (base->read_only) return Errno::rofs;
  const auto entry = base->sandbox.entry(path, has(*flags, Lookupflags::symlink_follow));
  if (!entry) return entry.error();
  return outcome(::utimensat(entry->directory, entry->name, times->data(), AT_SYMLINK_NOFOLLOW));
}

Errno path_link(Context& context, Caller caller, Fd old_fd, Unchecked<Lookupflags> lookup, GuestBytes old_text,
                Size old_size, Fd new_fd, GuestBytes new_text, Size new_size) noexcept {
  const auto flags = checked(lookup);
  if (!flags) return Errno::inval;
  SandboxPath old_path;
  SandboxPath new_path;
  const auto old_base = read_path(context, caller, old_fd, Rights::path_link_source, old_text, old_size, old_path);
  if (!old_base) return old_base.error();
  const auto new_base = read_path(context, caller, new_fd, Rights::path_link_target, new_text, new_size, new_path);
  if (!new_base) return new_base.error();
  if (old_base->read_only) return Errno::rofs;  // its file would be writable by the new name
  const auto new_entry = changeable_entry(*new_base, new_path);
  if (!new_entry) return new_entry.error();
  const auto old_entry = old_base->sandbox.entry(old_path, has(*flags, Lookupflags::symlink_follow));
  if (!old_entry) return old_entry.error();
  return outcome(::linkat(old_entry->directory, old_entry->name, new_entry->directory, new_entry->name, 0));
}

Errno path_readlink(Context& context, Caller caller, Fd fd, GuestBytes text, Size text_size, GuestBytes buffer,
                    Size size_bytes, GuestPointer<Size> used) noexcept {
  SandboxPath path;
  const auto base = read_path(context, caller, fd, Rights::path_readlink, text, text_size, path);
  if (!base) return base.error();
  const GuestMemory memory(caller);
  const auto used_place = memory.at(used);
  const std::span<std::byte> bytes = memory.bytes(buffer, size_bytes);
  if (!used_place || bytes.data() == nullptr) return Errno::fault;
  const auto entry = base->sandbox.entry(path, false);
  if (!entry) return entry.error();
  // The host does not take an empty buffer.
  std::byte spare{};
  std::byte* to = bytes.empty() ? &spare : bytes.data();
  const ssize_t size =
      ::readlinkat(entry->directory, entry->name, reinterpret_cast<char*>(to), bytes.empty() ? 1 : bytes.size());
  if (size < 0) return last_errno();
  used_place.store(bytes.empty() ? 0 : static_cast<Size>(size));
  return Errno::success;
}

Errno path_remove_directory(Context& context, Caller caller, Fd fd, GuestBytes text, Size text_size) noexcept {
  SandboxPath path;
  const auto base = read_path(context, caller, fd, Rights::path_remove_directory, text, text_size, path);
  if (!base) return base.error();
  const auto entry = changeable_entry(*base, path);
  if (!entry) return entry.error();
  return outcome(::unlinkat(entry->directory, entry->name, AT_REMOVEDIR));
}

Errno path_rename(Context& context, Caller caller, Fd old_fd, GuestBytes old_text, Size old_size, Fd new_fd,
                  GuestBytes new_text, Size new_size) noexcept {
  SandboxPath old_path;
  SandboxPath new_path;
  const auto old_base = read_path(context, caller, old_fd, Rights::path_rename_source, old_text, old_size, old_path);
  if (!old_base) return old_base.error();
  const auto new_base = read_path(context, caller, new_fd, Rights::path_rename_target, new_text, new_size, new_path);
  if (!new_base) return new_base.error();
  const auto old_entry = changeable_entry(*old_base, old_path);
  if (!old_entry) return old_entry.error();
  const auto new_entry = changeable_entry(*new_base, new_path);
  if (!new_entry) return new_entry.error();
  return outcome(::renameat(old_entry->directory, old_entry->name, new_entry->directory, new_entry->name));
}

Errno path_symlink(Context& context, Caller caller, GuestBytes target_text, Size target_size, Fd fd, GuestBytes text,
                   Size text_size) noexcept {
  SandboxPath path;
  const auto base = read_path(context, caller, fd, Rights::path_symlink, text, text_size, path);
  if (!base) return base.error();
  SandboxPath target;
  if (const Errno error = read_path(caller, target_text, target_size, target); error != Errno::success) return error;
  if (!stays_beneath(path.c_str(), target.c_str())) return Errno::perm;
  const auto entry = changeable_entry(*base, path);
  if (!entry) return entry.error();
  return outcome(::symlinkat(target.c_str(), entry->directory, entry->name));
}

Errno path_unlink_file(Context& context, Caller caller, Fd fd, GuestBytes text, Size text_size) noexcept {
  SandboxPath path;
  const auto base = read_path(context, caller, fd, Rights::path_unlink_file, text, text_size, path);
  if (!base) return base.error();
  const auto entry = changeable_entry(*base, path);
  if (!entry) return entry.error();
  return outcome(::unlinkat(entry->directory, entry->name, 0));
}

}  // namespace shallop::wasi
