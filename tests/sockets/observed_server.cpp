// SPDX-License-Identifier: Apache-2.0
#include "sockets/observed_server.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

namespace shallop::sockets {
namespace {

using namespace std::chrono_literals;

std::string proc(const cli::Process& process, const char* what) {
  return "/proc/" + std::to_string(process.id()) + "/" + what;
}

std::vector<std::string> command_of(const ServerGuest& guest, const ServerOptions& options, uint16_t port) {
  std::vector<std::string> command;
  if (options.descriptors_max != 0) {
    const std::string limit = "ulimit -n " + std::to_string(options.descriptors_max);
    command = {"/bin/sh", "-c", limit + R"( && exec "$0" "$@")"};
  }
  command.insert(command.end(), {SHALLOP_PROGRAM, "run", "--net"});
  const std::vector<std::string> engine = engine_options(options.build);
  command.insert(command.end(), engine.begin(), engine.end());
  command.insert(command.end(), options.options.begin(), options.options.end());
  command.insert(command.end(), {guest.file, std::to_string(port)});
  return command;
}

}  // namespace

const ServerGuest& http_service() {
  static const std::string head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 26\r\n\r\n";
  static const ServerGuest guest{.name = "HttpService",
                                 .file = SHALLOP_EXAMPLES "/http_service.wasm",
                                 .request = head + "abcdefghijklmnopqrstuvwxyz",
                                 .answer_end = "Hello from POST request",
                                 .body_begin = head.size()};
  return guest;
}

const ServerGuest& poll_server() {
  static const ServerGuest guest{.name = "PollServer",
                                 .file = SOCKET_PROGRAMS "/poll_server.wasm",
                                 .request = "request",
                                 .answer_end = "head:request",
                                 .body_begin = 4};
  return guest;
}

ObservedServer::ObservedServer(const ServerGuest& guest, const ServerOptions& options)
    : guest_(guest), process_(command_of(guest, options, port_), "/", with_test_cache()) {
  EXPECT_TRUE(process_.wait_for_output("listening"));
}

bool ObservedServer::answers(Client& client) const {
  client.send(guest_.request);
  const std::string answer = client.receive_until(guest_.answer_end);
  return answer.ends_with(guest_.answer_end);
}

bool ObservedServer::answers() const {
  Client client(port_);
  return answers(client);
}

size_t ObservedServer::descriptors() const {
  const std::filesystem::directory_iterator folder(proc(process_, "fd"));
  return static_cast<size_t>(std::distance(begin(folder), end(folder)));
}

size_t ObservedServer::settled_descriptors() const {
  size_t count = descriptors();
  for (int steady = 0; steady < 15; ++steady) {
    std::this_thread::sleep_for(20ms);
    const size_t now = descriptors();
    if (now != std::exchange(count, now)) steady = 0;
  }
  return count;
}

bool ObservedServer::comes_down_to_descriptors(size_t count) const {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (descriptors() > count) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(20ms);
  }
  return true;
}

std::chrono::nanoseconds ObservedServer::processor_time() const {
  clockid_t clock = 0;
  timespec time{};
  EXPECT_EQ(::clock_getcpuclockid(process_.id(), &clock), 0);
  EXPECT_EQ(::clock_gettime(clock, &time), 0);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

uint64_t ObservedServer::resident_bytes() const {
  std::ifstream file(proc(process_, "statm"));
  uint64_t size_pages = 0;
  uint64_t resident_pages = 0;
  file >> size_pages >> resident_pages;
  return resident_pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace shallop::sockets
