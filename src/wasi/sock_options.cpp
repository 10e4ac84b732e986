// SPDX-License-Identifier: Apache-2.0
// sock_getsockopt and sock_setsockopt. Values travel as Linux has them, but for the socket's type and error.
#include <net/if.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "wasi/errno.hpp"
#include "wasi/functions.hpp"

namespace shallop::wasi {
namespace {

enum class ValueKind : uint8_t { integer, socket_type, error, linger, timeout, device };

struct HostOption {
  SocketOption guest_name;
  int name;
  ValueKind kind = ValueKind::integer;
  bool is_settable = true;
};

// By the guest's numbers.
constexpr std::array socket_options{
    HostOption{SocketOption::reuseaddr, SO_REUSEADDR},
    HostOption{SocketOption::type, SO_TYPE, ValueKind::socket_type, false},
    HostOption{SocketOption::error, SO_ERROR, ValueKind::error, false},
    HostOption{SocketOption::dontroute, SO_DONTROUTE},
    HostOption{SocketOption::broadcast, SO_BROADCAST},
    HostOption{SocketOption::sndbuf, SO_SNDBUF},
    HostOption{SocketOption::rcvbuf, SO_RCVBUF},
    HostOption{SocketOption::keepalive, SO_KEEPALIVE},
    HostOption{SocketOption::oobinline, SO_OOBINLINE},
    HostOption{SocketOption::linger, SO_LINGER, ValueKind::linger},
    HostOption{SocketOption::rcvlowat, SO_RCVLOWAT},
    HostOption{SocketOption::rcvtimeo, SO_RCVTIMEO, ValueKind::timeout},
    HostOption{SocketOption::sndtimeo, SO_SNDTIMEO, ValueKind::timeout},
    HostOption{SocketOption::acceptconn, SO_ACCEPTCONN, ValueKind::integer, false},
    HostOption{SocketOption::bindtodevice, SO_BINDTODEVICE, ValueKind::device},
};
static_assert([] {
  for (size_t i = 0; i < socket_options.size(); ++i) {
    if (static_cast<size_t>(socket_options[i].guest_name) != i) return false;
  }
  return true;
}());

struct LevelAndOption {
  int level;
  HostOption option;
};

std::optional<LevelAndOption> find_option(SocketOptionLevel level, SocketOption name) {
  const auto index = static_cast<size_t>(name);
  switch (level) {
    case SocketOptionLevel::socket:
    case SocketOptionLevel::libc_socket:
      if (index >= socket_options.size()) return std::nullopt;
      return LevelAndOption{SOL_SOCKET, socket_options[index]};
    case SocketOptionLevel::tcp:
      if (index != tcp_option_nodelay) return std::nullopt;
      return LevelAndOption{IPPROTO_TCP, {.guest_name = name, .name = TCP_NODELAY}};
  }
  return std::nullopt;
}

// A value on its way between host and guest: at most a device's name.
struct OptionValue {
  alignas(8) std::array<std::byte, IFNAMSIZ> bytes{};
  socklen_t size = IFNAMSIZ;

  template <class T>
  T as() const {
    T value;
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }
  template <class T>
  void set(const T& value) {
    static_assert(sizeof(T) <= IFNAMSIZ);
    std::memcpy(bytes.data(), &value, sizeof(T));
    size = sizeof(T);
  }
};

// How many bytes the guest must give at least.
size_t size_of(ValueKind kind) {
  switch (kind) {
    case ValueKind::integer:
    case ValueKind::socket_type:
    case ValueKind::error: return sizeof(int32_t);
    case ValueKind::linger: return sizeof(Linger);
    case ValueKind::timeout: return sizeof(SocketTimeout);
    case ValueKind::device: return 0;
  }
  return 0;
}

// wasm32's timeval and ours are the same on 64-bit hosts; so are the two lingers.
static_assert(sizeof(timeval) == sizeof(SocketTimeout) && sizeof(linger) == sizeof(Linger));

void translate(ValueKind kind, OptionValue& value) {
  if (kind == ValueKind::socket_type) {
    value.set<int32_t>(value.as<int>() == SOCK_DGRAM ? bits(SocketType::dgram) : bits(SocketType::stream));
  } else if (kind == ValueKind::error) {
    value.set<int32_t>(bits(to_errno(value.as<int>())));
  }
}

}  // namespace

Errno sock_getsockopt(Context& context, Caller caller, Fd fd, SocketOptionLevel level, SocketOption name,
                      GuestBytes value, GuestPointer<Size> size_bytes) noexcept {
  const auto socket = context.descriptors.get_socket(fd, Rights::none);
  if (!socket) return socket.error();
  const auto option = find_option(level, name);
  if (!option) return Errno::inval;
  const GuestMemory memory(caller);
  const auto size_place = memory.at(size_bytes);
  if (!size_place) return Errno::fault;
  const std::span<std::byte> buffer = memory.bytes(value, size_place.load());
  if (buffer.data() == nullptr) return Errno::fault;
  const ValueKind kind = option->option.kind;
  if (kind == ValueKind::timeout && buffer.size() < sizeof(SocketTimeout)) return Errno::inval;

  OptionValue host;
  if (::getsockopt((*socket)->host.get(), option->level, option->option.name, host.bytes.data(), &host.size) != 0) {
    return last_errno();
  }
  translate(kind, host);
  // As on Linux, a short buffer gets the start of the value.
  const size_t size = std::min<size_t>(host.size, buffer.size());
  std::memcpy(buffer.data(), host.bytes.data(), size);
  size_place.store(static_cast<Size>(size));
  return Errno::success;
}

Errno sock_setsockopt(Context& context, Caller caller, Fd fd, SocketOptionLevel level, SocketOption name,
                      GuestBytes value, Size size_bytes) noexcept {
  const auto socket = context.descriptors.get_socket(fd, Rights::none);
  if (!socket) return socket.error();
  const auto option = find_option(level, name);
  if (!option) return Errno::inval;
  if (!option->option.is_settable) return Errno::noprotoopt;
  const std::span<std::byte> buffer = GuestMemory(caller).bytes(value, size_bytes);
  if (buffer.data() == nullptr) return Errno::fault;
  if (buffer.size() < size_of(option->option.kind)) return Errno::inval;

  const auto size = static_cast<socklen_t>(std::min<size_t>(buffer.size(), IFNAMSIZ));
  OptionValue host{.bytes = {}, .size = size};
  std::memcpy(host.bytes.data(), buffer.data(), size);
  return ::setsockopt((*socket)->host.get(), option->level, option->option.name, host.bytes.data(), size) == 0
             ? Errno::success
             : last_errno();
}

}  // namespace shallop::wasi
