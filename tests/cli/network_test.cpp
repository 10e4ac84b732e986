// SPDX-License-Identifier: Apache-2.0
// --net and --listen against real sockets on the loopback.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <thread>

#include "base/unique_fd.hpp"
#include "cli/workshop.hpp"

namespace shallop::cli {
namespace {

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

const sockaddr* generic(const sockaddr_in& address) { return reinterpret_cast<const sockaddr*>(&address); }

// A port of the loopback that is taken for as long as this lives.
class TakenPort {
 public:
  TakenPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (!socket_) throw std::system_error(errno, std::system_category(), "socket");
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_.get(), generic(address), size), 0);
    EXPECT_EQ(::listen(socket_.get(), 1), 0);
    EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    number_ = ntohs(address.sin_port);
  }
  uint16_t number() const { return number_; }

 private:
  UniqueFd socket_;
  uint16_t number_ = 0;
};

// What the other side says until it closes; empty when nobody answers for ten seconds.
std::string read_from_port(uint16_t port) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  const sockaddr_in address = loopback(port);
  while (std::chrono::steady_clock::now() < deadline) {
    const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket.get(), generic(address), sizeof address) != 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      continue;
    }
    std::string text;
    std::array<char, 256> buffer{};
    for (ssize_t size = 0; (size = ::read(socket.get(), buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<size_t>(size));
    }
    return text;
  }
  return {};
}

TEST(Listen, GivesTheGuestAListeningSocketWithoutOpeningTheNetwork) {
  const uint16_t port = TakenPort().number();
  const Workshop workshop;
  const auto process = workshop.start({"run", "--listen", "127.0.0.1:" + std::to_string(port), "serve_once.wasm"});
  EXPECT_EQ(read_from_port(port), "hello\n");
  const auto [out, err, status] = process->wait();
  EXPECT_EQ(err, "");
  EXPECT_EQ(status, 0);
}

TEST(Listen, APortInUseIsOneSentence) {
  const TakenPort port;
  const std::string address = "127.0.0.1:" + std::to_string(port.number());
  const auto [out, err, status] = Workshop().start({"run", "--listen", address, "serve_once.wasm"})->wait();
  EXPECT_EQ(status, 1);
  EXPECT_EQ(out, "");
  EXPECT_EQ(err, "shallop: serve_once.wasm: cannot listen on " + address + ": Address already in use\n");
}

}  // namespace
}  // namespace shallop::cli
