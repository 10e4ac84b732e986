// SPDX-License-Identifier: Apache-2.0
// fd_* calls about a file as such: position, size, times, durability.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wasi/errno.hpp"
#include "wasi/filestat.hpp"
#include "wasi/functions.hpp"

namespace shallop::wasi {
namespace {

// Of a call that answers 0 or -1.
Errno outcome(int result) { return result == 0 ? Errno::success : last_errno(); }

// The right fd_seek implies fd_tell.
std::expected<Descriptor*, Errno> get_for_telling(Context& context, Fd fd) {
  const auto descriptor = context.descriptors.get(fd, Rights::fd_seek);
  return descriptor ? descriptor : context.descriptors.get(fd, Rights::fd_tell);
}

Errno seek(const Descriptor& descriptor, Filedelta delta, int whence, GuestPlace<Filesize> position) {
  const off_t reached = ::lseek(descriptor.host.get(), delta, whence);
  if (reached < 0) return last_errno();
  position.store(static_cast<Filesize>(reached));
  return Errno::success;
}

}  // namespace

Errno fd_advise(Context& context, Caller, Fd fd, Filesize offset, Filesize size, Unchecked<Advice> advice) noexcept {
  const Descriptor* target = context.descriptors.find(fd);
  if (target == nullptr || target->filetype == Filetype::directory) return Errno::badf;
  const auto descriptor = context.descriptors.get(fd, Rights::fd_advise);
  if (!descriptor) return descriptor.error();
  constexpr std::array host_advice{POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                                   POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
  if (advice.bits >= host_advice.size()) return Errno::inval;
  return to_errno(posix_fadvise((*descriptor)->host.get(), static_cast<off_t>(offset), static_cast<off_t>(size),
                                host_advice[advice.bits]));
}

Errno fd_allocate(Context& context, Caller, Fd fd, Filesize offset, Filesize size) noexcept {
  const auto descriptor = context.descriptors.get(fd, Rights::fd_allocate);
  if (!descriptor) return descriptor.error();
  // Not posix_fallocate: where the file system cannot, that writes to every block.
  return outcome(retry_interrupted(
      [&] { return ::fallocate((*descriptor)->host.get(), 0, static_cast<off_t>(offset), static_cast<off_t>(size)); }));
}

Errno fd_datasync(Context& context, Caller, Fd fd) noexcept {
  const auto descriptor = context.descriptors.get(fd, Rights::fd_datasync);
  if (!descriptor) return descriptor.error();
  return outcome(retry_interrupted([&] { return ::fdatasync((*descriptor)->host.get()); }));
}

Errno fd_sync(Context& context, Caller, Fd fd) noexcept {
  const auto descriptor = context.descriptors.get(fd, Rights::fd_sync);
  if (!descriptor) return descriptor.error();
  return outcome(retry_interrupted([&] { return ::fsync((*descriptor)->host.get()); }));
}

Errno fd_filestat_get(Context& context, Caller caller, Fd fd, GuestPointer<Filestat> result) noexcept {
  const auto descriptor = context.descriptors.get(fd, Rights::fd_filestat_get);
  if (!descriptor) return descriptor.error();
  const auto place = GuestMemory(caller).at(result);
  if (!place) return Errno::fault;
  if ((*descriptor)->is_socket()) {
    Filestat socket{};
    socket.filetype = (*descriptor)->filetype;
    place.store(socket);
    return Errno::success;
  }
  struct stat stat{};
  if (::fstat((*descriptor)->host.get(), &stat) != 0) return last_errno();
  place.store(to_filestat(stat));
  return Errno::success;
}

Errno fd_filestat_set_size(Context& context, Caller, Fd fd, Filesize size) noexcept {
  const auto descriptor = context.descriptors.get(fd, Rights::fd_filestat_set_size);
  if (!descriptor) return descriptor.error();
  return outcome(retry_interrupted([&] { return ::ftruncate((*descriptor)->host.get(), static_cast<off_t>(size)); }));
}

Errno fd_filestat_set_times(Context& context, Caller, Fd fd, Timestamp atim, Timestamp mtim,
                            Unchecked<Fstflags> flags) noexcept {
  const auto descriptor = context.descriptors.get(fd, Rights::fd_filestat_set_times);
  if (!descriptor) return descriptor.error();
  const auto times = to_times(atim, mtim, flags);
  if (!times) return times.error();
  // The host would let the owner do it also through a descriptor that is open for reading only.
  if ((*descriptor)->read_only) return Errno::rofs;
  return outcome(::futimens((*descriptor)->host.get(), times->data()));
}

Errno fd_seek(Context& context, Caller caller, Fd fd, Filedelta delta, Unchecked<Whence> whence,
              GuestPointer<Filesize> result) noexcept {
  const bool only_asks = delta == 0 && whence.bits == static_cast<uint32_t>(Whence::cur);
  const auto descriptor = only_asks ? get_for_telling(context, fd) : context.descriptors.get(fd, Rights::fd_seek);
  if (!descriptor) return descriptor.error();
  constexpr std::array host_whence{SEEK_SET, SEEK_CUR, SEEK_END};
  if (whence.bits >= host_whence.size()) return Errno::inval;
  const auto position = GuestMemory(caller).at(result);
  return position ? seek(**descriptor, delta, host_whence[whence.bits], position) : Errno::fault;
}

Errno fd_tell(Context& context, Caller caller, Fd fd, GuestPointer<Filesize> result) noexcept {
  const auto descriptor = get_for_telling(context, fd);
  if (!descriptor) return descriptor.error();
  const auto position = GuestMemory(caller).at(result);
  return position ? seek(**descriptor, 0, SEEK_CUR, position) : Errno::fault;
}

}  // namespace shallop::wasi
