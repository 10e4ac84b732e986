// SPDX-License-Identifier: Apache-2.0
// The guests that call preview1 by its raw imports, and the races and endings that take a host's hand.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "support/temporary_directory.hpp"
#include "wasi/preview1_runs.hpp"

namespace shallop::preview1 {
namespace {

namespace fs = std::filesystem;
using cli::Process;

std::string failures(const std::string& output) {
  std::istringstream lines(output);
  std::string failed;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("FAILED")) failed += line + "\n";
  }
  return failed;
}

class Preview1 : public testing::TestWithParam<std::tuple<GuestRun, Resolver, Build>> {};

TEST_P(Preview1, AnswersAsExpected) {
  const auto& [guest_run, resolver, build] = GetParam();
  const auto [out, err, status] = run(guest_run, resolver, build);
  if (status == cannot_run) GTEST_SKIP() << err;
  EXPECT_EQ(failures(out), "");
  EXPECT_EQ(status, 0) << out << err;
  EXPECT_FALSE(answers(out).empty()) << err;
}

// How paths are resolved is the same code under every engine: one of them does for our own walk.
std::vector<std::tuple<GuestRun, Resolver, Build>> all_ways() {
  std::vector<std::tuple<GuestRun, Resolver, Build>> all;
  for (const GuestRun& each : guest_runs()) {
    for (const Build build : wasm_builds()) all.emplace_back(each, Resolver::host, build);
    if (each.takes_paths) all.emplace_back(each, Resolver::walk, Build::interpreted);
  }
  return all;
}

std::string name_of(const testing::TestParamInfo<Preview1::ParamType>& info) {
  const auto& [guest_run, resolver, build] = info.param;
  return std::string(guest_run.name) + (resolver == Resolver::walk ? "WithoutOpenat2" : "") +
         (build == Build::compiled ? "Compiled" : "");
}

INSTANTIATE_TEST_SUITE_P(Runs, Preview1, testing::ValuesIn(all_ways()), name_of);

int status_of(const std::string& arguments) {
  return run({"", "ending", "", ("$RUN $GUESTS/ending.wasm " + arguments).c_str()}, Resolver::host).status;
}

TEST(Endings, AnExitCodeIsTheExitStatus) {
  EXPECT_EQ(status_of("exit 0"), 0);
  EXPECT_EQ(status_of("exit 33"), 33);
  EXPECT_EQ(status_of("exit 255"), 255);
  EXPECT_EQ(status_of("exit 256"), 0);
}

// preview1's number, and the status for it; which is that of a native process, whose signals Linux numbers otherwise.
TEST(Endings, ASignalEndsTheGuestWithTheStatusOfAProcess) {
  const std::pair<int, int> endings[] = {{1, 129},  {2, 130},  {3, 131},  {4, 132},  {5, 133},  {6, 134},
                                         {7, 135},  {8, 136},  {9, 137},  {10, 138}, {11, 139}, {12, 140},
                                         {13, 141}, {14, 142}, {15, 143}, {23, 152}, {24, 153}, {25, 154},
                                         {26, 155}, {28, 157}, {29, 158}, {30, 159}};
  for (const auto& [signal, status] : endings)
    EXPECT_EQ(status_of("raise " + std::to_string(signal)), status) << signal;
}

class Race : public testing::TestWithParam<Resolver> {};

INSTANTIATE_TEST_SUITE_P(Resolvers, Race, testing::Values(Resolver::host, Resolver::walk),
                         [](const auto& info) { return info.param == Resolver::host ? "Host" : "WithoutOpenat2"; });

// A link to the outside takes the place of a directory and gives it back, as fast as it goes.
TEST_P(Race, ALinkThatIsSwappedInLeadsNowhere) {
  const TemporaryDirectory host;
  fs::create_directories(host / "inside/swapped");
  fs::create_directory(host / "outside");
  host.write("inside/swapped/file", "harmless\n");
  host.write("outside/file", "secret\n");
  fs::create_symlink("../outside", host / "inside/other");
  const auto outside_before = fs::last_write_time(host / "outside/file");

  std::atomic<bool> is_over = false;
  std::thread swapping([&] {
    const std::string one = host / "inside/swapped";
    const std::string two = host / "inside/other";
    constexpr unsigned rename_exchange = 2;
    while (!is_over) syscall(SYS_renameat2, AT_FDCWD, one.c_str(), AT_FDCWD, two.c_str(), rename_exchange);
  });
  std::vector<std::string> command{SHALLOP_PROGRAM, "run", "--dir", "inside", PREVIEW1_GUESTS "/racing.wasm", "2000"};
  if (GetParam() == Resolver::walk) command.insert(command.begin(), WITHOUT_OPENAT2);
  const auto [out, err, status] = Process(command, host.path(), {}).wait();
  is_over = true;
  swapping.join();

  EXPECT_EQ(failures(out), "");
  EXPECT_EQ(status, 0) << out << err;
  EXPECT_EQ(host.read("outside/file"), "secret\n");
  EXPECT_EQ(fs::last_write_time(host / "outside/file"), outside_before);
  EXPECT_EQ(fs::hard_link_count(host / "outside/file"), 1u);
  EXPECT_EQ(std::distance(fs::directory_iterator(host / "outside"), fs::directory_iterator()), 1);
}

}  // namespace
}  // namespace shallop::preview1
