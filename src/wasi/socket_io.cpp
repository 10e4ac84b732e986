// SPDX-License-Identifier: Apache-2.0
#include "wasi/socket_io.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "runtime/interruption.hpp"
#include "wasi/errno.hpp"

namespace shallop::wasi {

namespace {

// From the guest's call to the host's it is one function each, by always_inline: these are a request's calls, and what
// the functions below hand to each other would cost as much as what they do.

// recv(2) and send(2) without the C library's functions, which in a process of several threads open and close a point
// of cancellation around the call, by two locked instructions each. Nobody cancels a thread here.
ssize_t receive_piece(int host, const iovec& piece, int flags) {
  return ::syscall(SYS_recvfrom, host, piece.iov_base, piece.iov_len, flags, nullptr, nullptr);
}
ssize_t send_piece(int host, const iovec& piece, int flags) {
  return ::syscall(SYS_sendto, host, piece.iov_base, piece.iov_len, flags, nullptr, 0);
}

[[gnu::always_inline]] inline ssize_t send_vectors(int host, HostIovecs& vectors, const SocketAddress* peer) {
  return retry_interrupted([&] {
    if (vectors.is_single() && peer == nullptr) return send_piece(host, *vectors.data(), MSG_NOSIGNAL);
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = static_cast<size_t>(vectors.count());
    if (peer != nullptr) {
      message.msg_name = const_cast<sockaddr*>(peer->data());  // sendmsg(2) does not write to it
      message.msg_namelen = peer->size();
    }
    return ::sendmsg(host, &message, MSG_NOSIGNAL);
  });
}

// Sends what `drain` wants to be sent of a response by itself, and then the rest.
[[gnu::noinline]] ssize_t send_while_draining(Drain& drain, Descriptor& socket, HostIovecs& vectors,
                                              const SocketAddress* peer) {
  const ssize_t announced = vectors.count() == 0 ? 0 : drain.announce_end(socket, *vectors.data());
  if (announced < 0) return -1;
  vectors.advance(static_cast<size_t>(announced));
  const ssize_t sent = send_vectors(socket.host.get(), vectors, peer);
  vectors.restore(static_cast<size_t>(announced));
  // What is sent is sent: the guest tries again with the rest.
  if (sent < 0) return announced == 0 ? -1 : announced;
  return announced + sent;
}

[[gnu::always_inline]] inline ssize_t receive_vectors(const Descriptor& socket, HostIovecs& vectors, int flags,
                                                      SocketAddress* peer, int& result_flags) {
  const int host = socket.host.get();
  // Only datagrams can be truncated, so a stream needs no message header.
  if (vectors.is_single() && peer == nullptr && socket.filetype == Filetype::socket_stream) {
    return receive_piece(host, *vectors.data(), flags);
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = static_cast<size_t>(vectors.count());
  if (peer != nullptr) {
    message.msg_name = peer->out();
    message.msg_namelen = SocketAddress::capacity;
  }
  const ssize_t count = ::recvmsg(host, &message, flags);
  result_flags = message.msg_flags;
  return count;
}

std::string_view first_of(const HostIovecs& vectors) {
  if (vectors.count() == 0) return {};
  const iovec& first = vectors.pieces().front();
  return {static_cast<const char*>(first.iov_base), first.iov_len};
}

[[gnu::always_inline]] inline void note_sent(Context& context, Descriptor& connection, const HostIovecs& vectors,
                                             uint64_t count) {
  if (is_interim_response(first_of(vectors))) return;
  connection.response.note_sent(vectors.pieces(), count, connection.was_asked, context.usual_response);
  connection.was_asked = false;
}

// While draining no call may wait for long: the connection may be one that is to end.
void wait_for_request(Context& context, const Descriptor& socket) {
  pollfd readable{.fd = socket.host.get(), .events = POLLIN, .revents = 0};
  if (::poll(&readable, 1, Drain::interval.count()) == 0 && context.drain.step(context)) interrupt_this_thread();
}

struct Reception {
  ssize_t count = -1;
  bool truncated = false;  // a datagram that was longer than the vectors
};

// After a reception that failed: tries again where the guest need not know of it.
[[gnu::noinline]] ssize_t receive_again(Context& context, Descriptor& socket, HostIovecs& vectors, int flags,
                                        SocketAddress* peer, int& result_flags) {
  const bool waits = !has(socket.flags, Fdflags::nonblock);
  while (true) {
    const bool draining = socket.is_accepted && context.drain.active();
    if (errno != EINTR || is_interrupted()) {
      if (errno != EAGAIN || !draining) return -1;
      if (socket.readiness.ended) return 0;
      if (!waits || is_interrupted()) return -1;
      wait_for_request(context, socket);
    }
    const ssize_t count = receive_vectors(socket, vectors, draining ? flags | MSG_DONTWAIT : flags, peer, result_flags);
    context.worker.counters.receives.add(1);
    if (count >= 0) return count;
  }
}

[[gnu::always_inline]] inline ssize_t send_now(Context& context, Descriptor& socket, HostIovecs& vectors,
                                               const SocketAddress* peer) {
  const size_t size_bytes = vectors.size_bytes();
  const ssize_t sent = context.drain.active() ? send_while_draining(context.drain, socket, vectors, peer)
                                              : send_vectors(socket.host.get(), vectors, peer);
  socket.readiness.writable = sent >= 0 && static_cast<size_t>(sent) == size_bytes;
  context.worker.counters.sends.add(1);
  if (sent <= 0) return sent;
  context.worker.counters.sent_bytes.add(static_cast<uint64_t>(sent));
  if (socket.is_accepted) note_sent(context, socket, vectors, static_cast<uint64_t>(sent));
  return sent;
}

[[gnu::always_inline]] inline Reception receive_now(Context& context, Descriptor& socket, HostIovecs& vectors,
                                                    int flags, SocketAddress* peer) {
  const bool draining = socket.is_accepted && context.drain.active();
  Reception reception;
  int result_flags = 0;
  reception.count = receive_vectors(socket, vectors, draining ? flags | MSG_DONTWAIT : flags, peer, result_flags);
  context.worker.counters.receives.add(1);
  if (reception.count < 0) reception.count = receive_again(context, socket, vectors, flags, peer, result_flags);
  reception.truncated = reception.count >= 0 && (result_flags & MSG_TRUNC) != 0;
  if (reception.count <= 0) return reception;
  context.worker.counters.received_bytes.add(static_cast<uint64_t>(reception.count));
  if (!socket.was_asked) socket.response.note_request(first_of(vectors));
  socket.was_asked = true;
  return reception;
}

[[gnu::always_inline]] inline Errno send_for_guest(Context& context, Caller caller, const SendArguments& arguments,
                                                   const SocketAddress* peer) {
  const auto socket = context.descriptors.get_socket(arguments.fd, Rights::fd_write);
  if (!socket) return socket.error();
  if (arguments.flags.bits != 0) return Errno::inval;  // preview1 defines none
  const GuestMemory memory(caller);
  const auto sent_place = memory.at(arguments.sent);
  if (!sent_place) return Errno::fault;
  HostIovecs vectors;
  const Errno error = vectors.load(memory, arguments.vectors, arguments.vector_count);
  if (error != Errno::success) return error;

  const ssize_t sent = send_now(context, **socket, vectors, peer);
  if (sent < 0) return last_errno();
  sent_place.store(static_cast<Size>(sent));
  return Errno::success;
}

[[gnu::always_inline]] inline Errno receive_for_guest(Context& context, Caller caller,
                                                      const ReceiveArguments& arguments, SocketAddress* peer) {
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
  const Reception reception = receive_now(context, **socket, vectors, host_flags, peer);
  if (reception.count < 0) return last_errno();
  received_place.store(static_cast<Size>(reception.count));
  result_flags_place.store(reception.truncated ? Roflags::recv_data_truncated : Roflags::none);
  return Errno::success;
}

}  // namespace

ssize_t send_socket(Context& context, Descriptor& socket, HostIovecs& vectors) {
  return send_now(context, socket, vectors, nullptr);
}

ssize_t receive_socket(Context& context, Descriptor& socket, HostIovecs& vectors) {
  return receive_now(context, socket, vectors, 0, nullptr).count;
}

Errno send(Context& context, Caller caller, const SendArguments& arguments, const SocketAddress& peer) {
  return send_for_guest(context, caller, arguments, &peer);
}

Errno receive(Context& context, Caller caller, const ReceiveArguments& arguments, SocketAddress& peer) {
  return receive_for_guest(context, caller, arguments, &peer);
}

Errno sock_recv(Context& context, Caller caller, Fd fd, GuestPointer<Iovec> guest_vectors, Size vector_count,
                Unchecked<Riflags> argument, GuestPointer<Size> received, GuestPointer<Roflags> result_flags) noexcept {
  return receive_for_guest(context, caller, {fd, guest_vectors, vector_count, argument, received, result_flags},
                           nullptr);
}

Errno sock_send(Context& context, Caller caller, Fd fd, GuestPointer<Ciovec> guest_vectors, Size vector_count,
                Unchecked<Siflags> flags, GuestPointer<Size> sent) noexcept {
  return send_for_guest(context, caller, {fd, guest_vectors, vector_count, flags, sent}, nullptr);
}

}  // namespace shallop::wasi
