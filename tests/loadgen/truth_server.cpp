// SPDX-License-Identifier: Apache-2.0
#include "loadgen/truth_server.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <stdexcept>
#include <string_view>

namespace shallop::loadgen {
namespace {

constexpr std::string_view body = "Hello from GET request";

void send_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
    if (size <= 0) return;  // the client went: its right
    text.remove_prefix(static_cast<size_t>(size));
  }
}

std::string response(std::string_view status, std::string_view fields, std::string_view content) {
  return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(content.size()) + "\r\n\r\n" + std::string(content);
}

}  // namespace

TruthServer::TruthServer(Law law, Place place, const std::string& path)
    : law_(std::move(law)), epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_CLOEXEC)) {
  listen_at(place, path);
  for (const int each : {listener_.get(), wake_.get()}) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = each}};
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, each, &event);
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

void TruthServer::listen_at(Place place, const std::string& path) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (place == Place::unix_socket) {
    auto* address = reinterpret_cast<sockaddr_un*>(&storage);
    address->sun_family = AF_UNIX;
    path.copy(address->sun_path, sizeof address->sun_path - 1);
    size = sizeof *address;
  } else if (place == Place::ipv6) {
    auto* address = reinterpret_cast<sockaddr_in6*>(&storage);
    address->sin6_family = AF_INET6;
    address->sin6_addr = in6addr_loopback;
    size = sizeof *address;
  } else {
    auto* address = reinterpret_cast<sockaddr_in*>(&storage);
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    size = sizeof *address;
  }
  listener_.reset(socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  auto* generic = reinterpret_cast<sockaddr*>(&storage);
  if (bind(listener_.get(), generic, size) != 0 || listen(listener_.get(), 4096) != 0 ||
      getsockname(listener_.get(), generic, &size) != 0) {
    throw std::runtime_error("the truth server cannot listen");
  }
  // Both families have their port at the same place.
  if (place != Place::unix_socket) port_ = ntohs(reinterpret_cast<sockaddr_in*>(&storage)->sin_port);
}

TruthServer::~TruthServer() {
  thread_.request_stop();
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
}

std::string TruthServer::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

void TruthServer::stall(std::chrono::milliseconds after, std::chrono::milliseconds length) {
  const std::lock_guard lock(mutex_);
  stall_after_ = after;
  stall_length_ = length;
}

uint64_t TruthServer::count(Act act) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(act);
  return found == counts_.end() ? 0 : found->second;
}

std::string TruthServer::latest_request() const {
  const std::lock_guard lock(mutex_);
  return latest_request_;
}

int TruthServer::wait_ms() const {
  if (due_.empty()) return -1;
  // Rounded up: a delay is never shorter than the law says.
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due_.top().time - Clock::now());
  return static_cast<int>(std::max<int64_t>(left.count(), 0));
}

void TruthServer::serve(const std::stop_token& stop) {
  std::array<epoll_event, 256> events{};
  while (!stop.stop_requested()) {
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms());
    if (Clock::now() >= stall_at_) {
      stall_at_ = Clock::time_point::max();
      std::this_thread::sleep_for(stall_length_);
    }
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[static_cast<size_t>(i)].data.fd;
      if (descriptor == listener_.get()) {
        accept_all();
      } else if (descriptor != wake_.get()) {
        read_from(descriptor);
      }
    }
    do_due();
  }
}

void TruthServer::accept_all() {
  for (;;) {
    UniqueFd socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) return;
    const int on = 1;
    setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int descriptor = socket.get();
    epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event);
    serials_[descriptor] = ++accepted_;
    peers_[descriptor] = {std::move(socket), {}};
  }
}

void TruthServer::read_from(int descriptor) {
  const auto peer = peers_.find(descriptor);
  if (peer == peers_.end()) return;
  std::array<char, 16384> buffer{};
  const ssize_t size = recv(descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size <= 0) {
    peers_.erase(peer);
    return;
  }
  peer->second.received.append(buffer.data(), static_cast<size_t>(size));
  const size_t end = peer->second.received.find("\r\n\r\n");
  if (end == std::string::npos) return;
  std::string header = peer->second.received.substr(0, end + 4);
  peer->second.received.clear();  // no pipelining, and the tests' bodies come with their header
  take_request(descriptor, std::move(header));
}

void TruthServer::take_request(int descriptor, std::string header) {
  const Reply reply = law_(requests_++);
  {
    const std::lock_guard lock(mutex_);
    ++counts_[reply.act];
    latest_request_ = std::move(header);
    if (stall_after_.count() >= 0) {
      stall_at_ = Clock::now() + stall_after_;
      stall_after_ = std::chrono::milliseconds(-1);
    }
  }
  if (reply.delay.count() == 0) return perform(descriptor, reply.act);
  due_.push({Clock::now() + reply.delay, descriptor, serials_[descriptor], reply.act});
}

void TruthServer::do_due() {
  while (!due_.empty() && due_.top().time <= Clock::now()) {
    const Due due = due_.top();
    due_.pop();
    if (peers_.contains(due.descriptor) && serials_[due.descriptor] == due.serial) perform(due.descriptor, due.act);
  }
}

void TruthServer::perform(int descriptor, Act act) {
  switch (act) {
    case Act::answer: return send_all(descriptor, response("200 OK", "", body));
    case Act::fail: return send_all(descriptor, response("500 Internal Server Error", "", "no"));
    case Act::redirect: return send_all(descriptor, response("302 Found", "Location: /\r\n", ""));
    case Act::other_body: return send_all(descriptor, response("200 OK", "", "Hello from GET requesT"));
    case Act::exceed: return send_all(descriptor, response("200 OK", "", body) + "and more");
    case Act::garbage: return send_all(descriptor, "220 mail.example.org ESMTP\r\n");
    case Act::endless_header:
      return send_all(descriptor, "HTTP/1.1 200 OK\r\nX: " + std::string(size_t{80} << 10, 'x'));
    case Act::chunked:
      for (const char* part : {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "c\r\nHello from G\r\n",
                               "a\r\nET request\r\n0\r\n\r\n"}) {
        send_all(descriptor, part);
      }
      return;
    case Act::never: return;
    case Act::close_after: send_all(descriptor, response("200 OK", "Connection: close\r\n", body)); break;
    case Act::until_close: send_all(descriptor, "HTTP/1.0 200 OK\r\n\r\n" + std::string(body)); break;
    case Act::truncate: send_all(descriptor, "HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\nHello"); break;
    case Act::close_silently: break;
    case Act::reset: {
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      break;
    }
  }
  peers_.erase(descriptor);
}

}  // namespace shallop::loadgen
