// SPDX-License-Identifier: Apache-2.0
// WasmEdge's socket extension of preview1 as it lies in linear memory: enums, address forms, name resolution. Both
// generations (V1 and `_v2`) share these; they differ in import types only. The numbers are NOT those of POSIX.
#pragma once

#include <cstddef>
#include <cstdint>

#include "abi/wasi_preview1.hpp"

namespace shallop::wasi {

enum class AddressFamily : std::uint8_t { unspec = 0, inet4 = 1, inet6 = 2, unix_ = 3 };

/// Reversed relative to POSIX.
enum class SocketType : std::uint8_t { any = 0, dgram = 1, stream = 2 };

enum class IpProtocol : std::uint8_t { ip = 0, tcp = 1, udp = 2 };

/// What V1's sock_getlocaladdr and sock_getpeeraddr write to their `type` pointer: a u32 unlike AddressFamily.
enum class AddressKind : std::uint32_t { inet4 = 4, inet6 = 6 };

enum class SocketOptionLevel : std::uint32_t {
  socket = 0,
  tcp = 6,                    // shallop only: WasmEdge answers `inval`
  libc_socket = 0x7fff'ffff,  // SOL_SOCKET of wasi-libc; shallop takes it as `socket`
};

enum class SocketOption : std::uint32_t {
  reuseaddr = 0,
  type = 1,
  error = 2,
  dontroute = 3,
  broadcast = 4,
  sndbuf = 5,
  rcvbuf = 6,
  keepalive = 7,
  oobinline = 8,
  linger = 9,
  rcvlowat = 10,
  rcvtimeo = 11,
  sndtimeo = 12,
  acceptconn = 13,
  bindtodevice = 14,
};

/// The only name at level `tcp` (TCP_NODELAY).
inline constexpr std::uint32_t tcp_option_nodelay = 1;

/// Value of SocketOption::linger.
struct Linger {
  std::int32_t on;
  std::int32_t seconds;
};
static_assert(sizeof(Linger) == 8);

/// Value of SocketOption::rcvtimeo and sndtimeo; equals wasm32's `struct timeval`.
struct SocketTimeout {
  std::int64_t seconds;
  std::int64_t microseconds;
};
static_assert(sizeof(SocketTimeout) == 16);

/// An address argument: `buf` holds 4 (IPv4), 16 (IPv6) or 128 (AddressStorage) bytes, and `buf_len` says which.
struct Address {
  Pointer buf;
  Size buf_len;
};
static_assert(sizeof(Address) == 8 && alignof(Address) == 4);
static_assert(offsetof(Address, buf) == 0 && offsetof(Address, buf_len) == 4);

inline constexpr Size inet4_address_bytes = 4;
inline constexpr Size inet6_address_bytes = 16;
inline constexpr Size unix_path_bytes = 108;

/// Family, then the address in network order, or a NUL-padded path. The port travels apart from it.
struct AddressStorage {
  std::uint16_t family;  // AddressFamily, little-endian
  std::uint8_t bytes[126];
};
static_assert(sizeof(AddressStorage) == 128 && offsetof(AddressStorage, bytes) == 2);

enum class Aiflags : std::uint16_t {
  none = 0,
  passive = 1 << 0,
  canonname = 1 << 1,
  numerichost = 1 << 2,
  numericserv = 1 << 3,
  v4mapped = 1 << 4,
  ai_all = 1 << 5,
  addrconfig = 1 << 6,
  all = (1 << 7) - 1,
};
template <>
inline constexpr bool is_flag_set<Aiflags> = true;

/// Result address of sock_getaddrinfo; `data` points at the bytes of ResolvedInet4 or ResolvedInet6.
struct Sockaddr {
  AddressFamily family;
  Size data_len;
  Pointer data;
};
static_assert(sizeof(Sockaddr) == 12 && offsetof(Sockaddr, data_len) == 4 && offsetof(Sockaddr, data) == 8);

/// Port in big-endian order, address, 8 zero bytes.
inline constexpr Size resolved_inet4_bytes = 14;

/// Port in big-endian order, flowinfo u32, address, scope id u32.
inline constexpr Size resolved_inet6_bytes = 26;

/// A node of sock_getaddrinfo's guest-allocated result list, and (its first five fields) its hints.
struct Addrinfo {
  Aiflags flags;
  AddressFamily family;
  SocketType socktype;
  IpProtocol protocol;
  Size addrlen;  // of the host's native sockaddr: 16 or 28
  Pointer addr;  // Sockaddr
  Pointer canonname;
  Size canonname_len;
  Pointer next;  // Addrinfo, 0 ends the list
};
static_assert(sizeof(Addrinfo) == 28 && alignof(Addrinfo) == 4);
static_assert(offsetof(Addrinfo, flags) == 0 && offsetof(Addrinfo, family) == 2 && offsetof(Addrinfo, socktype) == 3);
static_assert(offsetof(Addrinfo, protocol) == 4 && offsetof(Addrinfo, addrlen) == 8 && offsetof(Addrinfo, addr) == 12);
static_assert(offsetof(Addrinfo, canonname) == 16 && offsetof(Addrinfo, canonname_len) == 20);
static_assert(offsetof(Addrinfo, next) == 24);

/// WasmEdge redefines the rights from bit 29 on; this is what a socket of its reports.
enum class WasmEdgeRights : std::uint64_t {
  none = 0,
  sock_open = 1ULL << 29,
  sock_close = 1ULL << 30,
  sock_bind = 1ULL << 31,
  sock_recv = 1ULL << 32,
  sock_recv_from = 1ULL << 33,
  sock_send = 1ULL << 34,
  sock_send_to = 1ULL << 35,
};
template <>
inline constexpr bool is_flag_set<WasmEdgeRights> = true;

}  // namespace shallop::wasi
