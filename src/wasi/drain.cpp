// SPDX-License-Identifier: Apache-2.0
#include "wasi/drain.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

// After <netinet/in.h>, and instead of <netinet/tcp.h>, whose tcp_info lacks the counts of bytes.
#include <linux/tcp.h>

#include "wasi/context.hpp"
#include "wasi/errno.hpp"
#include "wasi/listening_socket.hpp"

namespace shallop::wasi {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view end_line = "connection: close\r\n";

int queued_bytes(int socket, unsigned long request) {
  int amount = 0;
  return ::ioctl(socket, request, &amount) == 0 ? amount : 0;
}

// The last to speak was the server (or nobody has spoken), what it said is complete as far as it can be told, nothing
// is on its way in either direction, and it has been silent for a while. The host's times of the last data are too
// coarse to tell who spoke last.
bool is_between_requests(const Descriptor& connection, milliseconds silence) {
  if (connection.was_asked || connection.response.is_under_way()) return false;
  const int socket = connection.host.get();
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return true;  // no TCP: nothing to wait for
  const milliseconds received{info.tcpi_last_data_recv};
  const milliseconds sent{info.tcpi_last_data_sent};
  return std::min(received, sent) >= silence && queued_bytes(socket, FIONREAD) == 0 &&
         queued_bytes(socket, SIOCOUTQ) == 0;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool has_connection_field(std::string_view head) {
  constexpr std::string_view field = "\nconnection:";
  return !std::ranges::search(head, field, {}, lower).empty();
}

// Where a field line can be put into the head of an HTTP/1.1 response: behind its status line. 0 where there is no such
// head, or it tells about the connection itself.
size_t end_line_position(std::string_view bytes) {
  if (!bytes.starts_with("HTTP/1.1 ") || bytes.starts_with("HTTP/1.1 1")) return 0;  // 1xx: not the response yet
  const size_t line_end = bytes.find("\r\n");
  if (line_end == std::string_view::npos) return 0;
  const std::string_view head = bytes.substr(0, bytes.find("\r\n\r\n"));
  return has_connection_field(head) ? 0 : line_end + 2;
}

// On a socket whose queue is empty, which takes so few bytes at once.
bool send_whole(int socket, std::string_view bytes) {
  return retry_interrupted([&] { return ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_MORE); }) ==
         static_cast<ssize_t>(bytes.size());
}

}  // namespace

bool Drain::step(Context& context) {
  const Clock::time_point now = Clock::now();
  if (now < next_look_) return false;
  next_look_ = now + interval;
  if (!since_) {
    since_ = now;
    pressure_.emplace();
    worker_.drain_noticed.store(true, std::memory_order_relaxed);
    context.descriptors.for_each([](Fd, Descriptor& each) {
      if (each.is_listening && !each.shared) stop_connecting(each.host.get());
    });
  }
  const milliseconds silence = Drain::silence(pressure_->share());
  bool any_left = false;
  context.descriptors.for_each([&](Fd, Descriptor& each) {
    if (each.is_accepted) {
      any_left = true;
      look_after(each, silence);
    } else if (each.is_listening && !retires(each)) {
      any_left = true;
    }
    if (each.is_retired) {
      context.unwatch(each);
    } else if (each.readiness.ended) {
      context.readiness.forget(each);
    }
  });
  return !any_left;
}

void Drain::look_after(Descriptor& connection, milliseconds silence) {
  connection.readiness.ended = connection.readiness.ended || is_between_requests(connection, silence);
}

bool Drain::retires(Descriptor& listener) const {
  if (listener.is_retired) return true;
  if (AcceptQueue* const queue = listener.shared ? listener.shared->connections() : nullptr) {
    listener.is_retired = queue->finished() && queue->waiting() == 0;
  } else if (since_ && Clock::now() - *since_ >= last_arrivals) {
    pollfd waiting{.fd = listener.host.get(), .events = POLLIN, .revents = 0};
    listener.is_retired = ::poll(&waiting, 1, 0) == 0;
    // Who connects from now on is refused at once.
    if (listener.is_retired) ::shutdown(listener.host.get(), SHUT_RD);
  }
  return listener.is_retired;
}

ssize_t Drain::announce_end(Descriptor& connection, const iovec& bytes) {
  if (!connection.is_accepted || !connection.was_asked || connection.end_announced) return 0;
  const std::string_view text(static_cast<const char*>(bytes.iov_base), bytes.iov_len);
  const size_t position = end_line_position(text);
  const int socket = connection.host.get();
  // Behind what a slow client has not taken yet there may be no room, and half a line cannot be taken back.
  if (position == 0 || queued_bytes(socket, SIOCOUTQ) != 0) return 0;
  connection.end_announced = true;
  if (!send_whole(socket, text.substr(0, position)) || !send_whole(socket, end_line)) return -1;
  return static_cast<ssize_t>(position);
}

}  // namespace shallop::wasi
