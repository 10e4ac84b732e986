// SPDX-License-Identifier: Apache-2.0
#include "wasi/socket_io.hpp"

#include <sys/socket.h>

#include "wasi/errno.hpp"

namespace shallop::wasi {

ssize_t send_socket(Descriptor& socket, HostIovecs& vectors, const SocketAddress* peer) {
  const int host = socket.host.get();
  const ssize_t sent = retry_interrupted([&] {
    if (vectors.is_single() && peer == nullptr) {
      return ::send(host, vectors.data()->iov_base, vectors.data()->iov_len, MSG_NOSIGNAL);
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = static_cast<size_t>(vectors.count());
    if (peer != nullptr) {
      message.msg_name = const_cast<sockaddr*>(peer->data());  // sendmsg(2) does not write to it
      message.msg_namelen = peer->size();
    }
    return ::sendmsg(host, &message, MSG_NOSIGNAL);
  });
  socket.readiness.writable = sent >= 0 && static_cast<size_t>(sent) == vectors.size_bytes();
  return sent;
}

Reception receive_socket(Descriptor& socket, HostIovecs& vectors, int flags, SocketAddress* peer) {
  const int host = socket.host.get();
  // Only datagrams can be truncated, so a stream needs no message header.
  if (vectors.is_single() && peer == nullptr && socket.filetype == Filetype::socket_stream) {
    const ssize_t count =
        retry_interrupted([&] { return ::recv(host, vectors.data()->iov_base, vectors.data()->iov_len, flags); });
    return {.count = count, .truncated = false};
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = static_cast<size_t>(vectors.count());
  if (peer != nullptr) {
    message.msg_name = peer->out();
    message.msg_namelen = SocketAddress::capacity;
  }
  const ssize_t count = retry_interrupted([&] { return ::recvmsg(host, &message, flags); });
  return {.count = count, .truncated = count >= 0 && (message.msg_flags & MSG_TRUNC) != 0};
}

Errno send(Context& context, Caller caller, const SendArguments& arguments, const SocketAddress* peer) {
  const auto socket = context.descriptors.get_socket(arguments.fd, Rights::fd_write);
  if (!socket) return socket.error();
  if (arguments.flags.bits != 0) return Errno::inval;  // preview1 defines none
  const GuestMemory memory(caller);
  const auto sent_place = memory.at(arguments.sent);
  if (!sent_place) return Errno::fault;
  HostIovecs vectors;
  const Errno error = vectors.load(memory, arguments.vectors, arguments.vector_count);
  if (error != Errno::success) return error;

  const ssize_t sent = send_socket(**socket, vectors, peer);
  if (sent < 0) return last_errno();
  sent_place.store(static_cast<Size>(sent));
  return Errno::success;
}

Errno receive(Context& context, Caller caller, const ReceiveArguments& arguments, SocketAddress* peer) {
  const auto socket = context.descriptors.get_socket(arguments.fd, Rights::fd_read);
  if (!socket) return socket.error();
  const auto flags = checked(arguments.flags);
  if (!flags) return Errno::inval;
  const GuestMemory memory(caller);
  const auto received_place = memory.at(arguments.received);
  const auto result_flags_place = memory.at(arguments.result_flags);
  if (!received_place || !result_flags_place) return Errno::fault;
  HostIovecs vectors;
  const Errno error = vectors.load(memory, arguments.vectors, arguments.vector_count);
  if (error != Errno::success) return error;

  const int host_flags =
      (has(*flags, Riflags::recv_peek) ? MSG_PEEK : 0) | (has(*flags, Riflags::recv_waitall) ? MSG_WAITALL : 0);
  const Reception reception = receive_socket(**socket, vectors, host_flags, peer);
  if (reception.count < 0) return last_errno();
  received_place.store(static_cast<Size>(reception.count));
  result_flags_place.store(reception.truncated ? Roflags::recv_data_truncated : Roflags::none);
  return Errno::success;
}

}  // namespace shallop::wasi
