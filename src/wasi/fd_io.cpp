// SPDX-License-Identifier: Apache-2.0
// fd_read, fd_write and their positioned forms.
#include <sys/uio.h>
#include <unistd.h>

#include "wasi/errno.hpp"
#include "wasi/functions.hpp"
#include "wasi/host_iovecs.hpp"
#include "wasi/socket_io.hpp"

namespace shallop::wasi {
namespace {

// Runs `transfer(descriptor, vectors)` on what the arguments name and stores its count.
template <class Transfer>
Errno transfer_vectors(Context& context, Caller caller, Fd fd, Rights rights, GuestPointer<Iovec> guest_vectors,
                       Size vector_count, GuestPointer<Size> count, Transfer transfer) {
  const auto descriptor = context.descriptors.get(fd, rights);
  if (!descriptor) return descriptor.error();
  const GuestMemory memory(caller);
  const auto count_place = memory.at(count);
  if (!count_place) return Errno::fault;
  HostIovecs vectors;
  if (const Errno error = vectors.load(memory, guest_vectors, vector_count); error != Errno::success) return error;
  const ssize_t transferred = transfer(**descriptor, vectors);
  if (transferred < 0) return last_errno();
  count_place.store(static_cast<Size>(transferred));
  return Errno::success;
}

// To the offset, also where the file is open for appending. Linux before 6.9 appends even so (pwrite(2), BUGS).
ssize_t write_at(const Descriptor& descriptor, HostIovecs& vectors, off_t offset) {
  const int to = descriptor.host.get();
  if (has(descriptor.flags, Fdflags::append)) {
    constexpr int rwf_noappend = 0x20;  // newer than the headers of Debian 12
    const ssize_t written = ::pwritev2(to, vectors.data(), vectors.count(), offset, rwf_noappend);
    if (written >= 0 || errno != EOPNOTSUPP) return written;
  }
  return ::pwritev(to, vectors.data(), vectors.count(), offset);
}

}  // namespace

Errno fd_read(Context& context, Caller caller, Fd fd, GuestPointer<Iovec> vectors, Size count,
              GuestPointer<Size> read) noexcept {
  return transfer_vectors(context, caller, fd, Rights::fd_read, vectors, count, read,
                          [&context, caller](Descriptor& descriptor, HostIovecs& host) {
                            if (descriptor.is_socket()) return receive_socket(context, descriptor, host);
                            if (descriptor.readiness_set) {
                              context.worker.counters.memory_bytes.set(caller.memory().size());
                              return descriptor.readiness_set->read(context, descriptor, host);
                            }
                            const int from = descriptor.host.get();
                            return retry_interrupted([&] {
                              return host.is_single() ? ::read(from, host.data()->iov_base, host.data()->iov_len)
                                                      : ::readv(from, host.data(), host.count());
                            });
                          });
}

Errno fd_write(Context& context, Caller caller, Fd fd, GuestPointer<Ciovec> vectors, Size count,
               GuestPointer<Size> written) noexcept {
  return transfer_vectors(context, caller, fd, Rights::fd_write, vectors, count, written,
                          [&context](Descriptor& descriptor, HostIovecs& host) {
                            if (descriptor.is_socket()) return send_socket(context, descriptor, host);
                            if (descriptor.readiness_set)
                              return descriptor.readiness_set->write(context, descriptor, host);
                            const int to = descriptor.host.get();
                            return retry_interrupted([&] {
                              return host.is_single() ? ::write(to, host.data()->iov_base, host.data()->iov_len)
                                                      : ::writev(to, host.data(), host.count());
                            });
                          });
}

Errno fd_pread(Context& context, Caller caller, Fd fd, GuestPointer<Iovec> vectors, Size count, Filesize offset,
               GuestPointer<Size> read) noexcept {
  return transfer_vectors(
      context, caller, fd, Rights::fd_read | Rights::fd_seek, vectors, count, read,
      [offset](Descriptor& descriptor, HostIovecs& host) {
        return retry_interrupted(
            [&] { return ::preadv(descriptor.host.get(), host.data(), host.count(), static_cast<off_t>(offset)); });
      });
}

Errno fd_pwrite(Context& context, Caller caller, Fd fd, GuestPointer<Ciovec> vectors, Size count, Filesize offset,
                GuestPointer<Size> written) noexcept {
  return transfer_vectors(
      context, caller, fd, Rights::fd_write | Rights::fd_seek, vectors, count, written,
      [offset](Descriptor& descriptor, HostIovecs& host) {
        return retry_interrupted([&] { return write_at(descriptor, host, static_cast<off_t>(offset)); });
      });
}

}  // namespace shallop::wasi
