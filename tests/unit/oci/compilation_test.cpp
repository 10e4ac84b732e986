// SPDX-License-Identifier: Apache-2.0
// A script is the program that compiles. As root it has to be one that another user can read.
#include "oci/compilation.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
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
  std::expected<void, std::string> start(std::string_view module_directory = "m") const {
    const UniqueFd module(::open((directory / "module").c_str(), O_RDONLY | O_CLOEXEC));
    return start_compilation({.precompiler = directory / "compiler",
                              .store = directory / "store",
                              .directory = directory / ("store/" + std::string(module_directory)),
                              .store_bytes_max = 1 << 20,
                              .user = nobody},
                             module.get());
  }
  // What is in it once it is there.
  std::string await(const std::string& file, const std::string& module_directory = "m") const {
    const std::string path = "store/" + module_directory + file;
    for (int i = 0; i < 1'000 && !std::filesystem::exists(directory / path); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return directory.read(path);
  }
  // Whoever compiles holds the directory a little longer than it takes to see what came of it.
  void await_end(const std::string& module_directory = "m") const {
    const UniqueFd held(
        ::open((directory / ("store/" + module_directory)).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
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

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// The process that runs the script `program`, as soon as there is one.
std::filesystem::path process_of(const std::string& program) {
  for (int i = 0; i < 1'000; ++i) {
    for (const auto& each : std::filesystem::directory_iterator("/proc")) {
      const std::string words = text_of(each.path() / "cmdline");
      if (words.find(program) != std::string::npos && words.find("precompile") != std::string::npos) return each.path();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return {};
}

TEST_F(CompilationTest, KeepsWhatTheCompilerMakesOfTheModule) {
  compile_with(name + " echo \"$@\"; cat /dev/stdin");
  ASSERT_TRUE(start());
  EXPECT_EQ(await(entry), "precompile --store - -\nabc");
}

TEST_F(CompilationTest, LeavesTheCompilerNoRights) {
  const TemporaryDirectory other;
  other.write("file", "of the host");
  ::chmod(other.path().c_str(), 0755);
  const std::string go = directory / "go";
  compile_with("while [ ! -e " + go + " ]; do sleep 0.01; done; " + name + " id -u; id -G;" +
               " unshare --user true 2> /dev/null && echo namespace; cat " + (other / "file") +
               " 2> /dev/null; echo end");
  ASSERT_TRUE(start());
  // From outside: it may not read of itself.
  const std::filesystem::path process = process_of(directory / "compiler");
  const std::string status = text_of(process / "status");
  EXPECT_NE(status.find("CapEff:\t0000000000000000"), std::string::npos) << status;
  EXPECT_NE(status.find("NoNewPrivs:\t1"), std::string::npos) << status;
  EXPECT_NE(status.find("Seccomp:\t2"), std::string::npos) << status;
  const std::filesystem::directory_iterator open_files(process / "fd");
  EXPECT_LE(std::distance(begin(open_files), end(open_files)), 4) << "more than the standard streams and the script";
  directory.write("go", "");
  const std::string told = await(entry);
  const std::string user = std::to_string(::geteuid() == 0 ? nobody : ::geteuid());
  EXPECT_TRUE(told.starts_with(user + "\n")) << told;
  if (::geteuid() == 0) EXPECT_TRUE(told.starts_with(user + "\n" + user + "\n")) << "no other group: " << told;
  EXPECT_EQ(told.find("namespace"), std::string::npos) << told;
  if (::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < 0) {
    GTEST_SKIP() << "this kernel has no Landlock";
  }
  EXPECT_TRUE(told.ends_with("\nend\n") && told.find("of the host") == std::string::npos) << told;
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

// Their copies are in the store; of its MiB, a quarter is for them.
TEST_F(CompilationTest, HasABoundToTheBytesThatWait) {
  compile_with(name + " echo code");
  for (const char* each : {"n", "o"}) ::mkdir((directory / ("store/" + std::string(each))).c_str(), 0755);
  directory.write("module", std::string(100'000, 'x'));
  UniqueFd turns(::open((directory / "store/turns").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_TRUE(lock(turns.get(), 0));
  ASSERT_TRUE(start("m"));
  ASSERT_TRUE(start("n"));
  const auto third = start("o");
  ASSERT_FALSE(third);
  EXPECT_TRUE(
      third.error().starts_with("the module cannot be compiled: its 100000 bytes find no room among the modules "
                                "that wait to be, which have 262144,"))
      << third.error();
  turns.reset();
  for (const char* each : {"m", "n"}) {
    EXPECT_EQ(await(entry, each), "code\n");
    await_end(each);
  }
  EXPECT_TRUE(start("o")) << "the room is there again";
  EXPECT_EQ(await(entry, "o"), "code\n");
  await_end("o");
  directory.write("module", std::string((1 << 18) + 1, 'x'));
  EXPECT_FALSE(start("m"));
}

// With what waits it would be more than the store's MiB.
TEST_F(CompilationTest, KeepsThreeQuartersOfTheStoreForNativeCode) {
  compile_with(name + " printf '%0500000d' 1");
  ::mkdir((directory / "store/n").c_str(), 0755);
  ASSERT_TRUE(start("m"));
  await(entry, "m");
  await_end("m");
  ASSERT_TRUE(start("n"));
  EXPECT_EQ(await(entry, "n").size(), 500'000U);
  await_end("n");
  EXPECT_FALSE(std::filesystem::exists(directory / "store/m"));
}

}  // namespace
}  // namespace shallop::oci
