// SPDX-License-Identifier: Apache-2.0
// What a server does to a listening socket besides accept(2): pass over connections that failed early, and stop taking
// new ones without losing one that the host has completed already.
#pragma once

#include "abi/wasi_errno.hpp"
#include "base/unique_fd.hpp"

namespace shallop::wasi {

struct Context;
struct Descriptor;
class SocketAddress;

// bind(2) and listen(2) of a stream socket. Where the context has a pool, one that listens is shared by the workers;
// one that was bound only to connect from there is the guest's own. On failure errno tells, too.
Errno bind_stream(Context& context, Descriptor& socket, const SocketAddress& local);
Errno listen_on(Context& context, Descriptor& socket, int backlog);
// To be called before the guest is told the port of a socket that it has bound to any: who asks for it is going to
// listen there, and all workers are to tell the same one.
Errno settle_port(Context& context, Descriptor& socket);

// accept4(2), but for the errors of a connection that failed before it was accepted: those are passed over. `flags` as
// accept4's, SOCK_CLOEXEC is added. Nothing, with errno set, for every other error, EINTR included.
UniqueFd accept_connection(int listener, int flags);

// From now on the host ignores who begins to connect (a client tries again after a second), while what it has completed
// can still be accepted. Closing the socket instead would reset connections that clients believe to have.
// Best effort: where the host cannot, nothing changes. https://man7.org/linux/man-pages/man7/socket.7.html
void stop_connecting(int listener);

}  // namespace shallop::wasi
