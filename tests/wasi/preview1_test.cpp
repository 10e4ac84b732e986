// SPDX-License-Identifier: Apache-2.0
// The guests that call preview1 by its raw imports, and the races and endings that take a host's hand.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
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

// inside/, which the guest has, and outside/, which it must neither read nor change, while two names of inside/ are
// exchanged as fast as it goes.
class Race : public testing::TestWithParam<Resolver> {
 protected:
  void write(std::string_view name, std::string_view content) const {
    fs::create_directories(fs::path(host_ / name).parent_path());
    host_.write(name, content);
  }
  void link(std::string_view target, std::string_view name) const { fs::create_symlink(target, host_ / name); }

  // All that can be seen of outside/ without reading it; of directories not the times, as looking sets them.
  std::string state() const {
    std::string text;
    for (const auto& each : fs::recursive_directory_iterator(host_ / "outside")) {
      struct stat stat{};
      EXPECT_EQ(::lstat(each.path().c_str(), &stat), 0);
      text += each.path().string() + " inode " + std::to_string(stat.st_ino) + " mode " + std::to_string(stat.st_mode) +
              " links " + std::to_string(stat.st_nlink) + " size " + std::to_string(stat.st_size);
      for (const timespec& time : {stat.st_mtim, stat.st_ctim, stat.st_atim}) {
        if (!S_ISDIR(stat.st_mode)) text += ' ' + std::to_string(time.tv_sec) + '.' + std::to_string(time.tv_nsec);
      }
      text += '\n';
    }
    return text;
  }

  using Pair = std::pair<std::string, std::string>;
  // Runs the guest for a second. outside/ must be left as it is.
  void race(const std::string& program, const std::vector<Pair>& exchanged) const {
    const std::string before = state();
    std::atomic<bool> is_over = false;
    std::thread swapping([&] {
      constexpr unsigned rename_exchange = 2;
      for (size_t turn = 0; !is_over; ++turn) {
        const auto& [one, two] = exchanged[turn % exchanged.size()];
        syscall(SYS_renameat2, AT_FDCWD, one.c_str(), AT_FDCWD, two.c_str(), rename_exchange);
      }
    });
    const std::string guest = std::string(PREVIEW1_GUESTS) + "/" + program + ".wasm";
    std::vector<std::string> command{SHALLOP_PROGRAM, "run", "--dir", "inside", guest, "1000"};
    if (GetParam() == Resolver::walk) command.insert(command.begin(), WITHOUT_OPENAT2);
    const auto [out, err, status] = Process(command, host_.path(), {}).wait();
    is_over = true;
    swapping.join();
    EXPECT_EQ(failures(out), "");
    EXPECT_EQ(status, 0) << out << err;
    EXPECT_EQ(state(), before);
  }

  TemporaryDirectory host_;
};

INSTANTIATE_TEST_SUITE_P(Resolvers, Race, testing::Values(Resolver::host, Resolver::walk),
                         [](const auto& info) { return info.param == Resolver::host ? "Host" : "WithoutOpenat2"; });

// In the middle of the path: a link to the outside takes the place of a directory and gives it back.
TEST_P(Race, ALinkThatIsSwappedInLeadsNowhere) {
  write("inside/swapped/file", "harmless\n");
  write("outside/file", "secret\n");
  link("../outside", "inside/other");
  race("racing", {{host_ / "inside/swapped", host_ / "inside/other"}});
  EXPECT_EQ(host_.read("outside/file"), "secret\n");
}

// At its end, where the call itself meets the link; and names in a directory that is swapped, which the outside has
// too.
TEST_P(Race, ALinkThatIsSwappedInAtTheEndIsNotFollowed) {
  write("inside/file", "harmless\n");
  link("../outside/file", "inside/link");
  write("inside/swapped/file", "harmless\n");
  link("harmless", "inside/swapped/link");
  link("../outside", "inside/other");
  write("outside/file", "secret\n");
  link("secret", "outside/link");
  write("outside/victim", "secret\n");
  fs::create_directory(host_ / "outside/empty");
  race("racing_entries",
       {{host_ / "inside/file", host_ / "inside/link"}, {host_ / "inside/swapped", host_ / "inside/other"}});
  EXPECT_EQ(host_.read("outside/file"), "secret\n");
  EXPECT_EQ(host_.read("outside/victim"), "secret\n");
}

}  // namespace
}  // namespace shallop::preview1
