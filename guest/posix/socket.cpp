// SPDX-License-Identifier: Apache-2.0
// socket, bind, listen, connect, accept and the two names of a socket.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.hpp"
#include "imports.hpp"
#include "wasi_call.hpp"

namespace shallop::posix {
namespace {

constexpr int type_flags = SOCK_NONBLOCK | SOCK_CLOEXEC;

/// Applies SOCK_NONBLOCK to a fresh descriptor, which is closed when that fails. SOCK_CLOEXEC means nothing: no guest
/// execs.
int with_flags(wasi::Fd fd, int flags) noexcept {
  const int descriptor = static_cast<int>(fd);
  if ((flags & SOCK_NONBLOCK) != 0 && fcntl(descriptor, F_SETFL, O_NONBLOCK) < 0) {
    const int error = errno;
    close(descriptor);
    errno = error;
    return -1;
  }
  return descriptor;
}

using NameOf = std::int32_t (*)(wasi::Fd, wasi::Address*, wasi::AddressKind*, std::uint32_t*);

int name_of(NameOf name, int fd, sockaddr* address, socklen_t* length) noexcept {
  if (address == nullptr || length == nullptr) return fail(wasi::Errno::fault);
  Endpoint endpoint{};
  wasi::Address wire{.buf = offset_of(endpoint.bytes), .buf_len = wasi::inet6_address_bytes};
  wasi::AddressKind kind{};
  if (const std::int32_t result = name(descriptor_of(fd), &wire, &kind, &endpoint.port); result != 0) {
    return status_of(result);
  }
  endpoint.length = kind == wasi::AddressKind::inet4 ? wasi::inet4_address_bytes : wasi::inet6_address_bytes;
  store(endpoint, address, length);
  return 0;
}

}  // namespace
}  // namespace shallop::posix

using namespace shallop;
using namespace shallop::posix;

extern "C" {

int socket(int domain, int type, int protocol) {
  wasi::AddressFamily family{};
  switch (domain) {
    case AF_INET: family = wasi::AddressFamily::inet4; break;
    case AF_INET6: family = wasi::AddressFamily::inet6; break;
    default: return fail(wasi::Errno::afnosupport);
  }
  wasi::SocketType wasi_type{};
  switch (type & ~type_flags) {
    case SOCK_STREAM: wasi_type = wasi::SocketType::stream; break;
    case SOCK_DGRAM: wasi_type = wasi::SocketType::dgram; break;
    default: return fail(wasi::Errno::prototype);
  }
  const int only_protocol = wasi_type == wasi::SocketType::stream ? IPPROTO_TCP : IPPROTO_UDP;
  if (protocol != 0 && protocol != only_protocol) return fail(wasi::Errno::protonosupport);

  wasi::Fd fd = 0;
  const std::int32_t result = imports::shallop_import_sock_open(bits(family), bits(wasi_type), &fd);
  return result == 0 ? with_flags(fd, type) : status_of(result);
}

int bind(int fd, const sockaddr* address, socklen_t length) {
  const auto endpoint = to_endpoint(address, length);
  if (!endpoint) return -1;
  const wasi::Address wire = endpoint->wire();
  return status_of(imports::shallop_import_sock_bind(descriptor_of(fd), &wire, endpoint->port));
}

int listen(int fd, int backlog) {
  return status_of(imports::shallop_import_sock_listen(descriptor_of(fd), static_cast<std::uint32_t>(backlog)));
}

int connect(int fd, const sockaddr* address, socklen_t length) {
  const auto endpoint = to_endpoint(address, length);
  if (!endpoint) return -1;
  const wasi::Address wire = endpoint->wire();
  return status_of(imports::shallop_import_sock_connect(descriptor_of(fd), &wire, endpoint->port));
}

int accept4(int fd, sockaddr* __restrict address, socklen_t* __restrict length, int flags) {
  if ((flags & ~type_flags) != 0) return fail(wasi::Errno::inval);
  wasi::Fd accepted = 0;
  if (const std::int32_t result = imports::shallop_import_sock_accept(descriptor_of(fd), &accepted); result != 0) {
    return status_of(result);
  }
  const int connection = with_flags(accepted, flags);
  if (connection >= 0 && address != nullptr && getpeername(connection, address, length) != 0) {
    // The peer is gone already. It stays an accepted connection, of which the next call on it tells the end.
    if (length != nullptr) *length = 0;
  }
  return connection;
}

int accept(int fd, sockaddr* __restrict address, socklen_t* __restrict length) {
  return accept4(fd, address, length, 0);
}

int getsockname(int fd, sockaddr* __restrict address, socklen_t* __restrict length) {
  return name_of(imports::shallop_import_sock_getlocaladdr, fd, address, length);
}

int getpeername(int fd, sockaddr* __restrict address, socklen_t* __restrict length) {
  return name_of(imports::shallop_import_sock_getpeeraddr, fd, address, length);
}

}  // extern "C"
