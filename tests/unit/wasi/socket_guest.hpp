// SPDX-License-Identifier: Apache-2.0
// A guest with an open network, and host sockets on loopback for it to talk to.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"
#include "unit/wasi/guest.hpp"
#include "wasi/socket_address.hpp"

namespace shallop::wasi {

// A socket of the host; throws where the host refuses.
class HostSocket {
 public:
  static HostSocket listener(const SocketAddress& address, int backlog = 16);
  static HostSocket datagram(const SocketAddress& address);
  static HostSocket connected_to(uint16_t port);
  HostSocket accept() const;

  int fd() const { return fd_.get(); }
  uint16_t port() const;
  void send(std::string_view text) const;
  std::string receive(size_t capacity = 4'096) const;
  void close() { fd_.reset(); }
  void reset_connection();  // closes with RST

 private:
  explicit HostSocket(int fd);
  UniqueFd fd_;
};

inline constexpr auto inet4 = raw(AddressFamily::inet4);
inline constexpr auto inet6 = raw(AddressFamily::inet6);
inline constexpr auto stream = raw(SocketType::stream);
inline constexpr auto dgram = raw(SocketType::dgram);

class SocketTest : public testing::Test {
 protected:
  explicit SocketTest(ContextOptions options = {.network = NetworkPolicy::open()}) : guest_(std::move(options)) {}

  Context& context() { return guest_.context; }
  Caller caller() { return guest_.caller(); }
  int host_fd(Fd fd) { return context().descriptors.find(fd)->host.get(); }

  // Those that must succeed.
  Fd open(Unchecked<AddressFamily> family = inet4, Unchecked<SocketType> type = stream);
  Fd listening(uint16_t* port, bool nonblocking = false);
  void set_nonblocking(Fd fd);
  // A connection: the guest's side, and the host's in `peer`.
  struct Connection {
    Fd fd;
    HostSocket peer;
  };
  Connection connection(bool nonblocking = true);

  // Addresses as guests have them.
  GuestPointer<Address> loopback4();
  GuestPointer<Address> loopback6();
  GuestPointer<Address> storage(AddressFamily family, const std::vector<uint8_t>& bytes);
  GuestPointer<Address> buffer(Size size);
  std::vector<uint8_t> bytes_of(GuestPointer<Address> address);

  Errno recv(Fd fd, Size capacity, Riflags flags = Riflags::none);
  Errno send(Fd fd, std::string_view text);
  int option(Fd fd, int level, int name);  // of the host's socket

  Guest guest_;
  Fd fd_ = 0;             // of the last accept
  std::string received_;  // by the last recv
  Roflags roflags_ = Roflags::none;
  Size count_ = 0;  // of the last send
};

}  // namespace shallop::wasi
