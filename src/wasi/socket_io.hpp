// SPDX-License-Identifier: Apache-2.0
// Sending and receiving on a socket: below, as the host's calls do for fd_read and fd_write; above, with the arguments
// and results that the sock_* calls have in common.
#pragma once

#include <sys/types.h>

#include "wasi/functions.hpp"
#include "wasi/host_iovecs.hpp"
#include "wasi/socket_address.hpp"

namespace shallop::wasi {

// A count, or -1 with errno; never EINTR, never SIGPIPE. To and from the connected peer.
ssize_t send_socket(Context& context, Descriptor& socket, HostIovecs& vectors);
ssize_t receive_socket(Context& context, Descriptor& socket, HostIovecs& vectors);

struct SendArguments {
  Fd fd;
  GuestPointer<Ciovec> vectors;
  Size vector_count;
  Unchecked<Siflags> flags;
  GuestPointer<Size> sent;
};
Errno send(Context& context, Caller caller, const SendArguments& arguments, const SocketAddress& peer);

struct ReceiveArguments {
  Fd fd;
  GuestPointer<Iovec> vectors;
  Size vector_count;
  Unchecked<Riflags> flags;
  GuestPointer<Size> received;
  GuestPointer<Roflags> result_flags;
};
// Sets `peer` to the sender; connected stream sockets tell none.
Errno receive(Context& context, Caller caller, const ReceiveArguments& arguments, SocketAddress& peer);

}  // namespace shallop::wasi
