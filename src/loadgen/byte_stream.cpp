// SPDX-License-Identifier: Apache-2.0
#include "loadgen/byte_stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>

#include <cerrno>

namespace shallop::loadgen {

std::expected<void, int> ByteStream::open(const SocketAddress& address) {
  close();
  const int family = address.storage.ss_family;
  socket_.reset(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_) return std::unexpected(errno);
  if (family != AF_UNIX) {
    const int on = 1;
    setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  // The sockets interface takes every kind of address as a sockaddr.
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0 &&
      errno != EINPROGRESS) {
    const int error = errno;
    close();
    return std::unexpected(error);
  }
  return {};
}

int ByteStream::connect_error() const {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

bool ByteStream::start_tls(SSL_CTX* context, const std::string& host) {
  tls_ = make_tls_session(context, socket_.get(), host);
  return tls_ != nullptr;
}

ByteStream::Status ByteStream::shake_hands(Failure& failure) {
  ERR_clear_error();
  const int result = SSL_do_handshake(tls_.get());
  if (result == 1) return Status::ok;
  const int error = SSL_get_error(tls_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return Status::again;
  failure = tls_failure(tls_.get());
  return Status::failed;
}

ByteStream::Transfer ByteStream::tls_result(int result) {
  if (result > 0) return {.status = Status::ok, .size = static_cast<size_t>(result)};
  const int system_error = errno;
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return {.status = Status::again, .drained = true};
    case SSL_ERROR_ZERO_RETURN: return {.status = Status::end};
    case SSL_ERROR_SYSCALL: return {.status = Status::failed, .error = system_error != 0 ? system_error : ECONNRESET};
    default: return {.status = Status::failed, .error = EPROTO};
  }
}

ByteStream::Transfer ByteStream::receive(std::span<char> buffer) {
  if (tls_ != nullptr) {
    ERR_clear_error();
    return tls_result(SSL_read(tls_.get(), buffer.data(), static_cast<int>(buffer.size())));
  }
  const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (size > 0) {
    // Less than there was room for is all there was: epoll(7), "Do I need to continuously read/write ...".
    return {.size = static_cast<size_t>(size), .drained = static_cast<size_t>(size) < buffer.size()};
  }
  if (size == 0) return {.status = Status::end};
  if (errno == EAGAIN || errno == EINTR) return {.status = Status::again, .drained = errno == EAGAIN};
  return {.status = Status::failed, .error = errno};
}

ByteStream::Transfer ByteStream::send(std::string_view bytes) {
  if (tls_ != nullptr) {
    ERR_clear_error();
    return tls_result(SSL_write(tls_.get(), bytes.data(), static_cast<int>(std::min<size_t>(bytes.size(), 1U << 30))));
  }
  const ssize_t size = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (size >= 0) return {.size = static_cast<size_t>(size)};
  if (errno == EAGAIN || errno == EINTR) return {.status = Status::again};
  return {.status = Status::failed, .error = errno};
}

void ByteStream::close() {
  tls_.reset();
  socket_.reset();
}

}  // namespace shallop::loadgen
