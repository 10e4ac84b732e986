// SPDX-License-Identifier: Apache-2.0
// path_* calls as a guest makes them, path_open included.
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include "unit/wasi/guest.hpp"
#include "wasi/sandbox_path.hpp"

namespace shallop::wasi {
namespace {

namespace fs = std::filesystem;

constexpr Rights read_rights = Rights::fd_read | Rights::fd_seek | Rights::fd_tell | Rights::fd_filestat_get;
constexpr Rights write_rights = Rights::fd_write | Rights::fd_filestat_set_size | Rights::fd_filestat_set_times;

class PathTest : public testing::TestWithParam<PathResolver> {
 protected:
  PathTest()
      : guest_({.preopens = {{.host_path = host_.path(), .guest_path = "/data"},
                             {.host_path = host_.path(), .guest_path = "/ro", .read_only = true}},
                .path_resolver = GetParam()}) {}

  static constexpr Fd dir = 3;
  static constexpr Fd read_only = 4;

  Errno open_at(Fd base, std::string_view path, Oflags oflags, Rights rights, Fdflags fdflags = Fdflags::none,
                Lookupflags lookup = Lookupflags::symlink_follow, Rights inheriting = Rights::none) {
    const auto text = guest_.text(path);
    const auto opened = guest_.place<Fd>();
    const Errno error = path_open(guest_.context, guest_.caller(), base, raw(lookup), text.pointer, text.size,
                                  raw(oflags), rights, inheriting, raw(fdflags), opened);
    fd_ = guest_.get(opened);
    return error;
  }
  Errno open(std::string_view path, Oflags oflags = Oflags::none, Rights rights = read_rights) {
    return open_at(dir, path, oflags, rights);
  }
  Errno write(Fd fd, std::string_view content) {
    return fd_write(guest_.context, guest_.caller(), fd, guest_.texts({content}), 1, guest_.place<Size>());
  }
  Errno with_path(Errno (*call)(Context&, Caller, Fd, GuestBytes, Size) noexcept, Fd base, std::string_view path) {
    const auto text = guest_.text(path);
    return call(guest_.context, guest_.caller(), base, text.pointer, text.size);
  }
  Errno rename(Fd old_base, std::string_view old_path, Fd new_base, std::string_view new_path) {
    const auto from = guest_.text(old_path);
    const auto to = guest_.text(new_path);
    return path_rename(guest_.context, guest_.caller(), old_base, from.pointer, from.size, new_base, to.pointer,
                       to.size);
  }
  Errno link(Fd old_base, std::string_view old_path, Fd new_base, std::string_view new_path,
             Lookupflags flags = Lookupflags::none) {
    const auto from = guest_.text(old_path);
    const auto to = guest_.text(new_path);
    return path_link(guest_.context, guest_.caller(), old_base, raw(flags), from.pointer, from.size, new_base,
                     to.pointer, to.size);
  }
  Errno symlink(std::string_view target, Fd base, std::string_view path) {
    const auto from = guest_.text(target);
    const auto to = guest_.text(path);
    return path_symlink(guest_.context, guest_.caller(), from.pointer, from.size, base, to.pointer, to.size);
  }
  Errno filestat(std::string_view path, Lookupflags flags = Lookupflags::none) {
    const auto text = guest_.text(path);
    const auto result = guest_.place<Filestat>();
    const Errno error =
        path_filestat_get(guest_.context, guest_.caller(), dir, raw(flags), text.pointer, text.size, result);
    stat_ = guest_.get(result);
    return error;
  }
  Errno set_times(Fd base, std::string_view path, Timestamp atim, Timestamp mtim, Fstflags fstflags,
                  Lookupflags flags = Lookupflags::none) {
    const auto text = guest_.text(path);
    return path_filestat_set_times(guest_.context, guest_.caller(), base, raw(flags), text.pointer, text.size, atim,
                                   mtim, raw(fstflags));
  }
  Errno readlink(std::string_view path, Size capacity) {
    const auto text = guest_.text(path);
    const GuestBytes buffer{guest_.allocate(capacity)};
    const auto used = guest_.put<Size>(0);
    const Errno error =
        path_readlink(guest_.context, guest_.caller(), dir, text.pointer, text.size, buffer, capacity, used);
    target_ = guest_.string(buffer.address, guest_.get(used));
    return error;
  }

  TemporaryDirectory host_;
  Guest guest_;
  Fd fd_ = 0;
  Filestat stat_{};
  std::string target_;
};

INSTANTIATE_TEST_SUITE_P(Resolvers, PathTest, testing::Values(host_path_resolver(), PathResolver::walk),
                         [](const auto& info) { return info.index == 0 ? "host" : "walk"; });

TEST_P(PathTest, OpenCreatesReadsAndWrites) {
  ASSERT_EQ(open("new", Oflags::creat | Oflags::excl, read_rights | write_rights), Errno::success);
  EXPECT_EQ(fd_, 5u);
  EXPECT_EQ(write(fd_, "hello"), Errno::success);
  EXPECT_EQ(host_.read("new"), "hello");
  EXPECT_EQ(open("new", Oflags::creat | Oflags::excl), Errno::exist);
  EXPECT_EQ(open("new", Oflags::trunc, write_rights), Errno::success);
  EXPECT_EQ(host_.read("new"), "");
  EXPECT_EQ(open("missing"), Errno::noent);
  struct stat stat{};
  ASSERT_EQ(::stat((host_ / "new").c_str(), &stat), 0);
  EXPECT_EQ(stat.st_mode & 0111, 0u);
}

TEST_P(PathTest, OpenGrantsWhatWasAskedForAndMakesSense) {
  host_.write("file", "x");
  ASSERT_EQ(open("file", Oflags::none, read_rights | Rights::path_open), Errno::success);
  EXPECT_EQ(write(fd_, "y"), Errno::notcapable);
  const auto result = guest_.place<Fdstat>();
  ASSERT_EQ(fd_fdstat_get(guest_.context, guest_.caller(), fd_, result), Errno::success);
  const Fdstat stat = guest_.get(result);
  EXPECT_EQ(stat.filetype, Filetype::regular_file);
  EXPECT_EQ(stat.rights_base, read_rights);
  ASSERT_EQ(open_at(dir, "file", Oflags::none, write_rights, Fdflags::append | Fdflags::nonblock), Errno::success);
  ASSERT_EQ(fd_fdstat_get(guest_.context, guest_.caller(), fd_, result), Errno::success);
  EXPECT_EQ(guest_.get(result).flags, Fdflags::append | Fdflags::nonblock);
  EXPECT_EQ(write(fd_, "y"), Errno::success);
  EXPECT_EQ(host_.read("file"), "xy");
}

TEST_P(PathTest, OpenMasksUnknownRightsAndRefusesThoseTheDirectoryDoesNotPassOn) {
  host_.write("file", "x");
  fs::create_directory(host_ / "sub");
  EXPECT_EQ(open("file", Oflags::none, static_cast<Rights>(~uint64_t{0}) & ~write_rights), Errno::success);
  ASSERT_EQ(
      open_at(dir, "sub", Oflags::directory, Rights::path_open, Fdflags::none, Lookupflags::none, Rights::fd_read),
      Errno::success);
  const Fd sub = fd_;
  host_.write("sub/file", "x");
  EXPECT_EQ(open_at(sub, "file", Oflags::none, Rights::fd_read), Errno::success);
  EXPECT_EQ(open_at(sub, "file", Oflags::none, Rights::fd_read | Rights::fd_write), Errno::notcapable);
  EXPECT_EQ(open_at(sub, "new", Oflags::creat, Rights::fd_read), Errno::notcapable);
}

TEST_P(PathTest, OpenChecksItsArguments) {
  host_.write("file", "x");
  const auto text = guest_.text("file");
  const auto opened = guest_.place<Fd>();
  const auto call = [&](Fd fd, Unchecked<Lookupflags> lookup, GuestBytes path, Size size, Unchecked<Oflags> oflags,
                        Unchecked<Fdflags> fdflags, GuestPointer<Fd> result) {
    return path_open(guest_.context, guest_.caller(), fd, lookup, path, size, oflags, read_rights, Rights::none,
                     fdflags, result);
  };
  EXPECT_EQ(call(dir, {0}, text.pointer, 4, {0}, {0}, opened), Errno::success);
  EXPECT_EQ(call(dir, {2}, text.pointer, 4, {0}, {0}, opened), Errno::inval);
  EXPECT_EQ(call(dir, {0}, text.pointer, 4, {16}, {0}, opened), Errno::inval);
  EXPECT_EQ(call(dir, {0}, text.pointer, 4, {0}, {32}, opened), Errno::inval);
  EXPECT_EQ(call(dir, {0}, text.pointer, 4, {3}, {0}, opened), Errno::inval);  // creat and directory
  EXPECT_EQ(call(99, {0}, text.pointer, 4, {0}, {0}, opened), Errno::badf);
  EXPECT_EQ(call(1, {0}, text.pointer, 4, {0}, {0}, opened), Errno::notdir);
  EXPECT_EQ(call(dir, {0}, text.pointer, 0xFFFF'FFFF, {0}, {0}, opened), Errno::fault);
  EXPECT_EQ(call(dir, {0}, {Guest::memory_size - 3}, 4, {0}, {0}, opened), Errno::fault);
  EXPECT_EQ(call(dir, {0}, text.pointer, 4, {0}, {0}, {Guest::memory_size - 3}), Errno::fault);
  EXPECT_EQ(open(std::string("file\0", 5)), Errno::inval);
  EXPECT_EQ(open(""), Errno::noent);
  EXPECT_EQ(open(std::string(4'096, 'x')), Errno::nametoolong);
  EXPECT_EQ(open(std::string(256, 'x')), Errno::nametoolong);
}

TEST_P(PathTest, OpenKnowsDirectories) {
  fs::create_directory(host_ / "sub");
  host_.write("file", "x");
  EXPECT_EQ(open("sub", Oflags::directory), Errno::success);
  EXPECT_EQ(open("sub", Oflags::directory, Rights::all & ~Rights::fd_write), Errno::success);
  EXPECT_EQ(open("sub", Oflags::directory, Rights::all), Errno::isdir);
  EXPECT_EQ(open("file", Oflags::directory), Errno::notdir);
  EXPECT_EQ(open("sub", Oflags::none, read_rights | write_rights), Errno::isdir);
}

TEST_P(PathTest, OpenFollowsALinkOnlyWhenAsked) {
  host_.write("file", "x");
  fs::create_symlink("file", host_ / "link");
  EXPECT_EQ(open_at(dir, "link", Oflags::none, read_rights), Errno::success);
  EXPECT_EQ(open_at(dir, "link", Oflags::none, read_rights, Fdflags::none, Lookupflags::none), Errno::loop);
}

TEST_P(PathTest, EscapesAreRefusedByEveryCall) {
  fs::create_directories(host_ / "sub/x");
  host_.write("file", "x");
  fs::create_symlink("/", host_ / "sub/out");
  // Seen from `sub`, everything above it is outside.
  ASSERT_EQ(open_at(dir, "sub", Oflags::directory, rights_for(Filetype::directory), Fdflags::none, Lookupflags::none,
                    Rights::all),
            Errno::success);
  const Fd sub = fd_;
  // Of our own making, so that a broken sandbox does not cost the host anything.
  const TemporaryDirectory outside;
  outside.write("secret", "secret");
  const std::string secret = outside / "secret";
  const std::string linked = "out" + secret;
  for (const std::string_view path : std::vector<std::string_view>{"../file", secret, linked, "..", "x/../../file"}) {
    EXPECT_EQ(open_at(sub, path, Oflags::none, read_rights), Errno::perm) << path;
    EXPECT_EQ(with_path(path_create_directory, sub, path), Errno::perm) << path;
    EXPECT_EQ(with_path(path_remove_directory, sub, path), Errno::perm) << path;
    EXPECT_EQ(with_path(path_unlink_file, sub, path), Errno::perm) << path;
    EXPECT_EQ(rename(sub, path, dir, "moved"), Errno::perm) << path;
    EXPECT_EQ(rename(dir, "file", sub, path), Errno::perm) << path;
    EXPECT_EQ(link(sub, path, dir, "linked"), Errno::perm) << path;
    EXPECT_EQ(link(dir, "file", sub, path), Errno::perm) << path;
    EXPECT_EQ(symlink("x", sub, path), Errno::perm) << path;
    EXPECT_EQ(set_times(sub, path, 1, 1, Fstflags::mtim), Errno::perm) << path;
  }
  EXPECT_EQ(host_.read("file"), "x");
  EXPECT_EQ(outside.read("secret"), "secret");
}

TEST_P(PathTest, DirectoriesAreMadeAndRemoved) {
  EXPECT_EQ(with_path(path_create_directory, dir, "d"), Errno::success);
  EXPECT_EQ(with_path(path_create_directory, dir, "d/"), Errno::exist);
  EXPECT_EQ(with_path(path_create_directory, dir, "d/e/"), Errno::success);
  EXPECT_EQ(with_path(path_create_directory, dir, "x/y"), Errno::noent);
  EXPECT_EQ(with_path(path_remove_directory, dir, "d"), Errno::notempty);
  host_.write("d/e/f", "");
  EXPECT_EQ(with_path(path_remove_directory, dir, "d/e/f"), Errno::notdir);
  EXPECT_EQ(with_path(path_unlink_file, dir, "d/e/f/"), Errno::notdir);
  EXPECT_EQ(with_path(path_unlink_file, dir, "d/e"), Errno::isdir);
  EXPECT_EQ(with_path(path_unlink_file, dir, "d/e/f"), Errno::success);
  EXPECT_EQ(with_path(path_unlink_file, dir, "d/e/f"), Errno::noent);
  EXPECT_EQ(with_path(path_remove_directory, dir, "d/e/"), Errno::success);
  EXPECT_EQ(with_path(path_remove_directory, dir, "d/."), Errno::inval);
}

TEST_P(PathTest, RenameMovesAcrossDescriptors) {
  fs::create_directories(host_ / "one");
  fs::create_directories(host_ / "two");
  host_.write("one/file", "content");
  const auto open_directory = [&](std::string_view path) {
    EXPECT_EQ(open_at(dir, path, Oflags::directory, rights_for(Filetype::directory), Fdflags::none, Lookupflags::none,
                      Rights::all),
              Errno::success);
    return fd_;
  };
  const Fd one = open_directory("one");
  const Fd two = open_directory("two");
  EXPECT_EQ(rename(one, "file", two, "moved"), Errno::success);
  EXPECT_EQ(host_.read("two/moved"), "content");
  EXPECT_EQ(rename(one, "file", two, "moved"), Errno::noent);
  EXPECT_EQ(rename(dir, "one", two, "inner"), Errno::success);
  EXPECT_EQ(rename(dir, "two", dir, "two/inner/x"), Errno::inval);
  // Opened before it moved: still the same directory.
  EXPECT_EQ(with_path(path_create_directory, one, "made"), Errno::success);
  EXPECT_TRUE(fs::exists(host_ / "two/inner/made"));
  EXPECT_EQ(open_at(one, "../moved", Oflags::none, read_rights), Errno::perm);
}

TEST_P(PathTest, HardLinksNameTheSameFile) {
  host_.write("file", "x");
  ASSERT_EQ(link(dir, "file", dir, "other"), Errno::success);
  ASSERT_EQ(filestat("file"), Errno::success);
  const Filestat file = stat_;
  ASSERT_EQ(filestat("other"), Errno::success);
  EXPECT_EQ(stat_.ino, file.ino);
  EXPECT_EQ(stat_.nlink, 2u);
  EXPECT_EQ(link(dir, "file", dir, "other"), Errno::exist);
  fs::create_symlink("file", host_ / "sym");
  ASSERT_EQ(link(dir, "sym", dir, "sym2"), Errno::success);
  EXPECT_TRUE(fs::is_symlink(host_ / "sym2"));
  ASSERT_EQ(link(dir, "sym", dir, "followed", Lookupflags::symlink_follow), Errno::success);
  EXPECT_FALSE(fs::is_symlink(host_ / "followed"));
  fs::create_symlink(host_ / "file", host_ / "evil");  // absolute
  EXPECT_EQ(link(dir, "evil", dir, "got", Lookupflags::symlink_follow), Errno::perm);
}

TEST_P(PathTest, SymbolicLinksPointBeneath) {
  EXPECT_EQ(symlink("target", dir, "link"), Errno::success);
  EXPECT_EQ(fs::read_symlink(host_ / "link"), "target");
  EXPECT_EQ(symlink("target", dir, "link"), Errno::exist);
  EXPECT_EQ(symlink("/etc/passwd", dir, "absolute"), Errno::perm);
  EXPECT_EQ(symlink("../x", dir, "escaping"), Errno::perm);
  EXPECT_EQ(symlink("", dir, "empty"), Errno::noent);
  EXPECT_EQ(symlink(std::string("a\0b", 3), dir, "nul"), Errno::inval);
  EXPECT_EQ(readlink("link", 10), Errno::success);
  EXPECT_EQ(target_, "target");
  EXPECT_EQ(readlink("link", 3), Errno::success);
  EXPECT_EQ(target_, "tar");
  EXPECT_EQ(readlink("link", 0), Errno::success);
  EXPECT_EQ(target_, "");
  host_.write("file", "x");
  EXPECT_EQ(readlink("file", 10), Errno::inval);
  EXPECT_EQ(readlink("missing", 10), Errno::noent);
}

TEST_P(PathTest, FilestatDescribesTheFileOrTheLink) {
  host_.write("file", "12345");
  fs::create_symlink("file", host_ / "link");
  fs::create_symlink(host_ / "file", host_ / "evil");  // absolute
  ASSERT_EQ(filestat("link", Lookupflags::symlink_follow), Errno::success);
  EXPECT_EQ(stat_.filetype, Filetype::regular_file);
  EXPECT_EQ(stat_.size, 5u);
  ASSERT_EQ(filestat("link"), Errno::success);
  EXPECT_EQ(stat_.filetype, Filetype::symbolic_link);
  ASSERT_EQ(filestat("."), Errno::success);
  EXPECT_EQ(stat_.filetype, Filetype::directory);
  EXPECT_EQ(filestat("evil"), Errno::success);
  EXPECT_EQ(filestat("evil", Lookupflags::symlink_follow), Errno::perm);
  EXPECT_EQ(filestat("missing", Lookupflags::symlink_follow), Errno::noent);
  EXPECT_EQ(filestat("file/"), Errno::notdir);
  EXPECT_EQ(filestat(".."), Errno::perm);
}

TEST_P(PathTest, TimesAreSetAsTheFlagsSay) {
  host_.write("file", "x");
  fs::create_symlink("file", host_ / "link");
  ASSERT_EQ(set_times(dir, "file", 1'000'000'001, 2'000'000'002, Fstflags::atim | Fstflags::mtim), Errno::success);
  ASSERT_EQ(filestat("file"), Errno::success);
  EXPECT_EQ(stat_.atim, 1'000'000'001u);
  EXPECT_EQ(stat_.mtim, 2'000'000'002u);
  ASSERT_EQ(set_times(dir, "link", 5, 3'000'000'003, Fstflags::mtim, Lookupflags::symlink_follow), Errno::success);
  ASSERT_EQ(filestat("file"), Errno::success);
  EXPECT_EQ(stat_.atim, 1'000'000'001u);
  EXPECT_EQ(stat_.mtim, 3'000'000'003u);
  ASSERT_EQ(set_times(dir, "link", 0, 7, Fstflags::mtim), Errno::success);  // the link's own
  ASSERT_EQ(filestat("file"), Errno::success);
  EXPECT_EQ(stat_.mtim, 3'000'000'003u);
  const Timestamp before = read_system_clock(Clockid::realtime);
  ASSERT_EQ(set_times(dir, "file", 0, 0, Fstflags::mtim_now), Errno::success);
  ASSERT_EQ(filestat("file"), Errno::success);
  EXPECT_GE(stat_.mtim + 1'000'000'000, before);
  EXPECT_EQ(set_times(dir, "file", 0, 0, Fstflags::mtim | Fstflags::mtim_now), Errno::inval);
  EXPECT_EQ(set_times(dir, "file", 0, 0, Fstflags::atim | Fstflags::atim_now), Errno::inval);
  EXPECT_EQ(set_times(dir, "file", 0, 0, Fstflags{16}), Errno::inval);
}

TEST_P(PathTest, AReadOnlyPreopenChangesInNoWay) {
  host_.write("file", "x");
  fs::create_directory(host_ / "sub");
  EXPECT_EQ(open_at(read_only, "file", Oflags::none, write_rights), Errno::rofs);
  EXPECT_EQ(open_at(read_only, "file", Oflags::trunc, read_rights), Errno::rofs);
  EXPECT_EQ(open_at(read_only, "new", Oflags::creat, read_rights), Errno::rofs);
  EXPECT_EQ(with_path(path_create_directory, read_only, "d"), Errno::rofs);
  EXPECT_EQ(with_path(path_remove_directory, read_only, "sub"), Errno::rofs);
  EXPECT_EQ(with_path(path_unlink_file, read_only, "file"), Errno::rofs);
  EXPECT_EQ(rename(read_only, "file", dir, "moved"), Errno::rofs);
  EXPECT_EQ(rename(dir, "file", read_only, "moved"), Errno::rofs);
  EXPECT_EQ(link(read_only, "file", dir, "linked"), Errno::rofs);
  EXPECT_EQ(link(dir, "file", read_only, "linked"), Errno::rofs);
  EXPECT_EQ(symlink("x", read_only, "link"), Errno::rofs);
  EXPECT_EQ(set_times(read_only, "file", 1, 1, Fstflags::mtim), Errno::rofs);
  // Nor through what is opened beneath it.
  ASSERT_EQ(open_at(read_only, "sub", Oflags::directory, rights_for(Filetype::directory), Fdflags::none,
                    Lookupflags::none, Rights::all),
            Errno::success);
  EXPECT_EQ(with_path(path_create_directory, fd_, "d"), Errno::rofs);
  ASSERT_EQ(open_at(read_only, "file", Oflags::none, read_rights | Rights::fd_filestat_set_times), Errno::success);
  EXPECT_EQ(fd_filestat_set_times(guest_.context, guest_.caller(), fd_, 1, 1, raw(Fstflags::mtim)), Errno::rofs);
  EXPECT_EQ(host_.read("file"), "x");
}

TEST_P(PathTest, SynchronisingFlagsTakeTheRightsToSynchronise) {
  fs::create_directory(host_ / "sub");
  const Rights passed_on = Rights::fd_read | Rights::fd_datasync;
  ASSERT_EQ(open_at(dir, "sub", Oflags::directory, Rights::path_open | Rights::path_create_file, Fdflags::none,
                    Lookupflags::none, passed_on),
            Errno::success);
  const Fd sub = fd_;
  EXPECT_EQ(open_at(sub, "file", Oflags::creat, Rights::fd_read, Fdflags::dsync), Errno::success);
  EXPECT_EQ(open_at(sub, "file", Oflags::creat, Rights::fd_read, Fdflags::sync), Errno::notcapable);
  EXPECT_EQ(open_at(sub, "file", Oflags::creat, Rights::fd_read, Fdflags::rsync), Errno::notcapable);
}

TEST_P(PathTest, DevicesOfTheMachineAreNotForGuests) {
  Guest guest({.preopens = {{.host_path = "/dev", .guest_path = "/dev"}}, .path_resolver = GetParam()});
  const auto open_device = [&](std::string_view path, Rights rights) {
    const auto text = guest.text(path);
    return path_open(guest.context, guest.caller(), 3, raw(Lookupflags::symlink_follow), text.pointer, text.size, {0},
                     rights, Rights::none, {0}, guest.place<Fd>());
  };
  for (const std::string_view path : {"null", "zero", "full", "random", "urandom"}) {
    EXPECT_EQ(open_device(path, Rights::fd_read | Rights::fd_write), Errno::success) << path;
  }
  // Those that there are nearly everywhere, and may be opened.
  size_t met = 0;
  for (const std::string path : {"kmsg", "ptmx", "pts", "loop0", "fuse"}) {
    if (::access(("/dev/" + path).c_str(), R_OK) != 0) continue;
    ++met;
    EXPECT_EQ(open_device(path, Rights::fd_read), Errno::acces) << path;
  }
  EXPECT_NE(met, 0U);
}

// A device node that tells of every time it is opened.
class WatchedDevice {
 public:
  explicit WatchedDevice(std::string path) : path_(std::move(path)), watch_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    constexpr unsigned memory_devices = 1;
    constexpr unsigned kmsg = 11;
    is_there_ = ::mknod(path_.c_str(), S_IFCHR | 0600, makedev(memory_devices, kmsg)) == 0 &&
                UniqueFd(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) &&
                ::inotify_add_watch(watch_.get(), path_.c_str(), IN_OPEN) >= 0;
  }
  // False where devices cannot be made, or not opened.
  bool is_there() const { return is_there_; }
  bool was_opened() const {
    std::array<char, 4096> events;
    return ::read(watch_.get(), events.data(), events.size()) > 0;
  }

 private:
  std::string path_;
  UniqueFd watch_;
  bool is_there_ = false;
};

TEST_P(PathTest, AMachinesDevicesAreRefusedWithoutBeingOpened) {
  const WatchedDevice device(host_ / "device");
  if (!device.is_there()) GTEST_SKIP() << "a device node can be made and opened by root only, and not everywhere";
  fs::create_symlink("device", host_ / "link");
  for (const std::string_view path : {"device", "link", "./device"}) {
    EXPECT_EQ(open(path), Errno::acces) << path;
    EXPECT_EQ(open(path, Oflags::creat), Errno::acces) << path;
    EXPECT_EQ(open(path, Oflags::trunc, write_rights), Errno::acces) << path;
    EXPECT_EQ(open(path, Oflags::creat | Oflags::excl), Errno::exist) << path;
    EXPECT_EQ(open(path, Oflags::directory), Errno::notdir) << path;
  }
  EXPECT_FALSE(device.was_opened());
  const UniqueFd opened(::open((host_ / "device").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  EXPECT_TRUE(device.was_opened()) << "nothing would have been noticed";
}

TEST_P(PathTest, ADeviceThatIsSwappedInIsNotOpenedEither) {
  const WatchedDevice device(host_ / "device");
  if (!device.is_there()) GTEST_SKIP() << "a device node can be made and opened by root only, and not everywhere";
  host_.write("file", "content");
  std::atomic<bool> is_over = false;
  std::thread swapping([&] {
    const std::string one = host_ / "file";
    const std::string two = host_ / "device";
    while (!is_over) ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, two.c_str(), RENAME_EXCHANGE);
  });
  std::map<Errno, size_t> answers;
  const auto text = guest_.text("file");
  const auto opened = guest_.place<Fd>();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  while (std::chrono::steady_clock::now() < deadline) {
    for (const Oflags oflags : {Oflags::none, Oflags::creat, Oflags::trunc}) {
      const Errno error = path_open(guest_.context, guest_.caller(), dir, raw(Lookupflags::symlink_follow),
                                    text.pointer, text.size, raw(oflags), write_rights, Rights::none, {0}, opened);
      ++answers[error];
      if (error == Errno::success) fd_close(guest_.context, guest_.caller(), guest_.get(opened));
    }
  }
  is_over = true;
  swapping.join();
  EXPECT_FALSE(device.was_opened());
  // Both were met, and nothing else.
  EXPECT_TRUE(answers.contains(Errno::success) && answers.contains(Errno::acces));
  EXPECT_EQ(answers.size(), 2U);
}

// A file that is made there means something to the kernel: a queue, or a variable of the firmware.
TEST_P(PathTest, NoFileIsMadeInAKernelsInterface) {
  struct statfs info{};
  constexpr long mqueue_magic = 0x1980'0202;
  const std::string name = "shallop-test-" + std::to_string(::getpid());
  if (::statfs("/dev/mqueue", &info) != 0 || info.f_type != mqueue_magic) GTEST_SKIP() << "no mqueue at /dev/mqueue";
  Guest guest({.preopens = {{.host_path = "/dev", .guest_path = "/dev"}}, .path_resolver = GetParam()});
  const auto text = guest.text("mqueue/" + name);
  EXPECT_EQ(path_open(guest.context, guest.caller(), 3, raw(Lookupflags::symlink_follow), text.pointer, text.size,
                      raw(Oflags::creat), write_rights, Rights::none, {0}, guest.place<Fd>()),
            Errno::acces);
  EXPECT_FALSE(fs::remove("/dev/mqueue/" + name));
}

TEST(MachineDevice, IsABlockDeviceOrACharacterDeviceThatIsNotHarmless) {
  const auto is_one = [](mode_t type, unsigned major, unsigned minor) {
    struct stat stat{};
    stat.st_mode = type | 0600;
    stat.st_rdev = makedev(major, minor);
    return is_machine_device(stat);
  };
  EXPECT_FALSE(is_one(S_IFREG, 8, 0));
  EXPECT_FALSE(is_one(S_IFDIR, 0, 0));
  EXPECT_FALSE(is_one(S_IFCHR, 1, 3));
  EXPECT_TRUE(is_one(S_IFCHR, 1, 1)) << "/dev/mem";
  EXPECT_TRUE(is_one(S_IFCHR, 5, 0)) << "/dev/tty";
  EXPECT_TRUE(is_one(S_IFCHR, 10, 3));
  EXPECT_TRUE(is_one(S_IFBLK, 1, 3)) << "/dev/ram3";
}

TEST_P(PathTest, TheKernelsInterfacesAreNotForGuests) {
  Guest guest({.preopens = {{.host_path = "/", .guest_path = "/"}}, .path_resolver = GetParam()});
  const auto open_in_root = [&](std::string_view path, Rights rights) {
    const auto text = guest.text(path);
    return path_open(guest.context, guest.caller(), 3, raw(Lookupflags::symlink_follow), text.pointer, text.size, {0},
                     rights, Rights::none, {0}, guest.place<Fd>());
  };
  for (const std::string_view path :
       {"proc/self/mem", "proc/self/environ", "proc/self/maps", "proc", "proc/self/task", "proc/thread-self/mem"}) {
    EXPECT_EQ(open_in_root(path, Rights::fd_read), Errno::acces) << path;
  }
  EXPECT_EQ(open_in_root("proc/self/mem", Rights::fd_read | Rights::fd_write), Errno::acces);
  EXPECT_NE(open_in_root("proc/self/root/etc/passwd", Rights::fd_read), Errno::success);
  EXPECT_EQ(open_in_root("sys", Rights::fd_read), Errno::acces);
  EXPECT_EQ(open_in_root("sys/kernel", Rights::fd_readdir), Errno::acces);
  EXPECT_EQ(open_in_root("etc/passwd", Rights::fd_read), Errno::success);
  // Neither by the calls that open nothing.
  const auto in_root = [&](std::string_view path) { return guest.text(path); };
  const auto exe = in_root("proc/self/exe");
  EXPECT_EQ(path_readlink(guest.context, guest.caller(), 3, exe.pointer, exe.size, {guest.allocate(64)}, 64,
                          guest.place<Size>()),
            Errno::acces);
  for (const std::string_view path : {"proc/self/stat", "proc/self/", "proc/self/task/..", "sys/kernel/"}) {
    const auto text = in_root(path);
    EXPECT_EQ(path_filestat_get(guest.context, guest.caller(), 3, raw(Lookupflags::symlink_follow), text.pointer,
                                text.size, guest.place<Filestat>()),
              Errno::acces)
        << path;
  }
  const auto made = in_root("sys/kernel/shallop-was-here");
  EXPECT_EQ(path_create_directory(guest.context, guest.caller(), 3, made.pointer, made.size), Errno::acces);
}

}  // namespace
}  // namespace shallop::wasi
