// SPDX-License-Identifier: Apache-2.0
// fd_* calls about the descriptor table: status, flags, rights, preopens, closing, renumbering.
#include <fcntl.h>

#include <cstring>
#include <utility>

#include "wasi/errno.hpp"
#include "wasi/functions.hpp"

namespace shallop::wasi {
namespace {

// Those preview1 defines, and WasmEdge's up to bit 35. A request may name others; they mean nothing.
constexpr Rights known_rights = Rights::all | socket_rights;

// witx has the kind `dir` only. Answered for a listener that is open at the start: libcs look from 3 on for
// directories, pass over other kinds, and stop at `badf`.
constexpr Preopentype preopentype_listener = static_cast<Preopentype>(1);

// What is to be done before the guest's number is taken from `descriptor`.
void prepare_closing(Context& context, Descriptor& descriptor) {
  if (descriptor.shared) descriptor.shared->leave();
  if (descriptor.is_accepted) context.worker.counters.open_connections.subtract(1);
  if (descriptor.is_listening) context.worker.counters.listeners.subtract(1);
}

}  // namespace

Errno fd_close(Context& context, Caller, Fd fd) noexcept {
  Descriptor* descriptor = context.descriptors.find(fd);
  if (descriptor == nullptr) return Errno::badf;
  // The host drops a closed file from the epoll set by itself, unless somebody else has it open.
  if (descriptor->is_host_shared) context.unwatch(*descriptor);
  prepare_closing(context, *descriptor);
  context.descriptors.remove(fd);
  return Errno::success;
}

Errno fd_fdstat_get(Context& context, Caller caller, Fd fd, GuestPointer<Fdstat> result) noexcept {
  Descriptor* const descriptor = context.descriptors.find(fd);
  if (descriptor == nullptr) return Errno::badf;
  const auto place = GuestMemory(caller).at(result);
  if (!place) return Errno::fault;
  // docs/decisions.md, "When does a given listener wait?"
  if (std::exchange(descriptor->flags_unasked, false) &&
      (descriptor->shared || ::fcntl(descriptor->host.get(), F_SETFL, O_NONBLOCK) == 0)) {
    descriptor->flags |= Fdflags::nonblock;
  }
  place.store({.filetype = descriptor->filetype,
               .flags = descriptor->flags,
               .rights_base = descriptor->rights_base,
               .rights_inheriting = descriptor->rights_inheriting});
  return Errno::success;
}

Errno fd_fdstat_set_flags(Context& context, Caller, Fd fd, Unchecked<Fdflags> argument) noexcept {
  const auto descriptor = context.descriptors.get(fd, Rights::fd_fdstat_set_flags);
  if (!descriptor) return descriptor.error();
  const auto flags = checked(argument);
  if (!flags) return Errno::inval;
  // Linux sets the kinds of synchronisation at open(2) only, and ignores them later.
  constexpr Fdflags fixed = Fdflags::dsync | Fdflags::rsync | Fdflags::sync;
  const Fdflags before = (*descriptor)->flags;
  if ((*flags & fixed) != (before & fixed)) return (*descriptor)->is_socket() ? Errno::notcapable : Errno::notsup;
  (*descriptor)->flags_unasked = false;
  if (*flags == before) return Errno::success;
  if ((*descriptor)->shared) {  // The host's flags are those of the thread that accepts for all workers.
    (*descriptor)->flags = *flags;
    return Errno::success;
  }
  const int host_flags =
      (has(*flags, Fdflags::append) ? O_APPEND : 0) | (has(*flags, Fdflags::nonblock) ? O_NONBLOCK : 0);
  if (::fcntl((*descriptor)->host.get(), F_SETFL, host_flags) != 0) return last_errno();
  (*descriptor)->flags = *flags;
  return Errno::success;
}

Errno fd_fdstat_set_rights(Context& context, Caller, Fd fd, Rights base, Rights inheriting) noexcept {
  Descriptor* descriptor = context.descriptors.find(fd);
  if (descriptor == nullptr) return Errno::badf;
  const Rights wanted_base = base & known_rights;
  const Rights wanted_inheriting = inheriting & known_rights;
  if (!has(descriptor->rights_base, wanted_base) || !has(descriptor->rights_inheriting, wanted_inheriting)) {
    return Errno::notcapable;
  }
  descriptor->rights_base = wanted_base;
  descriptor->rights_inheriting = wanted_inheriting;
  return Errno::success;
}

Errno fd_prestat_get(Context& context, Caller caller, Fd fd, GuestPointer<Prestat> result) noexcept {
  const Descriptor* descriptor = context.descriptors.find(fd);
  if (descriptor == nullptr) return Errno::badf;
  const bool is_directory = descriptor->preopen_name != nullptr;
  if (!is_directory && !descriptor->is_listener_preopen) return Errno::badf;
  const auto place = GuestMemory(caller).at(result);
  if (!place) return Errno::fault;
  place.store(is_directory ? Prestat{Preopentype::dir, static_cast<Size>(descriptor->preopen_name->size())}
                           : Prestat{preopentype_listener, 0});
  return Errno::success;
}

Errno fd_prestat_dir_name(Context& context, Caller caller, Fd fd, GuestBytes name, Size size_bytes) noexcept {
  const Descriptor* descriptor = context.descriptors.find(fd);
  if (descriptor == nullptr || descriptor->preopen_name == nullptr) return Errno::badf;
  const std::string& text = *descriptor->preopen_name;
  if (size_bytes < text.size()) return Errno::nametoolong;
  std::byte* bytes = GuestMemory(caller).range(name.address, text.size());
  if (bytes == nullptr) return Errno::fault;
  std::memcpy(bytes, text.data(), text.size());
  return Errno::success;
}

Errno fd_renumber(Context& context, Caller, Fd from, Fd to) noexcept {
  Descriptor* moved = context.descriptors.find(from);
  Descriptor* replaced = context.descriptors.find(to);
  if (moved == nullptr || replaced == nullptr) return Errno::badf;
  if (from == to) return Errno::success;
  // The epoll sets know descriptors by number.
  context.unwatch(*moved);
  context.unwatch(*replaced);
  prepare_closing(context, *replaced);
  context.descriptors.replace(from, to);
  return Errno::success;
}

}  // namespace shallop::wasi
