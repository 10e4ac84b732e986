// SPDX-License-Identifier: Apache-2.0
// Every attack on the sandbox under both resolvers: the kernel's openat2 and our own walk.
#include "wasi/sandbox_path.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "unit/wasi/guest.hpp"

namespace shallop::wasi {
namespace {

namespace fs = std::filesystem;

// outside/secret lies beside the root `inside`, which is what the guest has.
class SandboxTest : public testing::TestWithParam<PathResolver> {
 protected:
  SandboxTest() {
    if (GetParam() == PathResolver::openat2 && host_path_resolver() != PathResolver::openat2) return;
    fs::create_directories(host_ / "inside/a/b/c");
    fs::create_directory(host_ / "outside");
    host_.write("outside/secret", "secret");
    host_.write("inside/file", "file");
    host_.write("inside/a/b/deep", "deep");
    root_ = UniqueFd(::open((host_ / "inside").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  void SetUp() override {
    if (!root_) GTEST_SKIP() << "this host has no openat2";
  }

  Sandbox sandbox() const { return Sandbox(root_.get(), GetParam()); }
  void link(const std::string& target, std::string_view name) {
    fs::create_symlink(target, host_ / ("inside/" + std::string(name)));
  }

  // What a guest that opens `path` for reading gets: the content, or the error.
  std::string open(const std::string& path, int flags = O_RDONLY) {
    const auto fd = sandbox().open(path.c_str(), flags, 0666);
    if (!fd) return "errno " + std::to_string(static_cast<int>(fd.error()));
    std::string content(100, '\0');
    const ssize_t size = ::read(fd->get(), content.data(), content.size());
    if (size < 0) return "directory";
    content.resize(static_cast<size_t>(size));
    return content;
  }
  static std::string error(Errno value) { return "errno " + std::to_string(static_cast<int>(value)); }

  static SandboxPath sandbox_path(std::string_view text) {
    SandboxPath path;
    EXPECT_EQ(path.assign(std::as_bytes(std::span(text))), Errno::success);
    return path;
  }
  // The error, or where the entry is: the directory's inode and the name.
  Errno entry(std::string_view text, bool follow) {
    SandboxPath path = sandbox_path(text);
    const auto found = sandbox().entry(path, follow);
    return found ? Errno::success : found.error();
  }

  TemporaryDirectory host_;
  UniqueFd root_;
};

INSTANTIATE_TEST_SUITE_P(Resolvers, SandboxTest, testing::Values(PathResolver::openat2, PathResolver::walk),
                         [](const auto& info) { return info.param == PathResolver::openat2 ? "openat2" : "walk"; });

TEST_P(SandboxTest, OpensWhatIsBeneath) {
  EXPECT_EQ(open("file"), "file");
  EXPECT_EQ(open("./a//b/./deep"), "deep");
  EXPECT_EQ(open("a/b/c/../../../file"), "file");
  EXPECT_EQ(open("a/"), "directory");
  EXPECT_EQ(open("."), "directory");
  EXPECT_EQ(open("a/.."), "directory");
}

TEST_P(SandboxTest, DotDotDoesNotLeave) {
  for (const char* path : {"..", "../", "../outside/secret", "a/../../outside/secret", "a/b/../../..", "./..",
                           "../inside/file", "a/b/c/../../../../outside/secret"}) {
    EXPECT_EQ(open(path), error(Errno::perm)) << path;
  }
}

TEST_P(SandboxTest, AbsolutePathsAreRefused) {
  EXPECT_EQ(open("/"), error(Errno::perm));
  EXPECT_EQ(open("/etc/passwd"), error(Errno::perm));
  EXPECT_EQ(open(host_ / "inside/file"), error(Errno::perm));
  EXPECT_EQ(open("//file"), error(Errno::perm));
}

TEST_P(SandboxTest, LinksAreFollowedBeneathOnly) {
  link("a/b/deep", "good");
  link("../outside/secret", "relative");
  link(host_ / "outside/secret", "absolute");
  link("../outside", "directory");
  link("a/b/../../../outside/secret", "winding");
  link("relative", "chain");
  link("/", "top");
  EXPECT_EQ(open("good"), "deep");
  for (const char* path : {"relative", "absolute", "directory", "directory/secret", "winding", "chain", "top",
                           "top/etc/passwd", "directory/../inside/file"}) {
    EXPECT_EQ(open(path), error(Errno::perm)) << path;
  }
  EXPECT_EQ(open("good", O_RDONLY | O_NOFOLLOW), error(Errno::loop));
}

TEST_P(SandboxTest, LinksMayUseDotDotAsLongAsTheyStayBeneath) {
  fs::create_symlink("../../file", host_ / "inside/a/b/up");
  fs::create_symlink("../a/b", host_ / "inside/a/sibling");
  EXPECT_EQ(open("a/b/up"), "file");
  EXPECT_EQ(open("a/sibling/deep"), "deep");
  EXPECT_EQ(open("a/sibling/../../file"), "file");
}

TEST_P(SandboxTest, LinkLoopsEnd) {
  link("loop", "loop");
  link("pong", "ping");
  link("ping", "pong");
  link("./nested/x", "nested");
  EXPECT_EQ(open("loop"), error(Errno::loop));
  EXPECT_EQ(open("ping/file"), error(Errno::loop));
  const std::string nested = open("nested");
  EXPECT_TRUE(nested == error(Errno::loop) || nested == error(Errno::nametoolong)) << nested;
}

TEST_P(SandboxTest, CreationStaysBeneathToo) {
  link("../outside/new", "dangling");
  link("fresh", "harmless");
  EXPECT_EQ(open("dangling", O_WRONLY | O_CREAT), error(Errno::perm));
  EXPECT_FALSE(fs::exists(host_ / "outside/new"));
  EXPECT_EQ(open("../outside/new", O_WRONLY | O_CREAT), error(Errno::perm));
  EXPECT_EQ(open("harmless", O_RDWR | O_CREAT), "");
  EXPECT_TRUE(fs::exists(host_ / "inside/fresh"));
  EXPECT_EQ(open("harmless", O_RDWR | O_CREAT | O_EXCL), error(Errno::exist));
}

TEST_P(SandboxTest, FilesAreNoDirectories) {
  EXPECT_EQ(open("file/"), error(Errno::notdir));
  EXPECT_EQ(open("file/x"), error(Errno::notdir));
  EXPECT_EQ(open("file/.."), error(Errno::notdir));
  EXPECT_EQ(open("missing/x"), error(Errno::noent));
  EXPECT_EQ(open(""), error(Errno::noent));
}

TEST_P(SandboxTest, MagicLinksLeadNowhere) {
  const UniqueFd proc(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const UniqueFd secret(::open((host_ / "outside/secret").c_str(), O_RDONLY | O_CLOEXEC));
  const Sandbox sandbox(proc.get(), GetParam());
  for (const std::string& path : {std::string("self/root/etc/passwd"), std::string("self/cwd"), std::string("self/exe"),
                                  "self/fd/" + std::to_string(secret.get())}) {
    EXPECT_FALSE(sandbox.open(path.c_str(), O_RDONLY, 0)) << path;
  }
}

TEST_P(SandboxTest, LongPathsEndInAnError) {
  const std::string name(256, 'n');
  EXPECT_EQ(open(name), error(Errno::nametoolong));
  EXPECT_EQ(open(name + "/x"), error(Errno::nametoolong));
  std::string deep;
  while (deep.size() + 2 < PATH_MAX) deep += "a/";
  EXPECT_EQ(open(deep), error(Errno::noent));  // a/a does not exist
  SandboxPath path;
  EXPECT_EQ(path.assign(std::vector<std::byte>(PATH_MAX - 1, std::byte{'x'})), Errno::success);
  EXPECT_EQ(path.assign(std::vector<std::byte>(PATH_MAX, std::byte{'x'})), Errno::nametoolong);
  EXPECT_EQ(path.assign(std::vector<std::byte>{std::byte{'a'}, std::byte{0}, std::byte{'b'}}), Errno::inval);
}

TEST_P(SandboxTest, NamesAreBytes) {
  const std::string name = "\xFF\xFE\x80";
  host_.write("inside/" + name, "odd");
  EXPECT_EQ(open(name), "odd");
}

TEST_P(SandboxTest, ParentKeepsTheLastComponentAsItIs) {
  link("../outside", "directory");
  for (const auto& [text, name] : std::vector<std::pair<const char*, const char*>>{
           {"file", "file"}, {"a/b", "b"}, {"a//b/", "b/"}, {"directory", "directory"}, {"directory/", "directory/"}}) {
    SandboxPath path = sandbox_path(text);
    const auto entry = sandbox().parent(path);
    ASSERT_TRUE(entry) << text;
    EXPECT_STREQ(entry->name, name);
  }
  for (const auto& [text, expected] : std::vector<std::pair<const char*, Errno>>{{"", Errno::noent},
                                                                                 {"/", Errno::perm},
                                                                                 {"/x", Errno::perm},
                                                                                 {"..", Errno::perm},
                                                                                 {"..//", Errno::perm},
                                                                                 {"../x", Errno::perm},
                                                                                 {"directory/x", Errno::perm},
                                                                                 {"file/x", Errno::notdir},
                                                                                 {"a/../../x", Errno::perm}}) {
    SandboxPath path = sandbox_path(text);
    const auto entry = sandbox().parent(path);
    ASSERT_FALSE(entry) << text;
    EXPECT_EQ(entry.error(), expected) << text;
  }
}

TEST_P(SandboxTest, EntryIsNeverALinkToFollowNorAWayOut) {
  link("../outside/secret", "out");
  link("../outside", "directory");
  link("a/b/deep", "good");
  EXPECT_EQ(entry("out", true), Errno::perm);
  EXPECT_EQ(entry("out", false), Errno::success);  // the link itself
  EXPECT_EQ(entry("directory/", false), Errno::perm);
  EXPECT_EQ(entry("directory/secret", false), Errno::perm);
  EXPECT_EQ(entry("..", false), Errno::perm);
  EXPECT_EQ(entry("a/../..", false), Errno::perm);
  EXPECT_EQ(entry("file/", false), Errno::notdir);

  SandboxPath path = sandbox_path("good");
  auto found = sandbox().entry(path, true);
  ASSERT_TRUE(found);
  EXPECT_STREQ(found->name, "deep");
  path = sandbox_path("a/b/..");
  found = sandbox().entry(path, true);
  ASSERT_TRUE(found);
  EXPECT_STREQ(found->name, ".");
  struct stat by_entry{};
  struct stat by_path{};
  ASSERT_EQ(::fstatat(found->directory, found->name, &by_entry, AT_SYMLINK_NOFOLLOW), 0);
  ASSERT_EQ(::stat((host_ / "inside/a").c_str(), &by_path), 0);
  EXPECT_EQ(by_entry.st_ino, by_path.st_ino);
}

// A component changes between directory and link to the outside while it is resolved, again and again.
TEST_P(SandboxTest, SwappingALinkInDoesNotLetAnybodyOut) {
  fs::create_directory(host_ / "inside/swap");
  fs::create_directory(host_ / "inside/spare");
  host_.write("inside/swap/secret", "harmless");
  link("../outside", "evil");
  std::atomic<bool> stop = false;
  std::thread attacker([&] {
    const std::string swap = host_ / "inside/swap";
    const std::string evil = host_ / "inside/evil";
    while (!stop) ::renameat2(AT_FDCWD, swap.c_str(), AT_FDCWD, evil.c_str(), RENAME_EXCHANGE);
  });
  size_t harmless = 0;
  size_t refused = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while ((harmless < 200 || refused < 200) && std::chrono::steady_clock::now() < deadline) {
    const std::string content = open("swap/secret");
    ASSERT_NE(content, "secret");
    SandboxPath path = sandbox_path("swap/secret");
    if (const auto found = sandbox().entry(path, true)) {
      const UniqueFd fd(::openat(found->directory, found->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
      std::array<char, 16> text{};
      if (fd && ::read(fd.get(), text.data(), text.size() - 1) > 0) {
        ASSERT_STRNE(text.data(), "secret");
      }
    }
    content == "harmless" ? ++harmless : ++refused;
  }
  stop = true;
  attacker.join();
  // Otherwise the two never met.
  EXPECT_GT(harmless, 0u);
  EXPECT_GT(refused, 0u);
}

// ".." after a directory was moved out of the sandbox while we were in it.
TEST_P(SandboxTest, MovingADirectoryAwayDoesNotLetAnybodyOut) {
  std::atomic<bool> stop = false;
  host_.write("secret", "secret");  // where "../../.." of a moved a/b/c would end
  std::thread attacker([&] {
    const std::string inside = host_ / "inside/a/b";
    const std::string outside = host_ / "outside/b";
    while (!stop) {
      ::rename(inside.c_str(), outside.c_str());
      ::rename(outside.c_str(), inside.c_str());
    }
  });
  for (int i = 0; i < 3'000; ++i) {
    const std::string content = open("a/b/c/../../../secret");
    ASSERT_NE(content, "secret");
  }
  stop = true;
  attacker.join();
}

// The kernel does not resolve ".." while anybody renames anything; that is no error of the guest's.
TEST_P(SandboxTest, RenamesElsewhereAreNoError) {
  const TemporaryDirectory unrelated;
  unrelated.write("one", "");
  unrelated.write("two", "");
  std::atomic<bool> stop = false;
  std::thread renaming([&] {
    const std::string one = unrelated / "one";
    const std::string two = unrelated / "two";
    while (!stop) ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, two.c_str(), RENAME_EXCHANGE);
  });
  std::string inside;
  for (int i = 0; i < 500; ++i) inside += "a/../";
  const std::string outside = inside + "../outside/secret";
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(700);
  for (int i = 0; i < 200 && std::chrono::steady_clock::now() < deadline; ++i) {
    EXPECT_EQ(open(inside + "file"), "file");
    EXPECT_EQ(entry(inside + "file", true), Errno::success);
    EXPECT_EQ(open(outside), error(Errno::perm));
  }
  stop = true;
  renaming.join();
}

TEST(StaysBeneath, CountsTheComponentsOfTheText) {
  EXPECT_TRUE(stays_beneath("link", "target"));
  EXPECT_TRUE(stays_beneath("a/link", "../target"));
  EXPECT_TRUE(stays_beneath("a/b/link", "../../x/.."));
  EXPECT_TRUE(stays_beneath("a/link/", ".."));
  EXPECT_FALSE(stays_beneath("link", ".."));
  EXPECT_FALSE(stays_beneath("link", "x/../../y"));
  EXPECT_FALSE(stays_beneath("a/link", "../../target"));
  EXPECT_FALSE(stays_beneath("a/link/", "../.."));
  EXPECT_FALSE(stays_beneath("link", "/etc/passwd"));
}

}  // namespace
}  // namespace shallop::wasi
