// SPDX-License-Identifier: Apache-2.0
// A server as the first process of a container: the kernel gives it no default actions for signals, and every process
// that has lost its parent. https://man7.org/linux/man-pages/man7/pid_namespaces.7.html
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "cli/process.hpp"
#include "sockets/client.hpp"
#include "support/builds.hpp"
#include "support/temporary_directory.hpp"

namespace shallop::sockets {
namespace {

using namespace std::chrono_literals;
using cli::Process;

std::vector<std::string> in_a_namespace(const std::vector<std::string>& command) {
  std::vector<std::string> words{"/usr/bin/unshare", "--pid", "--fork"};
  if (::geteuid() != 0) words.insert(words.end(), {"--user", "--map-root-user"});
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

bool has_namespaces() {
  return ::access("/usr/bin/unshare", X_OK) == 0 && Process(in_a_namespace({"/bin/true"}), "/", {}).wait().status == 0;
}

std::vector<pid_t> children_of(pid_t process) {
  std::vector<pid_t> all;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
    std::ifstream file(thread.path() / "children");
    for (pid_t child = 0; file >> child;) all.push_back(child);
  }
  return all;
}

template <class Condition>
bool comes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

class FirstProcess : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_namespaces()) GTEST_SKIP() << "process namespaces cannot be made here";
  }

  // `before`: a command of the shell that becomes the server.
  void start(const std::vector<std::string>& options, const std::string& before = "true") {
    std::vector<std::string> command{"/bin/sh", "-c", before + R"(; exec "$0" "$@")", SHALLOP_PROGRAM, "run", "--net"};
    command.insert(command.end(), options.begin(), options.end());
    command.insert(command.end(), {SOCKET_PROGRAMS "/poll_server.wasm", std::to_string(port_)});
    outer_ =
        std::make_unique<Process>(in_a_namespace(command), "/",
                                  std::vector<std::string>{"XDG_CACHE_HOME=" + cache_.path(), "PATH=/usr/bin:/bin"});
    ASSERT_TRUE(outer_->wait_for_output("listening"));
    const std::vector<pid_t> children = children_of(outer_->id());
    ASSERT_EQ(children.size(), 1u);
    server_ = children.front();
  }

  const uint16_t port_ = free_port();
  const TemporaryDirectory cache_;
  std::unique_ptr<Process> outer_;
  pid_t server_ = 0;
};

TEST_F(FirstProcess, EndsInOrderOnASignal) {
  for (const int signal : {SIGTERM, SIGINT}) {
    start({"--engine", "interpreter"});
    Client client(port_);
    client.send("request");
    EXPECT_EQ(client.receive(12), "head:request");
    ::kill(server_, signal);
    EXPECT_TRUE(client.is_at_end());
    EXPECT_EQ(outer_->wait().status, 0);
  }
}

TEST_F(FirstProcess, EndsAtOnceOnASecondSignal) {
  start({"--engine", "interpreter"});
  Client client(port_);
  client.send("request");
  EXPECT_EQ(client.receive(12), "head:request");
  ::kill(server_, SIGTERM);
  std::this_thread::sleep_for(20ms);
  ::kill(server_, SIGTERM);
  EXPECT_EQ(outer_->wait().status, 128 + SIGTERM);
}

bool catches(pid_t process, int signal) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigCgt:")) return (std::stoull(line.substr(7), nullptr, 16) >> (signal - 1) & 1) != 0;
  }
  return false;
}

// There is no supervisor yet that would take the signal, and the kernel does nothing with it by itself.
TEST_F(FirstProcess, EndsWhileItsModuleIsLoaded) {
  outer_ = std::make_unique<Process>(
      in_a_namespace({"/bin/sh", "-c", R"(mkfifo "$1/module" && exec 3<>"$1/module" && exec "$0" run - <&3)",
                      SHALLOP_PROGRAM, cache_.path()}),
      "/", std::vector<std::string>{"PATH=/usr/bin:/bin"});
  pid_t first = 0;
  ASSERT_TRUE(comes_true([&] {
    const std::vector<pid_t> children = children_of(outer_->id());
    first = children.empty() ? 0 : children.front();
    return first != 0 && catches(first, SIGTERM);
  }));
  ::kill(first, SIGTERM);
  EXPECT_EQ(outer_->wait().status, 128 + SIGTERM);
}

TEST_F(FirstProcess, ReapsThoseWhoLostTheirParent) {
  start({"--engine", "interpreter"}, "(sleep 1 &)");
  EXPECT_EQ(children_of(server_).size(), 1u);
  EXPECT_TRUE(comes_true([&] { return children_of(server_).empty(); }));
}

#ifdef SHALLOP_HAS_COMPILER
bool holds_native_code(const std::string& folder) {
  const std::filesystem::recursive_directory_iterator files(folder);
  return std::any_of(begin(files), end(files), [](const auto& each) { return each.path().extension() == ".native"; });
}

// The compiler is a child of the process, too, but its end is for the one who waits for it.
TEST_F(FirstProcess, LeavesTheCompilerToWhoWaitsForIt) {
#if __has_feature(address_sanitizer)
  GTEST_SKIP()
      << "LeakSanitizer cannot look at a process of another PID namespace, and ends the compiler with an error";
#endif
  start({"--verbose"});
  EXPECT_TRUE(comes_true([&] { return holds_native_code(cache_.path()); }));
  ::kill(server_, SIGTERM);
  const std::string err = outer_->wait().err;
  EXPECT_NE(err.find("native code from now on"), std::string::npos) << err;
}
#endif

}  // namespace
}  // namespace shallop::sockets
