// SPDX-License-Identifier: Apache-2.0
// The socket extension of WasmEdge, in both generations: opening, binding, listening, connecting, datagrams, addresses.
// Options and name resolution have their own files. Numbers and layouts: abi/socket_extension.hpp.
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "wasi/errno.hpp"
#include "wasi/functions.hpp"
#include "wasi/guest_address.hpp"
#include "wasi/listening_socket.hpp"
#include "wasi/socket_io.hpp"

namespace shallop::wasi {
namespace {

constexpr int on = 1;

// The socket and the address that sock_bind and sock_connect have as arguments.
struct SocketAndAddress {
  Descriptor* socket;
  SocketAddress address;
};

std::expected<SocketAndAddress, Errno> read_socket_and_address(Context& context, Caller caller, Fd fd,
                                                               GuestPointer<Address> address, uint32_t port) {
  const auto socket = context.descriptors.get_socket(fd, Rights::none);
  if (!socket) return std::unexpected(socket.error());
  const auto host_address = read_address(GuestMemory(caller), address, port);
  if (!host_address) return std::unexpected(host_address.error());
  return SocketAndAddress{*socket, *host_address};
}

using AddressQuery = int (*)(int, sockaddr*, socklen_t*);

std::expected<SocketAddress, Errno> query_address(const Descriptor& socket, AddressQuery query) {
  SocketAddress address;
  socklen_t size = SocketAddress::capacity;
  if (query(socket.host.get(), address.out(), &size) != 0) return std::unexpected(last_errno());
  if (address.bytes().empty()) return std::unexpected(Errno::afnosupport);
  return address;
}

// A connection attempt goes on when a signal interrupts the call, and connect(2) cannot be repeated.
int finish_connecting(int host) {
  pollfd wait{.fd = host, .events = POLLOUT, .revents = 0};
  if (retry_interrupted([&] { return ::poll(&wait, 1, -1); }) < 0) return -1;
  int error = 0;
  socklen_t size = sizeof(error);
  if (::getsockopt(host, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return -1;
  errno = error;
  return error == 0 ? 0 : -1;
}

// No part of the network, so no policy is asked.
Errno open_readiness_set(Context& context, GuestPlace<Fd> opened) {
  Descriptor descriptor;
  descriptor.host = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  if (!descriptor.host) return last_errno();
  descriptor.rights_base = Rights::fd_read | Rights::fd_write | Rights::poll_fd_readwrite | Rights::fd_fdstat_set_flags;
  descriptor.readiness_set = ReadinessSet::make(descriptor.host.get());
  if (!descriptor.readiness_set) return last_errno();
  opened.store(context.descriptors.add(std::move(descriptor)));
  return Errno::success;
}

Errno settle_port(Context& context, Fd fd) {
  const auto socket = context.descriptors.get_socket(fd, Rights::none);
  return socket ? settle_port(context, **socket) : socket.error();
}

Errno get_address_v1(Context& context, Caller caller, Fd fd, GuestPointer<Address> address,
                     GuestPointer<AddressKind> kind, GuestPointer<uint32_t> port, AddressQuery query) {
  const auto socket = context.descriptors.get_socket(fd, Rights::none);
  if (!socket) return socket.error();
  const GuestMemory memory(caller);
  const auto buffer = address_buffer(memory, address);
  const auto kind_place = memory.at(kind);
  const auto port_place = memory.at(port);
  if (!buffer || !kind_place || !port_place) return Errno::fault;
  if (buffer->size() != inet4_address_bytes && buffer->size() != inet6_address_bytes) return Errno::inval;
  const auto host_address = query_address(**socket, query);
  if (!host_address) return host_address.error();
  if (const Errno error = write_address_bytes(*buffer, *host_address); error != Errno::success) return error;
  kind_place.store(host_address->family() == AF_INET6 ? AddressKind::inet6 : AddressKind::inet4);
  port_place.store(host_address->port());
  return Errno::success;
}

Errno get_address_v2(Context& context, Caller caller, Fd fd, GuestPointer<Address> address, GuestPointer<uint32_t> port,
                     AddressQuery query) {
  const auto socket = context.descriptors.get_socket(fd, Rights::none);
  if (!socket) return socket.error();
  const GuestMemory memory(caller);
  const auto buffer = address_buffer(memory, address);
  const auto port_place = memory.at(port);
  if (!buffer || !port_place) return Errno::fault;
  if (buffer->size() != sizeof(AddressStorage)) return Errno::inval;
  const auto host_address = query_address(**socket, query);
  if (!host_address) return host_address.error();
  write_address_storage(buffer->first<sizeof(AddressStorage)>(), *host_address);
  port_place.store(host_address->port());
  return Errno::success;
}

}  // namespace

Errno sock_open(Context& context, Caller caller, Unchecked<AddressFamily> family, Unchecked<SocketType> type,
                GuestPointer<Fd> opened) noexcept {
  const auto opened_place = GuestMemory(caller).at(opened);
  if (!opened_place) return Errno::fault;
  if (family.bits == readiness_set_family) return open_readiness_set(context, opened_place);
  if (family.bits == 0 || family.bits > bits(AddressFamily::unix_)) return Errno::inval;
  if (family.bits == bits(AddressFamily::unix_)) return Errno::nosys;
  if (type.bits == 0 || type.bits > bits(SocketType::stream)) return Errno::inval;
  if (context.network.closed()) return context.refuse_network("open a socket");

  const bool is_stream = type.bits == bits(SocketType::stream);
  UniqueFd host(::socket(family.bits == bits(AddressFamily::inet4) ? AF_INET : AF_INET6,
                         (is_stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0));
  if (!host) return last_errno();
  // Guests cannot ask for it, or believe that they have; without it a response in two writes waits for the client's
  // delayed acknowledgement, some 40 ms.
  if (is_stream) ::setsockopt(host.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

  Descriptor descriptor;
  descriptor.host = std::move(host);
  descriptor.filetype = is_stream ? Filetype::socket_stream : Filetype::socket_dgram;
  descriptor.rights_base = socket_rights;
  descriptor.rights_inheriting = socket_rights;
  opened_place.store(context.descriptors.add(std::move(descriptor)));
  return Errno::success;
}

Errno sock_bind(Context& context, Caller caller, Fd fd, GuestPointer<Address> address, uint32_t port) noexcept {
  const auto arguments = read_socket_and_address(context, caller, fd, address, port);
  if (!arguments) return arguments.error();
  const auto& [socket, local] = *arguments;
  if (!context.network.may_listen(local)) return context.refuse_network("listen on " + local.text());
  // On Linux this only lets a server start again while connections of its last run linger.
  if (socket->filetype == Filetype::socket_stream) {
    ::setsockopt(socket->host.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  }
  if (socket->filetype == Filetype::socket_stream) return bind_stream(context, *socket, local);
  // Workers that wait for datagrams on one address share them as the host sees fit.
  if (context.listener_pool != nullptr) ::setsockopt(socket->host.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  if (::bind(socket->host.get(), local.data(), local.size()) != 0) return last_errno();
  socket->is_bound = true;
  return Errno::success;
}

Errno sock_connect(Context& context, Caller caller, Fd fd, GuestPointer<Address> address, uint32_t port) noexcept {
  const auto arguments = read_socket_and_address(context, caller, fd, address, port);
  if (!arguments) return arguments.error();
  const auto& [socket, peer] = *arguments;
  if (!context.network.may_connect(peer)) return context.refuse_network("connect to " + peer.text());
  socket->is_bound_to_any_port = false;  // it is the guest's own, and will not listen
  const int host = socket->host.get();
  if (::connect(host, peer.data(), peer.size()) == 0) return Errno::success;
  if (errno != EINTR) return last_errno();
  if (has(socket->flags, Fdflags::nonblock)) return Errno::inprogress;
  return finish_connecting(host) == 0 ? Errno::success : last_errno();
}

Errno sock_listen(Context& context, Caller, Fd fd, int32_t backlog) noexcept {
  const auto socket = context.descriptors.get_socket(fd, Rights::none);
  if (!socket) return socket.error();
  // A socket that was not bound, which asks for the policy, listens on all addresses and a port of the host's choice.
  if (const auto local = query_address(**socket, ::getsockname); local && !(*socket)->is_bound) {
    if (!context.network.may_listen(*local)) return context.refuse_network("listen on " + local->text());
  }
  constexpr int32_t default_backlog = 128;
  return listen_on(context, **socket, backlog > 0 ? backlog : default_backlog);
}

Errno sock_recv_from_v1(Context& context, Caller caller, Fd fd, GuestPointer<Iovec> vectors, Size count,
                        GuestPointer<Address> address, Unchecked<Riflags> flags, GuestPointer<Size> received,
                        GuestPointer<Roflags> result_flags) noexcept {
  const auto buffer = address_buffer(GuestMemory(caller), address);
  if (!buffer) return buffer.error();
  SocketAddress peer;
  const Errno error = receive(context, caller, {fd, vectors, count, flags, received, result_flags}, peer);
  // An address that does not fit is left out: the datagram is gone from the host's queue already.
  if (error == Errno::success) write_address_bytes(*buffer, peer);
  return error;
}

Errno sock_recv_from_v2(Context& context, Caller caller, Fd fd, GuestPointer<Iovec> vectors, Size count,
                        GuestPointer<Address> address, Unchecked<Riflags> flags, GuestPointer<uint16_t> port,
                        GuestPointer<Size> received, GuestPointer<Roflags> result_flags) noexcept {
  const GuestMemory memory(caller);
  const auto buffer = address_buffer(memory, address);
  const auto port_place = memory.at(port);
  if (!buffer || !port_place) return Errno::fault;
  const bool is_storage = buffer->size() == sizeof(AddressStorage);
  if (!is_storage && buffer->size() != inet4_address_bytes && buffer->size() != inet6_address_bytes) {
    return Errno::inval;
  }
  SocketAddress peer;
  const Errno error = receive(context, caller, {fd, vectors, count, flags, received, result_flags}, peer);
  if (error != Errno::success) return error;
  if (is_storage)
    write_address_storage(buffer->first<sizeof(AddressStorage)>(), peer);
  else
    write_address_bytes(*buffer, peer);
  port_place.store(peer.port());
  return Errno::success;
}

Errno sock_send_to(Context& context, Caller caller, Fd fd, GuestPointer<Ciovec> vectors, Size count,
                   GuestPointer<Address> address, uint32_t port, Unchecked<Siflags> flags,
                   GuestPointer<Size> sent) noexcept {
  const auto arguments = read_socket_and_address(context, caller, fd, address, port);
  if (!arguments) return arguments.error();
  const SocketAddress& peer = arguments->address;
  if (!context.network.may_connect(peer)) return context.refuse_network("send to " + peer.text());
  return send(context, caller, {fd, vectors, count, flags, sent}, peer);
}

Errno sock_getlocaladdr_v1(Context& context, Caller caller, Fd fd, GuestPointer<Address> address,
                           GuestPointer<AddressKind> kind, GuestPointer<uint32_t> port) noexcept {
  if (const Errno error = settle_port(context, fd); error != Errno::success) return error;
  return get_address_v1(context, caller, fd, address, kind, port, ::getsockname);
}

Errno sock_getlocaladdr_v2(Context& context, Caller caller, Fd fd, GuestPointer<Address> address,
                           GuestPointer<uint32_t> port) noexcept {
  if (const Errno error = settle_port(context, fd); error != Errno::success) return error;
  return get_address_v2(context, caller, fd, address, port, ::getsockname);
}

Errno sock_getpeeraddr_v1(Context& context, Caller caller, Fd fd, GuestPointer<Address> address,
                          GuestPointer<AddressKind> kind, GuestPointer<uint32_t> port) noexcept {
  return get_address_v1(context, caller, fd, address, kind, port, ::getpeername);
}

Errno sock_getpeeraddr_v2(Context& context, Caller caller, Fd fd, GuestPointer<Address> address,
                          GuestPointer<uint32_t> port) noexcept {
  return get_address_v2(context, caller, fd, address, port, ::getpeername);
}

}  // namespace shallop::wasi
