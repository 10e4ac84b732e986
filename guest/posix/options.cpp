// SPDX-License-Identifier: Apache-2.0
// getsockopt and setsockopt: POSIX names and values to the socket extension's.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cstring>
#include <optional>

#include "abi/socket_extension.hpp"
#include "imports.hpp"
#include "wasi_call.hpp"

namespace shallop::posix {
namespace {

static_assert(sizeof(timeval) == sizeof(wasi::SocketTimeout) && sizeof(linger) == sizeof(wasi::Linger));

std::optional<wasi::SocketOption> option_named(int name) noexcept {
  switch (name) {
    case SO_REUSEADDR: return wasi::SocketOption::reuseaddr;
    case SO_TYPE: return wasi::SocketOption::type;
    case SO_ERROR: return wasi::SocketOption::error;
    case SO_DONTROUTE: return wasi::SocketOption::dontroute;
    case SO_BROADCAST: return wasi::SocketOption::broadcast;
    case SO_SNDBUF: return wasi::SocketOption::sndbuf;
    case SO_RCVBUF: return wasi::SocketOption::rcvbuf;
    case SO_KEEPALIVE: return wasi::SocketOption::keepalive;
    case SO_OOBINLINE: return wasi::SocketOption::oobinline;
    case SO_LINGER: return wasi::SocketOption::linger;
    case SO_RCVLOWAT: return wasi::SocketOption::rcvlowat;
    case SO_RCVTIMEO: return wasi::SocketOption::rcvtimeo;
    case SO_SNDTIMEO: return wasi::SocketOption::sndtimeo;
    case SO_ACCEPTCONN: return wasi::SocketOption::acceptconn;
    case SO_BINDTODEVICE: return wasi::SocketOption::bindtodevice;
    default: return std::nullopt;
  }
}

constexpr std::uint32_t socket_level = bits(wasi::SocketOptionLevel::socket);
constexpr std::uint32_t tcp_level = bits(wasi::SocketOptionLevel::tcp);

/// shallop has TCP_NODELAY; WasmEdge has no TCP level and says `inval`, which hides a request nobody there can grant.
int nodelay_status(std::int32_t result) noexcept {
  return errno_of(result) == wasi::Errno::inval ? 0 : status_of(result);
}

}  // namespace
}  // namespace shallop::posix

using namespace shallop;
using namespace shallop::posix;

extern "C" {

int setsockopt(int fd, int level, int name, const void* value, socklen_t length) {
  if (level == IPPROTO_TCP && name == TCP_NODELAY) {
    return nodelay_status(
        imports::shallop_import_sock_setsockopt(descriptor_of(fd), tcp_level, wasi::tcp_option_nodelay, value, length));
  }
  const auto option = level == SOL_SOCKET ? option_named(name) : std::nullopt;
  if (!option) return fail(wasi::Errno::noprotoopt);
  return status_of(
      imports::shallop_import_sock_setsockopt(descriptor_of(fd), socket_level, bits(*option), value, length));
}

int getsockopt(int fd, int level, int name, void* __restrict value, socklen_t* __restrict length) {
  if (level == IPPROTO_TCP && name == TCP_NODELAY) {
    if (*length < sizeof(int)) return fail(wasi::Errno::inval);
    const int on = 1;  // what a host without the option has set by itself, or cannot be asked to
    std::memcpy(value, &on, sizeof on);
    return nodelay_status(
        imports::shallop_import_sock_getsockopt(descriptor_of(fd), tcp_level, wasi::tcp_option_nodelay, value, length));
  }
  const auto option = level == SOL_SOCKET ? option_named(name) : std::nullopt;
  if (!option) return fail(wasi::Errno::noprotoopt);
  const std::int32_t result =
      imports::shallop_import_sock_getsockopt(descriptor_of(fd), socket_level, bits(*option), value, length);
  if (result == 0 && name == SO_TYPE && *length >= sizeof(int)) {
    int wasi_type = 0;
    std::memcpy(&wasi_type, value, sizeof wasi_type);
    const int type = wasi_type == static_cast<int>(wasi::SocketType::stream) ? SOCK_STREAM : SOCK_DGRAM;
    std::memcpy(value, &type, sizeof type);
  }
  return status_of(result);
}

}  // extern "C"
