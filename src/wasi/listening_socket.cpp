// SPDX-License-Identifier: Apache-2.0
#include "wasi/listening_socket.hpp"

#include <linux/filter.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "wasi/context.hpp"
#include "wasi/errno.hpp"

namespace shallop::wasi {
namespace {

// accept(2), "Error handling".
bool concerns_lost_connection(int error) {
  switch (error) {
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

SocketAddress with_port_0(const SocketAddress& address) {
  return address.family() == AF_INET6 ? SocketAddress::inet6(address.bytes().first<16>(), 0)
                                      : SocketAddress::inet4(address.bytes().first<4>(), 0);
}

Errno adopt(Descriptor& socket, ListenerPool::SharedOrError shared) {
  if (!shared) return shared.error();
  socket.shared = *std::move(shared);
  socket.is_host_shared = true;
  socket.is_bound = true;
  return Errno::success;
}

// From here on the socket is one that workers share, if there are more than one.
Errno share(Context& context, Descriptor& socket) {
  if (context.listener_pool == nullptr || socket.shared || !socket.is_bound) return Errno::success;
  SocketAddress local;
  socklen_t size = SocketAddress::capacity;
  if (::getsockname(socket.host.get(), local.out(), &size) != 0) return last_errno();
  if (socket.is_bound_to_any_port) local = with_port_0(local);
  // The number stays, the socket may become another.
  context.unwatch(socket);
  return adopt(socket, context.listener_pool->share(context.worker_index, socket.host, local));
}

}  // namespace

// Workers may bind the same address each for itself (SO_REUSEADDR) until one listens there.
Errno bind_stream(Context& context, Descriptor& socket, const SocketAddress& local) {
  if (::bind(socket.host.get(), local.data(), local.size()) == 0) {
    socket.is_bound = true;
    socket.is_bound_to_any_port = local.port() == 0;
    return Errno::success;
  }
  if (errno != EADDRINUSE || context.listener_pool == nullptr) return last_errno();
  context.unwatch(socket);
  return adopt(socket, context.listener_pool->share_of_others(context.worker_index, socket.host, local));
}

Errno settle_port(Context& context, Descriptor& socket) {
  const bool is_open = socket.is_bound_to_any_port && !socket.is_listening;
  return is_open ? share(context, socket) : Errno::success;
}

Errno listen_on(Context& context, Descriptor& socket, int backlog) {
  if (const Errno error = share(context, socket); error != Errno::success) return error;
  // What tells of a shared socket's connections is another descriptor from now on.
  context.unwatch(socket);
  if (socket.shared) {
    const Errno error = socket.shared->listen(backlog);
    if (error != Errno::success) return error;
  } else if (::listen(socket.host.get(), backlog) != 0) {
    return last_errno();
  }
  if (!socket.is_listening) context.worker.counters.listeners.add(1);
  socket.is_listening = true;
  return Errno::success;
}

UniqueFd accept_connection(int listener, int flags) {
  int connection = -1;
  do {
    connection = ::accept4(listener, nullptr, nullptr, flags | SOCK_CLOEXEC);
  } while (connection < 0 && concerns_lost_connection(errno));
  return UniqueFd(connection);
}

void stop_connecting(int listener) {
  // A filter of a TCP socket sees each segment from its header on. It lets pass what is not the first of a connection.
  constexpr uint32_t flags_offset = 13;
  std::array<sock_filter, 4> program{{
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, flags_offset),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, TH_SYN, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xFFFF),
  }};
  const sock_fprog filter{.len = program.size(), .filter = program.data()};
  ::setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

}  // namespace shallop::wasi
