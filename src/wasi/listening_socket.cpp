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

}  // namespace

Errno bind_listener(Context& context, Descriptor& socket, const SocketAddress& local) {
  if (context.listener_pool == nullptr) {
    if (::bind(socket.host.get(), local.data(), local.size()) != 0) return last_errno();
  } else {
    auto share = context.listener_pool->bind(context.worker_index, socket.host, local);
    if (!share) return share.error();
    socket.shared = *std::move(share);
    socket.is_host_shared = true;
  }
  socket.is_bound = true;
  return Errno::success;
}

Errno listen_on(Context& context, Descriptor& socket, int backlog) {
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
