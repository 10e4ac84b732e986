// SPDX-License-Identifier: Apache-2.0
// send, recv and their relatives. There is no SIGPIPE in a guest, so MSG_NOSIGNAL is what happens anyway.
#include <poll.h>
#include <sys/socket.h>

#include <cstring>

#include "address.hpp"
#include "imports.hpp"
#include "wasi_call.hpp"

namespace shallop::posix {
namespace {

static_assert(sizeof(iovec) == sizeof(wasi::Iovec), "struct iovec of wasm32 is the ABI's iovec");

const wasi::Iovec* wire_of(const iovec* iovs) noexcept { return reinterpret_cast<const wasi::Iovec*>(iovs); }

/// MSG_DONTWAIT for one call: preview1 knows it as a state of the descriptor only, so ask before the call would block.
bool would_block(int fd, short events) noexcept {
  pollfd entry{.fd = fd, .events = events, .revents = 0};
  return poll(&entry, 1, 0) == 0;
}

/// WasmEdge stores the sender's port in network order, shallop as a number. Only WasmEdge takes an empty poll list.
bool port_in_network_order() noexcept {
  static const bool answer = [] {
    wasi::Subscription none{};
    wasi::Event event{};
    wasi::Size ready = 0;
    return imports::shallop_import_poll_oneoff(&none, &event, 0, &ready) == 0;
  }();
  return answer;
}

/// The endpoint in `storage`; length 0 when the kernel named no sender (a connected stream).
Endpoint sender_of(const wasi::AddressStorage& storage, std::uint32_t port) noexcept {
  Endpoint endpoint{};
  if (storage.family == bits(wasi::AddressFamily::inet4)) endpoint.length = wasi::inet4_address_bytes;
  if (storage.family == bits(wasi::AddressFamily::inet6)) endpoint.length = wasi::inet6_address_bytes;
  std::memcpy(endpoint.bytes, storage.bytes, endpoint.length);
  endpoint.port = port_in_network_order() ? (port & 0xff) << 8 | (port >> 8 & 0xff) : port & 0xffff;
  return endpoint;
}

ssize_t send_all(int fd, const iovec* iovs, wasi::Size count, int flags, const sockaddr* address,
                 socklen_t length) noexcept {
  if ((flags & ~(MSG_NOSIGNAL | MSG_DONTWAIT | MSG_MORE)) != 0) return fail(wasi::Errno::notsup);
  if ((flags & MSG_DONTWAIT) != 0 && would_block(fd, POLLOUT)) return fail(wasi::Errno::again);
  wasi::Size sent = 0;
  std::int32_t result = 0;
  if (address == nullptr) {
    result = imports::shallop_import_sock_send(descriptor_of(fd), wire_of(iovs), count, 0, &sent);
  } else {
    const auto endpoint = to_endpoint(address, length);
    if (!endpoint) return -1;
    const wasi::Address wire = endpoint->wire();
    result =
        imports::shallop_import_sock_send_to(descriptor_of(fd), wire_of(iovs), count, &wire, endpoint->port, 0, &sent);
  }
  return result == 0 ? static_cast<ssize_t>(sent) : status_of(result);
}

struct Received {
  ssize_t size;
  bool truncated;
};

Received receive(int fd, const iovec* iovs, wasi::Size count, int flags, sockaddr* address,
                 socklen_t* length) noexcept {
  constexpr int passed_on = MSG_PEEK | MSG_WAITALL;
  if ((flags & ~(passed_on | MSG_DONTWAIT | MSG_NOSIGNAL)) != 0) return {fail(wasi::Errno::notsup), false};
  if ((flags & MSG_DONTWAIT) != 0 && would_block(fd, POLLIN)) return {fail(wasi::Errno::again), false};
  const auto wasi_flags = static_cast<std::uint32_t>(flags & passed_on);
  wasi::Size received = 0;
  wasi::Roflags out_flags{};
  std::int32_t result = 0;
  if (address == nullptr) {
    result =
        imports::shallop_import_sock_recv(descriptor_of(fd), wire_of(iovs), count, wasi_flags, &received, &out_flags);
  } else {
    wasi::AddressStorage storage{};
    wasi::Address wire{.buf = offset_of(&storage), .buf_len = sizeof storage};
    std::uint32_t port = 0;
    result = imports::shallop_import_sock_recv_from(descriptor_of(fd), wire_of(iovs), count, &wire, wasi_flags, &port,
                                                    &received, &out_flags);
    if (result == 0 && length != nullptr) {
      const Endpoint sender = sender_of(storage, port);
      if (sender.length == 0) {
        *length = 0;
      } else {
        store(sender, address, length);
      }
    }
  }
  if (result != 0) return {status_of(result), false};
  return {static_cast<ssize_t>(received), has(out_flags, wasi::Roflags::recv_data_truncated)};
}

}  // namespace
}  // namespace shallop::posix

using namespace shallop;
using namespace shallop::posix;

extern "C" {

ssize_t send(int fd, const void* data, size_t size, int flags) {
  const iovec iov{.iov_base = const_cast<void*>(data), .iov_len = size};
  return send_all(fd, &iov, 1, flags, nullptr, 0);
}

ssize_t sendto(int fd, const void* data, size_t size, int flags, const sockaddr* address, socklen_t length) {
  const iovec iov{.iov_base = const_cast<void*>(data), .iov_len = size};
  return send_all(fd, &iov, 1, flags, address, length);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  if (message->msg_controllen != 0) return fail(wasi::Errno::notsup);
  return send_all(fd, message->msg_iov, static_cast<wasi::Size>(message->msg_iovlen), flags,
                  static_cast<const sockaddr*>(message->msg_name), message->msg_namelen);
}

ssize_t recv(int fd, void* data, size_t size, int flags) {
  const iovec iov{.iov_base = data, .iov_len = size};
  return receive(fd, &iov, 1, flags, nullptr, nullptr).size;
}

ssize_t recvfrom(int fd, void* __restrict data, size_t size, int flags, sockaddr* __restrict address,
                 socklen_t* __restrict length) {
  const iovec iov{.iov_base = data, .iov_len = size};
  return receive(fd, &iov, 1, flags, address, length).size;
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  const auto [size, truncated] = receive(fd, message->msg_iov, static_cast<wasi::Size>(message->msg_iovlen), flags,
                                         static_cast<sockaddr*>(message->msg_name), &message->msg_namelen);
  message->msg_controllen = 0;
  message->msg_flags = truncated ? MSG_TRUNC : 0;
  return size;
}

}  // extern "C"
