// SPDX-License-Identifier: Apache-2.0
// preview1's own socket calls, and the older form of sock_accept.
#include <sys/socket.h>

#include "wasi/errno.hpp"
#include "wasi/functions.hpp"
#include "wasi/socket_io.hpp"

namespace shallop::wasi {
namespace {

// accept(2), "Error handling": a connection that failed before it was accepted is none of the guest's business.
bool concerns_lost_connection(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH: return true;
    default: return false;
  }
}

// Accepted TCP sockets inherit TCP_NODELAY from the listener, where it is set from the start.
Errno accept(Context& context, Caller caller, Fd fd, Fdflags flags, GuestPointer<Fd> accepted) {
  const auto listener = context.descriptors.get_socket(fd, Rights::sock_accept);
  if (!listener) return listener.error();
  const auto accepted_place = GuestMemory(caller).at(accepted);
  if (!accepted_place) return Errno::fault;

  const int host_flags = SOCK_CLOEXEC | (has(flags, Fdflags::nonblock) ? SOCK_NONBLOCK : 0);
  int host = -1;
  do {
    host = ::accept4((*listener)->host.get(), nullptr, nullptr, host_flags);
  } while (host < 0 && concerns_lost_connection(errno) && !is_interrupted());
  if (host < 0) return last_errno();

  Descriptor descriptor;
  descriptor.host = UniqueFd(host);
  descriptor.filetype = (*listener)->filetype;
  descriptor.flags = flags & Fdflags::nonblock;
  descriptor.rights_base = accepted_socket_rights;
  descriptor.rights_inheriting = accepted_socket_rights;
  descriptor.readiness.writable = true;
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

Errno sock_recv(Context& context, Caller caller, Fd fd, GuestPointer<Iovec> guest_vectors, Size vector_count,
                Unchecked<Riflags> argument, GuestPointer<Size> received, GuestPointer<Roflags> result_flags) noexcept {
  return receive(context, caller, {fd, guest_vectors, vector_count, argument, received, result_flags}, nullptr);
}

Errno sock_send(Context& context, Caller caller, Fd fd, GuestPointer<Ciovec> guest_vectors, Size vector_count,
                Unchecked<Siflags> flags, GuestPointer<Size> sent) noexcept {
  return send(context, caller, {fd, guest_vectors, vector_count, flags, sent}, nullptr);
}

Errno sock_shutdown(Context& context, Caller, Fd fd, Unchecked<Sdflags> argument) noexcept {
  const auto socket = context.descriptors.get_socket(fd, Rights::sock_shutdown);
  if (!socket) return socket.error();
  const auto how = checked(argument);
  if (!how || *how == Sdflags::none) return Errno::inval;
  const bool reads = has(*how, Sdflags::rd);
  const bool writes = has(*how, Sdflags::wr);
  const int host_how = reads && writes ? SHUT_RDWR : reads ? SHUT_RD : SHUT_WR;
  return ::shutdown((*socket)->host.get(), host_how) == 0 ? Errno::success : last_errno();
}

}  // namespace shallop::wasi
