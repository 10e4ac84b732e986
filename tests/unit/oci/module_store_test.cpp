// SPDX-License-Identifier: Apache-2.0
#include "oci/module_store.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "support/temporary_directory.hpp"

namespace shallop::oci {
namespace {

class ModuleStoreTest : public testing::Test {
 protected:
  void SetUp() override { directory.write("module", "abc"); }
  UniqueFd module() const { return UniqueFd(::open((directory / "module").c_str(), O_RDONLY | O_CLOEXEC)); }
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

TEST_F(ModuleStoreTest, StartsACompilerThatReadsTheModule) {
  write_program(
      "compiler",
      "#!/bin/sh\ncat > \"$3/seen\" && echo \"$1 $2 $4\" > \"$3/words.new\" && mv \"$3/words.new\" \"$3/words\"\n");
  ASSERT_TRUE(start_compilation(directory / "compiler", directory.path(), module().get()));
  for (int i = 0; i < 1'000 && !std::filesystem::exists(directory / "words"); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(directory.read("seen"), "abc");
  EXPECT_EQ(directory.read("words"), "precompile --store -\n");
}

}  // namespace
}  // namespace shallop::oci
