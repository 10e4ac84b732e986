// SPDX-License-Identifier: Apache-2.0
// The socket functions that this library imports, with the exact types that both WasmEdge and shallop bind: V1 where
// the generations differ, but sock_recv_from, whose V1 form loses the sender's port. Each answers an Errno.
#pragma once

#include <cstdint>

#include "abi/socket_extension.hpp"

#define SHALLOP_WASI_IMPORT(name) [[clang::import_module("wasi_snapshot_preview1"), clang::import_name(name)]]

namespace shallop::posix::imports {

using wasi::Size;

extern "C" {

SHALLOP_WASI_IMPORT("sock_open")
std::int32_t shallop_import_sock_open(std::uint32_t family, std::uint32_t type, wasi::Fd* fd);

SHALLOP_WASI_IMPORT("sock_bind")
std::int32_t shallop_import_sock_bind(wasi::Fd fd, const wasi::Address* address, std::uint32_t port);

SHALLOP_WASI_IMPORT("sock_connect")
std::int32_t shallop_import_sock_connect(wasi::Fd fd, const wasi::Address* address, std::uint32_t port);

SHALLOP_WASI_IMPORT("sock_listen")
std::int32_t shallop_import_sock_listen(wasi::Fd fd, std::uint32_t backlog);

SHALLOP_WASI_IMPORT("sock_accept")
std::int32_t shallop_import_sock_accept(wasi::Fd fd, wasi::Fd* accepted);

SHALLOP_WASI_IMPORT("sock_recv")
std::int32_t shallop_import_sock_recv(wasi::Fd fd, const wasi::Iovec* iovs, Size count, std::uint32_t flags,
                                      Size* received, wasi::Roflags* out_flags);

SHALLOP_WASI_IMPORT("sock_recv_from_v2")
std::int32_t shallop_import_sock_recv_from(wasi::Fd fd, const wasi::Iovec* iovs, Size count, wasi::Address* address,
                                           std::uint32_t flags, std::uint32_t* port, Size* received,
                                           wasi::Roflags* out_flags);

SHALLOP_WASI_IMPORT("sock_send")
std::int32_t shallop_import_sock_send(wasi::Fd fd, const wasi::Ciovec* iovs, Size count, std::uint32_t flags,
                                      Size* sent);

SHALLOP_WASI_IMPORT("sock_send_to")
std::int32_t shallop_import_sock_send_to(wasi::Fd fd, const wasi::Ciovec* iovs, Size count,
                                         const wasi::Address* address, std::uint32_t port, std::uint32_t flags,
                                         Size* sent);

SHALLOP_WASI_IMPORT("sock_getsockopt")
std::int32_t shallop_import_sock_getsockopt(wasi::Fd fd, std::uint32_t level, std::uint32_t name, void* value,
                                            Size* length);

SHALLOP_WASI_IMPORT("sock_setsockopt")
std::int32_t shallop_import_sock_setsockopt(wasi::Fd fd, std::uint32_t level, std::uint32_t name, const void* value,
                                            Size length);

SHALLOP_WASI_IMPORT("sock_getlocaladdr")
std::int32_t shallop_import_sock_getlocaladdr(wasi::Fd fd, wasi::Address* address, wasi::AddressKind* kind,
                                              std::uint32_t* port);

SHALLOP_WASI_IMPORT("sock_getpeeraddr")
std::int32_t shallop_import_sock_getpeeraddr(wasi::Fd fd, wasi::Address* address, wasi::AddressKind* kind,
                                             std::uint32_t* port);

SHALLOP_WASI_IMPORT("sock_getaddrinfo")
std::int32_t shallop_import_sock_getaddrinfo(const char* node, Size node_length, const char* service,
                                             Size service_length, const wasi::Addrinfo* hints, wasi::Pointer* result,
                                             Size capacity, Size* count);

SHALLOP_WASI_IMPORT("poll_oneoff")
std::int32_t shallop_import_poll_oneoff(const wasi::Subscription* subscriptions, wasi::Event* events, Size count,
                                        Size* ready);
}

}  // namespace shallop::posix::imports
