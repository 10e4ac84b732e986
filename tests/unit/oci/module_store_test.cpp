// SPDX-License-Identifier: Apache-2.0
#include "oci/module_store.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "support/temporary_directory.hpp"

namespace shallop::oci {
namespace {

class ModuleStoreTest : public testing::Test {
 protected:
  void SetUp() override { directory.write("module", "abc"); }
  UniqueFd module() const { return UniqueFd(::open((directory / "module").c_str(), O_RDONLY | O_CLOEXEC)); }
  UniqueFd open(std::string_view name) const {
    return UniqueFd(::open((directory / name).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  std::string store() const { return directory / "store"; }
  void write_program(std::string_view name, std::string_view text) const {
    directory.write(name, text);
    ::chmod((directory / name).c_str(), 0755);
  }

  TemporaryDirectory directory;
};

TEST_F(ModuleStoreTest, HasADirectoryForEachModule) {
  const auto path = module_directory(store(), module().get());
  ASSERT_TRUE(path) << path.error();
  // SHA-256 of "abc", FIPS 180-4
  EXPECT_EQ(*path, store() + "/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(module_directory(store(), module().get()), path);
}

// Images can hold files of any length that take no room.
TEST_F(ModuleStoreTest, ReadsNoMoreThanItsBoundOfAModule) {
  std::filesystem::resize_file(directory / "module", module_bytes_max + 1);
  const auto path = module_directory(store(), module().get());
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error(),
            "the module is only interpreted, as it is larger than 64 MiB, the most that the host reads of one at each "
            "start");
  EXPECT_TRUE(std::filesystem::is_empty(store()));
}

TEST_F(ModuleStoreTest, ReadsAModuleInLittleMemory) {
  std::filesystem::resize_file(directory / "module", module_bytes_max);
  const UniqueFd opened = module();
  const auto peak_kib = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const pid_t child = ::fork();  // whose peak is its own
  if (child == 0) {
    const auto before = peak_kib();
    const bool is_made = module_directory(store(), opened.get()).has_value();
    ::_exit(is_made && peak_kib() - before < 16 * 1'024 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(ModuleStoreTest, IsNotUsedWhereOthersCanWrite) {
  ::mkdir(store().c_str(), 0755);
  ::chmod(store().c_str(), 0777);
  const auto path = module_directory(store(), module().get());
  ASSERT_FALSE(path);
  EXPECT_NE(path.error().find("others may write to it"), std::string::npos);
  EXPECT_FALSE(module_directory("/proc/store", module().get()));
}

TEST_F(ModuleStoreTest, IsCompiledForWhenTheCompilerIsNewer) {
  write_program("compiler", "");
  const std::string entries = directory / "entries";
  ::mkdir(entries.c_str(), 0755);
  EXPECT_TRUE(wants_compilation(entries, directory / "compiler"));
  directory.write("entries/a.native", "");
  EXPECT_FALSE(wants_compilation(entries, directory / "compiler"));
  std::filesystem::last_write_time(entries + "/a.native",
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(1'000'000));
  EXPECT_TRUE(wants_compilation(entries, directory / "compiler"));
  EXPECT_FALSE(wants_compilation(entries, directory / "nosuch"));
}

TEST_F(ModuleStoreTest, IsNotCompiledForAgainWhenThatHasFailed) {
  write_program("compiler", "");
  ::mkdir((directory / "entries").c_str(), 0755);
  const UniqueFd entries = open("entries");
  mark_as_failed(entries.get(), "it is too large");
  EXPECT_EQ(directory.read("entries/failed"), "it is too large");
  EXPECT_FALSE(wants_compilation(directory / "entries", directory / "compiler"));
}

TEST_F(ModuleStoreTest, HasWholeEntriesAlone) {
  ::mkdir((directory / "entries").c_str(), 0755);
  const UniqueFd entries = open("entries");
  {
    NewEntry entry(entries.get());
    EXPECT_TRUE(entry.write("some"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory / "entries"));
  directory.write("entries/old.native", "of another compiler");
  NewEntry entry(entries.get());
  ASSERT_TRUE(entry);
  EXPECT_TRUE(entry.write("all of "));
  EXPECT_TRUE(entry.write("it"));
  EXPECT_TRUE(entry.finish("new.native"));
  EXPECT_EQ(directory.read("entries/new.native"), "all of it");
  EXPECT_FALSE(std::filesystem::exists(directory / "entries/old.native"));
  EXPECT_EQ(std::filesystem::status(directory / "entries/new.native").permissions(), std::filesystem::perms(0644));
}

TEST_F(ModuleStoreTest, ForgetsWhatWasNotUsedForLongest) {
  ::mkdir(store().c_str(), 0755);
  const auto make = [&](const std::string& name, int hours_ago) {
    ::mkdir((store() + "/" + name).c_str(), 0755);
    directory.write("store/" + name + "/a.native", std::string(100'000, 'x'));
    std::filesystem::last_write_time(store() + "/" + name,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(hours_ago));
  };
  const auto is_there = [&](const std::string& name) { return std::filesystem::exists(store() + "/" + name); };
  make("first", 4);
  make("second", 3);
  make("third", 2);
  make("fourth", 1);
  evict(store(), 1'000'000, store() + "/first");
  EXPECT_TRUE(is_there("first") && is_there("second") && is_there("third") && is_there("fourth"));
  const UniqueFd compiling = open("store/second");
  ASSERT_EQ(::flock(compiling.get(), LOCK_EX), 0);
  evict(store(), 350'000, store() + "/first");
  EXPECT_TRUE(is_there("first")) << "it was to be kept";
  EXPECT_TRUE(is_there("second")) << "it is being compiled";
  EXPECT_FALSE(is_there("third"));
  EXPECT_TRUE(is_there("fourth"));
}

}  // namespace
}  // namespace shallop::oci
