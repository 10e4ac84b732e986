// SPDX-License-Identifier: Apache-2.0
// A script is the program that compiles. As root it has to be one that another user can read.
#include "oci/compilation.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "base/unique_fd.hpp"
#include "support/temporary_directory.hpp"

namespace shallop::oci {
namespace {

const std::string entry = "/" + std::string(63, '0') + "7.native";
constexpr uid_t nobody = 65'534;

class CompilationTest : public testing::Test {
 protected:
  void SetUp() override {
    ::chmod(directory.path().c_str(), 0755);
    ::mkdir((directory / "store").c_str(), 0755);
    ::mkdir((directory / "store/m").c_str(), 0755);
    directory.write("module", "abc");
  }
  void compile_with(const std::string& script) const {
    directory.write("compiler", "#!/bin/sh\n" + script + "\n");
    ::chmod((directory / "compiler").c_str(), 0755);
  }
  std::expected<void, std::string> start() const {
    const UniqueFd module(::open((directory / "module").c_str(), O_RDONLY | O_CLOEXEC));
    return start_compilation({.precompiler = directory / "compiler",
                              .store = directory / "store",
                              .directory = directory / "store/m",
                              .store_bytes_max = 1 << 20,
                              .user = nobody},
                             module.get());
  }
  // What is in it once it is there.
  std::string await(const std::string& file) const {
    const std::string path = "store/m" + file;
    for (int i = 0; i < 1'000 && !std::filesystem::exists(directory / path); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return directory.read(path);
  }
  // Whoever compiles holds the directory a little longer than it takes to see what came of it.
  void await_end() const {
    const UniqueFd held(::open((directory / "store/m").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_EQ(::flock(held.get(), LOCK_EX), 0);
  }
  bool lock(int turns, off_t byte) const {
    struct flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_start = byte;
    lock.l_len = 1;
    return ::fcntl(turns, F_OFD_SETLK, &lock) == 0;
  }

  TemporaryDirectory directory;
  const std::string name = "printf '%064d.native\\n' 7;";
};

TEST_F(CompilationTest, KeepsWhatTheCompilerMakesOfTheModule) {
  compile_with(name + " echo \"$@\"; cat /dev/stdin");
  ASSERT_TRUE(start());
  EXPECT_EQ(await(entry), "precompile --store - -\nabc");
}

TEST_F(CompilationTest, LeavesTheCompilerNoRights) {
  compile_with(name +
               " id -u; id -G; grep -E 'NoNewPrivs|CapEff|^Seccomp:' /proc/self/status; ls /proc/self/fd | wc -l");
  ASSERT_TRUE(start());
  const std::string told = await(entry);
  const std::string user = std::to_string(::geteuid() == 0 ? nobody : ::geteuid());
  EXPECT_TRUE(told.starts_with(user + "\n")) << told;
  if (::geteuid() == 0) EXPECT_TRUE(told.starts_with(user + "\n" + user + "\n")) << "no other group: " << told;
  EXPECT_NE(told.find("CapEff:\t0000000000000000"), std::string::npos) << told;
  EXPECT_NE(told.find("NoNewPrivs:\t1"), std::string::npos) << told;
  EXPECT_NE(told.find("Seccomp:\t2"), std::string::npos) << told;
  // The standard streams, and the directory that ls looks at.
  EXPECT_TRUE(told.ends_with("\n4\n")) << told;
}

TEST_F(CompilationTest, IsNotTriedAgainWhenItFails) {
  compile_with("echo 'shallop: -:0x8: invalid: it is odd' >&2; exit 1");
  ASSERT_TRUE(start());
  EXPECT_EQ(await("/failed"), "shallop: -:0x8: invalid: it is odd");
  await_end();
  compile_with("kill -9 $$");
  std::filesystem::remove(directory / "store/m/failed");
  ASSERT_TRUE(start());
  EXPECT_EQ(await("/failed"), "the compiler was ended by signal 9");
}

TEST_F(CompilationTest, BelievesNoOtherNamesThanThoseOfEntries) {
  for (const char* text : {"../../escaped", "failed", "short.native", ""}) {
    std::filesystem::remove(directory / "store/m/failed");
    compile_with("echo '" + std::string(text) + "'; echo code");
    ASSERT_TRUE(start());
    EXPECT_NE(await("/failed").find("kept"), std::string::npos) << text;
    EXPECT_FALSE(std::filesystem::exists(directory / "escaped"));
    await_end();
  }
}

// An entry that was made before the machine was started last, by the same compiler for the same processor.
TEST_F(CompilationTest, LeavesWhatIsRightAlready) {
  directory.write("store/m" + entry, "from before");
  std::filesystem::last_write_time(directory / ("store/m" + entry), {});
  compile_with(name + " sleep 60; echo other");
  ASSERT_TRUE(start());
  const auto written = [&] { return std::filesystem::last_write_time(directory / ("store/m" + entry)); };
  for (int i = 0; i < 1'000 && written() == std::filesystem::file_time_type{}; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_NE(written(), std::filesystem::file_time_type{});
  EXPECT_EQ(await(entry), "from before");
}

TEST_F(CompilationTest, IsDoneByOneProcessAtATime) {
  compile_with(name + " echo code");
  UniqueFd turns(::open((directory / "store/turns").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_TRUE(lock(turns.get(), 0));
  ASSERT_TRUE(start());
  ASSERT_TRUE(start()) << "the same module: left to the first";
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_FALSE(std::filesystem::exists(directory / ("store/m" + entry)));
  turns.reset();
  EXPECT_EQ(await(entry), "code\n");
}

TEST_F(CompilationTest, HasABoundToWhatWaits) {
  compile_with(name + " echo code");
  const UniqueFd turns(::open((directory / "store/turns").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  for (off_t byte = 1; byte <= 32; ++byte) ASSERT_TRUE(lock(turns.get(), byte));
  const auto started = start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error(), "the module cannot be compiled: 32 others wait to be");
}

}  // namespace
}  // namespace shallop::oci
