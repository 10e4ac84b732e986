// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <map>
#include <set>

#include "unit/wasi/guest.hpp"

namespace shallop::wasi {
namespace {

namespace fs = std::filesystem;

struct Listing {
  std::string name;
  Dirent entry;
};

class ReaddirTest : public testing::Test {
 protected:
  ReaddirTest()
      : guest_({.preopens = {{.host_path = host_.path(), .guest_path = "."}}}), buffer_{guest_.allocate(32'768)} {}

  Errno call(Size capacity, Dircookie cookie) {
    const auto used = guest_.place<Size>();
    const Errno error = fd_readdir(guest_.context, guest_.caller(), 3, buffer_, capacity, cookie, used);
    used_ = guest_.get(used);
    return error;
  }
  // The whole entries in the buffer.
  std::vector<Listing> entries() {
    std::vector<Listing> all;
    for (Size at = 0; at + sizeof(Dirent) <= used_;) {
      const auto entry = guest_.get(GuestPointer<Dirent>{buffer_.address + at});
      if (at + sizeof(Dirent) + entry.namlen > used_) break;
      all.push_back({guest_.string(buffer_.address + at + sizeof(Dirent), entry.namlen), entry});
      at += static_cast<Size>(sizeof(Dirent)) + entry.namlen;
    }
    return all;
  }
  // As a libc lists a directory: from the last whole entry on, until the buffer is not filled.
  std::multiset<std::string> list(Size capacity) {
    std::multiset<std::string> names;
    Dircookie cookie = dircookie_start;
    do {
      EXPECT_EQ(call(capacity, cookie), Errno::success);
      const auto found = entries();
      for (const Listing& each : found) names.insert(each.name);
      if (found.empty()) break;
      cookie = found.back().entry.next;
    } while (used_ == capacity);
    return names;
  }

  TemporaryDirectory host_;
  Guest guest_;
  GuestBytes buffer_;
  Size used_ = 0;
};

TEST_F(ReaddirTest, ListsDotsTypesAndInodes) {
  host_.write("file", "x");
  fs::create_directory(host_ / "sub");
  fs::create_symlink("file", host_ / "link");
  ASSERT_EQ(call(32'768, dircookie_start), Errno::success);
  std::map<std::string, Dirent> found;
  for (const Listing& each : entries()) found.emplace(each.name, each.entry);
  ASSERT_EQ(found.size(), 5u);
  EXPECT_EQ(found.at(".").type, Filetype::directory);
  EXPECT_EQ(found.at("..").type, Filetype::directory);
  EXPECT_EQ(found.at("file").type, Filetype::regular_file);
  EXPECT_EQ(found.at("sub").type, Filetype::directory);
  EXPECT_EQ(found.at("link").type, Filetype::symbolic_link);
  const auto text = guest_.text("file");
  const auto stat = guest_.place<Filestat>();
  ASSERT_EQ(path_filestat_get(guest_.context, guest_.caller(), 3, {0}, text.pointer, text.size, stat), Errno::success);
  EXPECT_EQ(found.at("file").ino, guest_.get(stat).ino);
}

TEST_F(ReaddirTest, SmallBuffersGiveTheSameListing) {
  std::multiset<std::string> expected{".", ".."};
  for (int i = 0; i < 600; ++i) {
    const std::string name = "entry-" + std::to_string(i) + std::string(static_cast<size_t>(i % 40), 'x');
    host_.write(name, "");
    expected.insert(name);
  }
  for (const Size capacity : {90u, 300u, 4'096u, 32'768u}) EXPECT_EQ(list(capacity), expected) << capacity;
}

TEST_F(ReaddirTest, CookiesLeadBackToTheirPlace) {
  for (const char* name : {"a", "b", "c", "d"}) host_.write(name, "");
  ASSERT_EQ(call(32'768, dircookie_start), Errno::success);
  const auto all = entries();
  ASSERT_EQ(all.size(), 6u);
  for (size_t i = all.size(); i-- > 0;) {  // in any order
    ASSERT_EQ(call(32'768, all[i].entry.next), Errno::success);
    const auto rest = entries();
    ASSERT_EQ(rest.size(), all.size() - 1 - i);
    for (size_t k = 0; k < rest.size(); ++k) EXPECT_EQ(rest[k].name, all[i + 1 + k].name);
  }
}

TEST_F(ReaddirTest, AnEntryThatDoesNotFitIsCut) {
  ASSERT_EQ(call(10, dircookie_start), Errno::success);
  EXPECT_EQ(used_, 10u);
  ASSERT_EQ(call(0, dircookie_start), Errno::success);
  EXPECT_EQ(used_, 0u);
}

TEST_F(ReaddirTest, ChecksItsArguments) {
  const auto used = guest_.place<Size>();
  EXPECT_EQ(fd_readdir(guest_.context, guest_.caller(), 3, {Guest::memory_size - 9}, 10, 0, used), Errno::fault);
  EXPECT_EQ(fd_readdir(guest_.context, guest_.caller(), 3, buffer_, 10, 0, {Guest::memory_size - 3}), Errno::fault);
  EXPECT_EQ(fd_readdir(guest_.context, guest_.caller(), 0, buffer_, 10, 0, used), Errno::notcapable);
  EXPECT_EQ(fd_readdir(guest_.context, guest_.caller(), 99, buffer_, 10, 0, used), Errno::badf);
  EXPECT_EQ(call(10, ~uint64_t{0}), Errno::inval);
}

}  // namespace
}  // namespace shallop::wasi
