// SPDX-License-Identifier: Apache-2.0
// A connection's bytes, with or without TLS: never blocks. Clear text pays one branch for TLS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "loadgen/failure.hpp"
#include "loadgen/plan.hpp"
#include "loadgen/tls.hpp"

namespace shallop::loadgen {

class ByteStream {
 public:
  enum class Status : uint8_t { ok, again, end, failed };
  struct Transfer {
    Status status = Status::ok;
    size_t size = 0;
    int error = 0;         // errno when it failed; EPROTO for TLS
    bool drained = false;  // of a reception: nothing more is there, and epoll will tell when there is
  };

  // Begins to connect; the socket is writable when that has ended, one way or the other. The error is an errno.
  std::expected<void, int> open(const SocketAddress& address);
  // The errno with which connecting ended; 0 when it succeeded.
  int connect_error() const;
  // False when there is no memory for it.
  bool start_tls(SSL_CTX* context, const std::string& host);
  // Nothing while the handshake goes on: `again`. Otherwise `ok`, or `failed` with the reason in `failure`.
  Status shake_hands(Failure& failure);
  bool has_tls() const { return tls_ != nullptr; }
  const SSL* tls() const { return tls_.get(); }

  Transfer receive(std::span<char> buffer);
  Transfer send(std::string_view bytes);

  void close();
  bool is_open() const { return static_cast<bool>(socket_); }
  int descriptor() const { return socket_.get(); }

 private:
  Transfer tls_result(int result);

  UniqueFd socket_;
  TlsSession tls_;
};

}  // namespace shallop::loadgen
