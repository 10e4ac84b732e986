// SPDX-License-Identifier: Apache-2.0
// preview1's own socket calls but for the two of socket_io.hpp, and the older form of sock_accept.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <optional>
#include <utility>

#include "runtime/interruption.hpp"
#include "wasi/errno.hpp"
#include "wasi/functions.hpp"
#include "wasi/listening_socket.hpp"

namespace shallop::wasi {
namespace {

// Until `fd` is readable, or `timeout` (none: for ever), or a signal.
void wait_readable(int fd, std::optional<std::chrono::milliseconds> timeout) {
  pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
  ::poll(&readable, 1, timeout ? static_cast<int>(timeout->count()) : -1);
}

// A connection that has waited, or nothing with errno. Waits for one only where the guest's listener does and nothing
// else is to be looked after meanwhile.
UniqueFd accept_waiting(Descriptor& listener, int flags, bool may_wait) {
  if (listener.shared && listener.shared->connections() != nullptr) {
    UniqueFd connection = listener.shared->take();
    if (!connection) errno = EAGAIN;
    if (connection && (flags & SOCK_NONBLOCK) == 0) ::fcntl(connection.get(), F_SETFL, 0);
    return connection;
  }
  if (!may_wait) {
    pollfd readable{.fd = listener.host.get(), .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, 0) == 0) {
      errno = EAGAIN;
      return {};
    }
  }
  return accept_connection(listener.host.get(), flags);
}

// The guest's accept(2). Nothing, with errno, also when the guest is to end.
UniqueFd accept_for_guest(Context& context, Descriptor& listener, int flags) {
  while (true) {
    const bool draining = context.drain.active();
    if (draining && context.drain.step(context)) interrupt_this_thread();
    UniqueFd connection;
    if (!listener.is_retired) {
      connection = accept_waiting(listener, flags, !draining);
      if (connection || (errno != EINTR && errno != EAGAIN)) return connection;
    }
    if (is_interrupted()) {
      errno = EINTR;
      return {};
    }
    if (has(listener.flags, Fdflags::nonblock)) {
      errno = EAGAIN;
      return {};
    }
    if (draining)
      wait_readable(listener.readiness_fd(), Drain::interval);
    else if (listener.shared)
      wait_readable(listener.readiness_fd(), std::nullopt);
  }
}

// Accepted TCP sockets inherit TCP_NODELAY from the listener, where it is set from the start.
Errno accept(Context& context, Caller caller, Fd fd, Fdflags flags, GuestPointer<Fd> accepted) {
  const auto listener = context.descriptors.get_socket(fd, Rights::sock_accept);
  if (!listener) return listener.error();
  const auto accepted_place = GuestMemory(caller).at(accepted);
  if (!accepted_place) return Errno::fault;
  UniqueFd host = accept_for_guest(context, **listener, has(flags, Fdflags::nonblock) ? SOCK_NONBLOCK : 0);
  if (!host) return last_errno();

  Descriptor descriptor;
  descriptor.host = std::move(host);
  descriptor.filetype = (*listener)->filetype;
  descriptor.flags = flags & Fdflags::nonblock;
  descriptor.rights_base = accepted_socket_rights;
  descriptor.rights_inheriting = accepted_socket_rights;
  descriptor.is_accepted = true;
  descriptor.readiness.writable = true;
  context.worker.counters.accepts.add(1);
  context.worker.counters.open_connections.add(1);
  accepted_place.store(context.descriptors.add(std::move(descriptor)));
  return Errno::success;
}

}  // namespace

Errno sock_accept(Context& context, Caller caller, Fd fd, Unchecked<Fdflags> argument,
                  GuestPointer<Fd> accepted) noexcept {
  const auto flags = checked(argument);
  return flags ? accept(context, caller, fd, *flags, accepted) : Errno::inval;
}

Errno sock_accept_v1(Context& context, Caller caller, Fd fd, GuestPointer<Fd> accepted) noexcept {
  return accept(context, caller, fd, Fdflags::none, accepted);
}

Errno sock_shutdown(Context& context, Caller, Fd fd, Unchecked<Sdflags> argument) noexcept {
  const auto socket = context.descriptors.get_socket(fd, Rights::sock_shutdown);
  if (!socket) return socket.error();
  const auto how = checked(argument);
  if (!how || *how == Sdflags::none) return Errno::inval;
  const bool reads = has(*how, Sdflags::rd);
  const bool writes = has(*how, Sdflags::wr);
  if (reads && (*socket)->is_listening && (*socket)->shared) {  // the others go on
    (*socket)->shared->leave();
    return Errno::success;
  }
  const int host_how = reads && writes ? SHUT_RDWR : reads ? SHUT_RD : SHUT_WR;
  return ::shutdown((*socket)->host.get(), host_how) == 0 ? Errno::success : last_errno();
}

}  // namespace shallop::wasi
