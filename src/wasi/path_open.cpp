// SPDX-License-Identifier: Apache-2.0
// path_open.
#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include "wasi/errno.hpp"
#include "wasi/filestat.hpp"
#include "wasi/functions.hpp"
#include "wasi/guest_path.hpp"
#include "wasi/open_file.hpp"

namespace shallop::wasi {
namespace {

struct OpenRequest {
  bool follow = false;
  Oflags oflags = Oflags::none;
  Fdflags fdflags = Fdflags::none;
  Rights base = Rights::none;
  Rights inheriting = Rights::none;

  bool reads() const { return (base & (Rights::fd_read | Rights::fd_readdir)) != Rights::none; }
  bool writes() const {
    return (base & (Rights::fd_write | Rights::fd_allocate | Rights::fd_filestat_set_size)) != Rights::none;
  }
  bool changes() const { return writes() || (oflags & (Oflags::creat | Oflags::trunc)) != Oflags::none; }

  // Of the directory's descriptor, beside path_open.
  Rights needed() const {
    Rights rights = Rights::none;
    if (has(oflags, Oflags::creat)) rights |= Rights::path_create_file;
    if (has(oflags, Oflags::trunc)) rights |= Rights::path_filestat_set_size;
    return rights;
  }
  // Of the rights that the directory's descriptor passes on: what is asked for, and what the witx says that a flag
  // takes.
  Rights needed_inheriting() const {
    Rights rights = base | inheriting;
    if (has(fdflags, Fdflags::dsync)) rights |= Rights::fd_datasync;
    if ((fdflags & (Fdflags::rsync | Fdflags::sync)) != Fdflags::none) rights |= Rights::fd_sync;
    return rights;
  }
};

int host_flags(const OpenRequest& request) {
  int flags = O_NOCTTY;
  // No directory can be allocated or cut, so these rights alone do not make a directory's opening one for writing.
  const bool writes = has(request.oflags, Oflags::directory) ? has(request.base, Rights::fd_write) : request.writes();
  if (!writes)
    flags |= O_RDONLY;
  else
    flags |= request.reads() ? O_RDWR : O_WRONLY;
  const std::pair<bool, int> bits[] = {
      {!request.follow, O_NOFOLLOW},
      {has(request.oflags, Oflags::creat), O_CREAT},
      {has(request.oflags, Oflags::directory), O_DIRECTORY},
      {has(request.oflags, Oflags::excl), O_EXCL},
      {has(request.oflags, Oflags::trunc), O_TRUNC},
      {has(request.fdflags, Fdflags::append), O_APPEND},
      {has(request.fdflags, Fdflags::dsync), O_DSYNC},
      {has(request.fdflags, Fdflags::nonblock), O_NONBLOCK},
      {has(request.fdflags, Fdflags::rsync), O_RSYNC},
      {has(request.fdflags, Fdflags::sync), O_SYNC},
  };
  for (const auto& [is_set, bit] : bits) {
    if (is_set) flags |= bit;
  }
  return flags;
}

std::expected<Descriptor, Errno> open(const GuestPath& base, const SandboxPath& path, const OpenRequest& request) {
  constexpr mode_t mode = 0666;  // less the process's umask
  auto file = open_file(base.sandbox, path, host_flags(request), mode);
  if (!file) return std::unexpected(file.error());

  Descriptor opened;
  opened.host = std::move(file->fd);
  opened.filetype = to_filetype(file->stat.st_mode);
  opened.flags = request.fdflags;
  opened.read_only = base.read_only;
  opened.rights_base = request.base & rights_for(opened.filetype);
  opened.rights_inheriting = request.inheriting;
  return opened;
}

}  // namespace

Errno path_open(Context& context, Caller caller, Fd fd, Unchecked<Lookupflags> lookup, GuestBytes text, Size text_size,
                Unchecked<Oflags> oflags, Rights base_rights, Rights inheriting_rights, Unchecked<Fdflags> fdflags,
                GuestPointer<Fd> opened) noexcept {
  const auto checked_lookup = checked(lookup);
  const auto checked_oflags = checked(oflags);
  const auto checked_fdflags = checked(fdflags);
  if (!checked_lookup || !checked_oflags || !checked_fdflags) return Errno::inval;
  if (has(*checked_oflags, Oflags::creat | Oflags::directory)) return Errno::inval;
  const OpenRequest request{.follow = has(*checked_lookup, Lookupflags::symlink_follow),
                            .oflags = *checked_oflags,
                            .fdflags = *checked_fdflags,
                            .base = base_rights & Rights::all,
                            .inheriting = inheriting_rights & Rights::all};
  SandboxPath path;
  const auto base = read_path(context, caller, fd, Rights::path_open | request.needed(), text, text_size, path);
  if (!base) return base.error();
  const auto opened_place = GuestMemory(caller).at(opened);
  if (!opened_place) return Errno::fault;
  const Rights limit = context.descriptors.find(fd)->rights_inheriting;
  if (!has(limit, request.needed_inheriting())) return Errno::notcapable;
  if (base->read_only && request.changes()) return Errno::rofs;

  auto descriptor = open(*base, path, request);
  if (!descriptor) return descriptor.error();
  opened_place.store(context.descriptors.add(std::move(*descriptor)));
  return Errno::success;
}

}  // namespace shallop::wasi
