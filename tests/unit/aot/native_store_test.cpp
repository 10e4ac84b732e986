// SPDX-License-Identifier: Apache-2.0
#include "aot/native_store.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "support/temporary_directory.hpp"

namespace shallop::aot {
namespace {

class NativeStoreTest : public testing::Test {
 protected:
  NativeStore open() const {
    auto store = NativeStore::open(directory.path());
    if (!store) throw std::runtime_error(store.error());
    return *std::move(store);
  }

  TemporaryDirectory directory;
  std::vector<std::byte> contents = std::vector<std::byte>(1'000, std::byte{42});
  Digest key = sha256(contents);
};

TEST_F(NativeStoreTest, GivesBackWhatItWasGiven) {
  const NativeStore store = open();
  EXPECT_FALSE(store.load(key));
  EXPECT_FALSE(store.touch(key));
  ASSERT_TRUE(store.store(key, contents));
  EXPECT_EQ(open().load(key), contents);
  EXPECT_TRUE(store.touch(key));
  EXPECT_FALSE(store.load(sha256(std::span<const std::byte>())));
}

TEST_F(NativeStoreTest, TellsWhyThereIsNothing) {
  EXPECT_FALSE(open().failure());
  directory.write("failed", "it is too large");
  EXPECT_EQ(open().failure(), "it is too large");
}

// Containers run as any user.
TEST_F(NativeStoreTest, CanBeReadByAll) {
  ASSERT_TRUE(open().store(key, contents));
  for (const auto& each : std::filesystem::directory_iterator(directory.path())) {
    EXPECT_EQ(each.status().permissions(), std::filesystem::perms(0644)) << each.path();
  }
}

TEST_F(NativeStoreTest, IsNotUsedWhereOthersCanWrite) {
  ::chmod(directory.path().c_str(), 0777);
  const auto store = NativeStore::open(directory.path());
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().find("others may write to it"), std::string::npos);
  EXPECT_FALSE(NativeStore::open(directory / "nosuch"));
}

TEST_F(NativeStoreTest, FollowsNoLinks) {
  ASSERT_TRUE(open().store(key, contents));
  const std::filesystem::path entry = *std::filesystem::directory_iterator(directory.path());
  std::filesystem::rename(entry, directory / "elsewhere");
  std::filesystem::create_symlink(directory / "elsewhere", entry);
  EXPECT_FALSE(open().load(key));
}

TEST_F(NativeStoreTest, HasOneWriterAtATime) {
  const NativeStore store = open();
  EXPECT_TRUE(store.lock());
  EXPECT_TRUE(store.lock()) << "the first one's lock went with it";
}

}  // namespace
}  // namespace shallop::aot
