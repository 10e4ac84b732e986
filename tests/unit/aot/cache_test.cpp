// SPDX-License-Identifier: Apache-2.0
#include "aot/cache.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "support/temporary_directory.hpp"
#include "unit/aot/hand_assembled.hpp"

namespace shallop::aot {
namespace {

namespace fs = std::filesystem;

std::vector<std::byte> bytes_of_size(size_t size, std::byte value) { return std::vector<std::byte>(size, value); }

class CacheTest : public testing::Test {
 protected:
  void SetUp() override { ::setenv("XDG_CACHE_HOME", directory.path().c_str(), 1); }

  fs::path own() const { return fs::path(directory.path()) / "shallop"; }
  fs::path entry() const {
    const auto is_entry = [](const fs::directory_entry& each) { return each.path().extension() == ".native"; };
    const auto found = std::find_if(fs::directory_iterator(own()), fs::directory_iterator(), is_entry);
    return found == fs::directory_iterator() ? fs::path() : found->path();
  }
  static std::string refusal() {
    const auto cache = Cache::open();
    return cache ? "no refusal" : cache.error().sentence;
  }

  TemporaryDirectory directory;
  Digest key = sha256(bytes_of_size(3, std::byte{1}));
  std::vector<std::byte> contents = bytes_of_size(1'000, std::byte{42});
};

TEST_F(CacheTest, GivesBackWhatItWasGiven) {
  const auto cache = Cache::open();
  ASSERT_TRUE(cache) << cache.error().sentence;
  EXPECT_FALSE(cache->load(key));
  ASSERT_TRUE(cache->store(key, contents));
  const auto found = Cache::open()->load(key);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->was_damaged);
  EXPECT_EQ(found->contents, contents);
  EXPECT_FALSE(cache->load(sha256(contents)));
}

TEST_F(CacheTest, IsForItsOwnerOnly) {
  ASSERT_TRUE(Cache::open()->store(key, contents));
  struct stat status{};
  ASSERT_EQ(::stat(own().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  for (const auto& each : fs::directory_iterator(own())) {
    ASSERT_EQ(::stat(each.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U) << each.path();
  }
}

TEST_F(CacheTest, DropsWhatWasChanged) {
  const auto cache = Cache::open();
  for (const size_t place : {size_t{0}, size_t{31}, size_t{32}, contents.size() + 31}) {
    ASSERT_TRUE(cache->store(key, contents));
    {
      FILE* file = ::fopen(entry().c_str(), "r+");
      ASSERT_NE(file, nullptr);
      ::fseek(file, static_cast<long>(place), SEEK_SET);
      ::fputc(43, file);
      ::fclose(file);
    }
    const auto found = cache->load(key);
    ASSERT_TRUE(found) << place;
    EXPECT_TRUE(found->was_damaged) << place;
    EXPECT_FALSE(cache->load(key)) << "deleted";
  }
}

TEST_F(CacheTest, DropsWhatWasTruncatedOrIsNoFile) {
  const auto cache = Cache::open();
  ASSERT_TRUE(cache->store(key, contents));
  const fs::path path = entry();
  fs::resize_file(path, 20);
  EXPECT_TRUE(cache->load(key)->was_damaged);
  fs::create_symlink("/etc/passwd", path);
  EXPECT_TRUE(cache->load(key)->was_damaged);
  EXPECT_FALSE(cache->load(key));
}

TEST_F(CacheTest, AnEntryIsNotTakenForAnother) {
  const auto cache = Cache::open();
  ASSERT_TRUE(cache->store(key, contents));
  const fs::path first = entry();
  const Digest other = sha256(contents);
  fs::path renamed = first;
  ASSERT_TRUE(cache->store(other, bytes_of_size(9, std::byte{9})));
  for (const auto& each : fs::directory_iterator(own())) {
    if (each.path().extension() == ".native" && each.path() != first) renamed = each.path();
  }
  fs::rename(first, renamed);
  EXPECT_TRUE(cache->load(other)->was_damaged);
}

TEST_F(CacheTest, AnEntryOfAnotherKeyIsDropped) {
  ASSERT_TRUE(Cache::open()->store(key, contents));
  fs::remove(own() / "key");
  EXPECT_TRUE(Cache::open()->load(key)->was_damaged);
}

TEST_F(CacheTest, ADirectoryThatIsNotSafeIsNotUsed) {
  fs::create_directory(own());
  fs::permissions(own(), fs::perms::others_write, fs::perm_options::add);
  EXPECT_TRUE(refusal().ends_with("is not used: others may write to it (chmod 700 mends that, after a look into it)"))
      << refusal();
  fs::remove(own());
  TemporaryDirectory elsewhere;
  fs::create_directory_symlink(elsewhere.path(), own());
  EXPECT_TRUE(refusal().ends_with("is not used: it is a symbolic link")) << refusal();
  EXPECT_TRUE(fs::is_empty(elsewhere.path()));
  fs::remove(own());
  directory.write("shallop", "a file");
  EXPECT_TRUE(refusal().ends_with("is not used: Not a directory")) << refusal();
}

TEST_F(CacheTest, ADirectoryOfOursIsClosedToOthers) {
  fs::create_directory(own());
  fs::permissions(own(),
                  fs::perms::owner_all | fs::perms::group_read | fs::perms::others_read | fs::perms::others_exec);
  ASSERT_TRUE(Cache::open()->store(key, contents));
  EXPECT_EQ(fs::status(own()).permissions(), fs::perms::owner_all);
}

TEST_F(CacheTest, ADirectoryOfAnotherUserIsNotUsed) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  fs::create_directory(own());
  ASSERT_EQ(::chown(own().c_str(), 12345, 12345), 0);
  EXPECT_TRUE(refusal().ends_with("is not used: it belongs to another user")) << refusal();
}

TEST_F(CacheTest, AKeyThatOthersCanReadIsNotUsed) {
  ASSERT_TRUE(Cache::open());
  fs::permissions(own() / "key", fs::perms::others_read, fs::perm_options::add);
  EXPECT_TRUE(refusal().ends_with("its file 'key' is not one of 32 bytes that only you can read (delete it)"))
      << refusal();
}

TEST_F(CacheTest, NoDirectoryIsNoError) {
  ::unsetenv("XDG_CACHE_HOME");
  ::unsetenv("HOME");
  const auto cache = Cache::open();
  ASSERT_FALSE(cache);
  EXPECT_TRUE(cache.error().is_expected);
  ::setenv("XDG_CACHE_HOME", "not/absolute", 1);
  EXPECT_FALSE(Cache::open());
}

TEST_F(CacheTest, AKeyIsOfModuleAndOptions) {
  const auto module = hand_assembled_module();
  EXPECT_EQ(cache_key(**module, 3), cache_key(**hand_assembled_module(), 3));
  EXPECT_NE(cache_key(**module, 3), cache_key(**module, 2));
}

TEST_F(CacheTest, ADirectoryWithoutRoomKeepsNothing) {
  const auto cache = Cache::open();
  ASSERT_TRUE(cache);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit half{.rlim_cur = contents.size() / 2, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &half), 0);
  const auto stored = cache->store(key, contents);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error(), "the native code could not be kept in " + own().string() + ": File too large");
  EXPECT_FALSE(cache->load(key));
  const auto is_left = [](const fs::directory_entry& each) { return each.path().filename() != "key"; };
  EXPECT_EQ(std::count_if(fs::directory_iterator(own()), fs::directory_iterator(), is_left), 0);
}

TEST_F(CacheTest, WhatWasLeftHalfWrittenIsNoEntry) {
  const auto cache = Cache::open();
  std::ofstream(own() / "tmp.1.0") << "half";
  EXPECT_FALSE(cache->load(key));
}

}  // namespace
}  // namespace shallop::aot
