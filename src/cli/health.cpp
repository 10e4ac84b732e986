// SPDX-License-Identifier: Apache-2.0
// `shallop health`: whether a server on this machine, or in this container, is well. For engines that run a command to
// find that out, where there is no shell and no curl.
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <string_view>
#include <system_error>

#include "base/parse_number.hpp"
#include "base/unique_fd.hpp"
#include "cli/command_line.hpp"
#include "cli/option_values.hpp"
#include "embedder/diagnostics.hpp"

namespace shallop::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int unwell = 1;

struct Question {
  uint16_t port = 8080;
  std::string path = "/";
  Clock::time_point deadline;
};

[[noreturn]] void fail(const Question& question, std::string_view what) {
  throw Error(fmt::format("http://127.0.0.1:{}{}: {}", question.port, question.path, what));
}

std::string reason(int error) { return std::generic_category().message(error); }

void wait_for(const Question& question, int socket, short events) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(question.deadline - Clock::now());
  pollfd wanted{.fd = socket, .events = events, .revents = 0};
  if (left.count() <= 0 || ::poll(&wanted, 1, static_cast<int>(left.count())) == 0) fail(question, "no answer in time");
}

// By IPv4, or by IPv6 where nobody listens there: a server may have bound either.
UniqueFd connect(const Question& question) {
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  ipv4.sin_port = htons(question.port);
  ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = htons(question.port);
  ipv6.sin6_addr = in6addr_loopback;
  int first_error = 0;
  for (const bool is_first : {true, false}) {
    const auto* address =
        is_first ? reinterpret_cast<const sockaddr*>(&ipv4) : reinterpret_cast<const sockaddr*>(&ipv6);
    const socklen_t size = is_first ? sizeof ipv4 : sizeof ipv6;
    UniqueFd socket(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    int error = 0;
    if (!socket || (::connect(socket.get(), address, size) != 0 && errno != EINPROGRESS)) {
      error = errno;
    } else {
      wait_for(question, socket.get(), POLLOUT);
      socklen_t error_size = sizeof error;
      ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &error_size);
    }
    if (error == 0) return socket;
    if (is_first) first_error = error;
  }
  fail(question, reason(first_error));
}

void send_request(const Question& question, int socket) {
  const std::string request =
      fmt::format("GET {} HTTP/1.1\r\nhost: localhost:{}\r\nuser-agent: shallop-health\r\nconnection: close\r\n\r\n",
                  question.path, question.port);
  for (size_t sent = 0; sent < request.size();) {
    const ssize_t count = ::send(socket, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (count >= 0) {
      sent += static_cast<size_t>(count);
    } else if (errno == EAGAIN) {
      wait_for(question, socket, POLLOUT);
    } else if (errno != EINTR) {
      fail(question, reason(errno));
    }
  }
}

// "HTTP/1.1 200 OK" and the rest of its line.
std::string receive_status_line(const Question& question, int socket) {
  constexpr size_t size_max = 4096;
  std::string line;
  std::array<char, 512> buffer;
  while (!line.contains('\n') && line.size() < size_max) {
    const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (count > 0) {
      line.append(buffer.data(), static_cast<size_t>(count));
    } else if (count == 0) {
      fail(question, line.empty() ? "the connection was closed without an answer" : "the answer is no HTTP");
    } else if (errno == EAGAIN) {
      wait_for(question, socket, POLLIN);
    } else if (errno != EINTR) {
      fail(question, reason(errno));
    }
  }
  return line.substr(0, line.find_first_of("\r\n"));
}

int status_of(const Question& question, std::string_view line) {
  int status = 0;
  const size_t space = line.find(' ');
  if (line.starts_with("HTTP/1.") && space != line.npos) {
    std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  }
  if (status < 100 || status > 999) fail(question, "the answer is no HTTP");
  return status;
}

Question read_question(const Arguments& operands, const std::string& timeout) {
  Question question;
  if (!operands.empty()) {
    const auto port = parse_number<uint16_t>(operands[0], 1);
    if (!port) throw UsageError(fmt::format("health: '{}' is no port from 1 to 65535", operands[0]));
    question.port = *port;
  }
  if (operands.size() > 1) {
    question.path = operands[1].starts_with('/') ? operands[1] : '/' + operands[1];
    for (const char each : question.path) {
      if (each <= ' ' || each == 0x7F) throw UsageError("health: a path has no spaces and control characters");
    }
  }
  question.deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(parse_duration("--timeout", timeout));
  return question;
}

}  // namespace

int health_command(const Arguments& arguments) {
  CommandLine line("shallop health", "[PORT] [PATH]",
                   "Asks the server on this machine, or in this container, for PATH (/) on PORT (8080) by HTTP. Status "
                   "0: it answered, with a status below 400. Status 1: it did not, and one line says why.");
  std::string timeout = "5s";
  line.app().add_option("--timeout", timeout, "How long it may take (5s)")->option_text("TIME");
  const auto operands = line.parse(arguments);
  if (!operands) return exit_status::success;
  if (operands->size() > 2) throw UsageError("health takes a port and a path: shallop health 8080 /ready");
  const Question question = read_question(*operands, timeout);
  const UniqueFd socket = connect(question);
  send_request(question, socket.get());
  const std::string status_line = receive_status_line(question, socket.get());
  if (status_of(question, status_line) < 400) return exit_status::success;
  print_diagnostic(printable(fmt::format("http://127.0.0.1:{}{}: {}", question.port, question.path, status_line)));
  return unwell;
}

}  // namespace shallop::cli
