// SPDX-License-Identifier: Apache-2.0
// fd_* calls about the table, and about files.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "base/unique_fd.hpp"
#include "unit/wasi/guest.hpp"

namespace shallop::wasi {
namespace {

class FdTest : public testing::Test {
 protected:
  FdTest() : guest_({.preopens = {{.host_path = host_.path(), .guest_path = "/data"}}}) {}

  Context& context() { return guest_.context; }
  Caller caller() { return guest_.caller(); }

  static constexpr Fd dir = 3;
  Fd open(std::string_view path, Rights rights = Rights::all, Oflags oflags = Oflags::creat) {
    const auto text = guest_.text(path);
    const auto opened = guest_.place<Fd>();
    EXPECT_EQ(path_open(context(), caller(), dir, {1}, text.pointer, text.size, raw(oflags), rights, Rights::none, {0},
                        opened),
              Errno::success);
    return guest_.get(opened);
  }
  std::string read(Fd fd, const std::vector<Size>& sizes) {
    const auto vectors = guest_.buffers(sizes);
    const auto count = guest_.place<Size>();
    const Errno error = fd_read(context(), caller(), fd, vectors, static_cast<Size>(sizes.size()), count);
    if (error != Errno::success) return "errno " + std::to_string(static_cast<int>(error));
    std::string all;
    for (Size i = 0; i < sizes.size(); ++i) {
      all += guest_.string(guest_.get(vectors, i).buf, std::min<size_t>(sizes[i], guest_.get(count) - all.size()));
    }
    return all;
  }
  Errno write(Fd fd, const std::vector<std::string_view>& texts) {
    const auto count = guest_.place<Size>();
    const Errno error = fd_write(context(), caller(), fd, guest_.texts(texts), static_cast<Size>(texts.size()), count);
    written_ = guest_.get(count);
    return error;
  }
  Fdstat fdstat(Fd fd) {
    const auto result = guest_.place<Fdstat>();
    EXPECT_EQ(fd_fdstat_get(context(), caller(), fd, result), Errno::success);
    return guest_.get(result);
  }
  Errno seek(Fd fd, Filedelta delta, Whence whence) {
    const auto result = guest_.place<Filesize>();
    const Errno error = fd_seek(context(), caller(), fd, delta, raw(whence), result);
    position_ = guest_.get(result);
    return error;
  }

  TemporaryDirectory host_;
  Guest guest_;
  Size written_ = 0;
  Filesize position_ = 0;
};

TEST_F(FdTest, ReadAndWriteMoveScatteredBytes) {
  const Fd fd = open("file");
  ASSERT_EQ(write(fd, {"he", "", "llo wor", "ld"}), Errno::success);
  EXPECT_EQ(written_, 11u);
  EXPECT_EQ(host_.read("file"), "hello world");
  EXPECT_EQ(read(fd, {5}), "");
  ASSERT_EQ(seek(fd, 0, Whence::set), Errno::success);
  EXPECT_EQ(read(fd, {5}), "hello");
  EXPECT_EQ(read(fd, {1, 0, 2, 100}), " world");
  EXPECT_EQ(write(fd, {}), Errno::success);
  EXPECT_EQ(written_, 0u);
}

TEST_F(FdTest, ReadAndWriteCheckEverything) {
  const Fd fd = open("file");
  const auto vectors = guest_.buffers({4});
  const auto count = guest_.place<Size>();
  EXPECT_EQ(fd_read(context(), caller(), 99, vectors, 1, count), Errno::badf);
  EXPECT_EQ(fd_read(context(), caller(), 1, vectors, 1, count), Errno::notcapable);
  EXPECT_EQ(fd_write(context(), caller(), 0, vectors, 1, count), Errno::notcapable);
  EXPECT_EQ(fd_read(context(), caller(), dir, vectors, 1, count), Errno::notcapable);
  EXPECT_EQ(fd_read(context(), caller(), fd, vectors, 1'025, count), Errno::inval);
  EXPECT_EQ(fd_write(context(), caller(), fd, vectors, 1'025, count), Errno::inval);
  EXPECT_EQ(fd_read(context(), caller(), fd, {Guest::memory_size - 4}, 1, count), Errno::fault);
  EXPECT_EQ(fd_read(context(), caller(), fd, vectors, 1, {Guest::memory_size}), Errno::fault);
  EXPECT_EQ(fd_read(context(), guest_.caller_without_memory(), fd, vectors, 1, count), Errno::fault);
  const auto wild = guest_.put_array<Iovec>({{64, 4}, {Guest::memory_size - 1, 2}});
  EXPECT_EQ(fd_write(context(), caller(), fd, wild, 2, count), Errno::fault);
  EXPECT_EQ(host_.read("file"), "");
  const std::vector<Iovec> many(1'024, Iovec{64, 1});
  EXPECT_EQ(fd_write(context(), caller(), fd, guest_.put_array(many), 1'024, count), Errno::success);
  EXPECT_EQ(guest_.get(count), 1'024u);
}

TEST_F(FdTest, PositionedTransfersLeaveThePosition) {
  const Fd fd = open("file");
  ASSERT_EQ(write(fd, {"0123456789"}), Errno::success);
  const auto count = guest_.place<Size>();
  const auto vectors = guest_.buffers({2, 2});
  ASSERT_EQ(fd_pread(context(), caller(), fd, vectors, 2, 3, count), Errno::success);
  EXPECT_EQ(guest_.get(count), 4u);
  EXPECT_EQ(guest_.string(guest_.get(vectors, 1).buf, 2), "56");
  ASSERT_EQ(fd_pwrite(context(), caller(), fd, guest_.texts({"AB"}), 1, 8, count), Errno::success);
  EXPECT_EQ(host_.read("file"), "01234567AB");
  EXPECT_EQ(fd_pread(context(), caller(), fd, vectors, 2, ~uint64_t{0}, count), Errno::inval);
  EXPECT_EQ(fd_pread(context(), caller(), 0, vectors, 2, 0, count), Errno::notcapable);
  const auto offset = guest_.place<Filesize>();
  ASSERT_EQ(fd_tell(context(), caller(), fd, offset), Errno::success);
  EXPECT_EQ(guest_.get(offset), 10u);
}

TEST_F(FdTest, SeekKnowsThreeOrigins) {
  const Fd fd = open("file");
  ASSERT_EQ(write(fd, {"0123456789"}), Errno::success);
  EXPECT_EQ(seek(fd, 3, Whence::set), Errno::success);
  EXPECT_EQ(position_, 3u);
  EXPECT_EQ(seek(fd, -1, Whence::cur), Errno::success);
  EXPECT_EQ(position_, 2u);
  EXPECT_EQ(seek(fd, -4, Whence::end), Errno::success);
  EXPECT_EQ(position_, 6u);
  EXPECT_EQ(seek(fd, -7, Whence::cur), Errno::inval);
  EXPECT_EQ(seek(fd, 0, Whence{3}), Errno::inval);
  EXPECT_EQ(seek(dir, 1, Whence::set), Errno::notcapable);
  EXPECT_EQ(seek(99, 1, Whence::set), Errno::badf);
  // Who may only tell may still ask that way.
  const Fd teller = open("file", Rights::fd_tell);
  EXPECT_EQ(seek(teller, 0, Whence::cur), Errno::success);
  EXPECT_EQ(seek(teller, 1, Whence::cur), Errno::notcapable);
  EXPECT_EQ(fd_seek(context(), caller(), fd, 0, {256}, guest_.place<Filesize>()), Errno::inval);
  // Who may seek may also tell.
  const Fd seeker = open("file", Rights::fd_seek);
  EXPECT_EQ(seek(seeker, 0, Whence::cur), Errno::success);
  EXPECT_EQ(fd_tell(context(), caller(), seeker, guest_.place<Filesize>()), Errno::success);
}

TEST_F(FdTest, APositionedWriteKeepsItsPlaceInAFileForAppending) {
  host_.write("file", "0123");
  const Fd fd = open("file");
  ASSERT_EQ(fd_fdstat_set_flags(context(), caller(), fd, raw(Fdflags::append)), Errno::success);
  const auto count = guest_.place<Size>();
  ASSERT_EQ(fd_pwrite(context(), caller(), fd, guest_.texts({"AB"}), 1, 1, count), Errno::success);
  utsname host{};
  ::uname(&host);
  int major = 0;
  int minor = 0;
  ASSERT_EQ(std::sscanf(host.release, "%d.%d", &major, &minor), 2);
  const bool linux_can = major > 6 || (major == 6 && minor >= 9);
  EXPECT_EQ(host_.read("file"), linux_can ? "0AB3" : "0123AB");
}

TEST_F(FdTest, CloseFreesTheNumberOnce) {
  const Fd first = open("a");
  const Fd second = open("b");
  EXPECT_EQ(first, 4u);
  EXPECT_EQ(second, 5u);
  EXPECT_EQ(fd_close(context(), caller(), first), Errno::success);
  EXPECT_EQ(fd_close(context(), caller(), first), Errno::badf);
  EXPECT_EQ(open("c"), first);
  EXPECT_EQ(fd_close(context(), caller(), 0), Errno::success);
  EXPECT_EQ(open("d"), 0u);
}

TEST_F(FdTest, ClosingAStandardStreamLeavesTheHosts) {
  UniqueFd pipe_ends[2];
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  pipe_ends[0] = UniqueFd(ends[0]);
  pipe_ends[1] = UniqueFd(ends[1]);
  Guest guest({.standard_streams = {ends[0], ends[1], ends[1]}});
  ASSERT_EQ(fd_close(guest.context, guest.caller(), 1), Errno::success);
  EXPECT_EQ(::write(ends[1], "x", 1), 1);
}

TEST_F(FdTest, RenumberMovesOntoAnOpenNumber) {
  const Fd from = open("from");
  const Fd to = open("to");
  ASSERT_EQ(write(from, {"1"}), Errno::success);
  EXPECT_EQ(fd_renumber(context(), caller(), from, 77), Errno::badf);
  EXPECT_EQ(fd_renumber(context(), caller(), 77, to), Errno::badf);
  EXPECT_EQ(fd_renumber(context(), caller(), from, from), Errno::success);
  ASSERT_EQ(fd_renumber(context(), caller(), from, to), Errno::success);
  EXPECT_EQ(write(from, {"x"}), Errno::badf);
  ASSERT_EQ(write(to, {"2"}), Errno::success);
  EXPECT_EQ(host_.read("from"), "12");
  EXPECT_EQ(host_.read("to"), "");
}

TEST_F(FdTest, StandardStreamsHaveTheirDirection) {
  EXPECT_EQ(fdstat(0).filetype, Filetype::character_device);
  EXPECT_TRUE(has(fdstat(0).rights_base, Rights::fd_read));
  EXPECT_FALSE(has(fdstat(0).rights_base, Rights::fd_write));
  EXPECT_TRUE(has(fdstat(2).rights_base, Rights::fd_write));
  EXPECT_FALSE(has(fdstat(2).rights_base, Rights::fd_read));
  // What a libc's isatty looks at.
  EXPECT_EQ(fdstat(1).rights_base & (Rights::fd_seek | Rights::fd_tell), Rights::none);
  EXPECT_EQ(fd_fdstat_set_flags(context(), caller(), 1, raw(Fdflags::nonblock)), Errno::notcapable);
}

TEST_F(FdTest, AFileAsStandardInputIsAFile) {
  host_.write("input", "0123456789");
  const UniqueFd input(::open((host_ / "input").c_str(), O_RDONLY | O_CLOEXEC));
  Guest guest({.standard_streams = {input.get(), input.get(), input.get()}});
  const auto position = guest.place<Filesize>();
  EXPECT_EQ(fd_seek(guest.context, guest.caller(), 0, -1, raw(Whence::end), position), Errno::success);
  EXPECT_EQ(guest.get(position), 9u);
}

TEST_F(FdTest, AMissingStandardStreamIsTheNullDevice) {
  Guest guest({.standard_streams = {-1, -1, -1}});
  const auto count = guest.place<Size>();
  EXPECT_EQ(fd_read(guest.context, guest.caller(), 0, guest.buffers({4}), 1, count), Errno::success);
  EXPECT_EQ(guest.get(count), 0u);
  EXPECT_EQ(fd_write(guest.context, guest.caller(), 2, guest.texts({"gone"}), 1, count), Errno::success);
}

TEST_F(FdTest, SetFlagsReplacesThem) {
  const Fd fd = open("file");
  ASSERT_EQ(fd_fdstat_set_flags(context(), caller(), fd, raw(Fdflags::append | Fdflags::nonblock)), Errno::success);
  EXPECT_EQ(fdstat(fd).flags, Fdflags::append | Fdflags::nonblock);
  ASSERT_EQ(write(fd, {"ab"}), Errno::success);
  ASSERT_EQ(seek(fd, 0, Whence::set), Errno::success);
  ASSERT_EQ(write(fd, {"c"}), Errno::success);
  EXPECT_EQ(host_.read("file"), "abc");
  ASSERT_EQ(fd_fdstat_set_flags(context(), caller(), fd, raw(Fdflags::none)), Errno::success);
  EXPECT_EQ(fdstat(fd).flags, Fdflags::none);
  ASSERT_EQ(seek(fd, 0, Whence::set), Errno::success);
  ASSERT_EQ(write(fd, {"X"}), Errno::success);
  EXPECT_EQ(host_.read("file"), "Xbc");
  EXPECT_EQ(fd_fdstat_set_flags(context(), caller(), fd, raw(Fdflags::dsync)), Errno::notsup);
  EXPECT_EQ(fd_fdstat_set_flags(context(), caller(), fd, {32}), Errno::inval);
  EXPECT_EQ(fd_fdstat_set_flags(context(), caller(), 99, {0}), Errno::badf);
}

TEST_F(FdTest, RightsOnlyShrink) {
  const Fd fd = open("file");
  const Fdstat before = fdstat(fd);
  const Rights less = before.rights_base & ~Rights::fd_write;
  EXPECT_EQ(fd_fdstat_set_rights(context(), caller(), fd, less | static_cast<Rights>(uint64_t{1} << 60), Rights::none),
            Errno::success);
  EXPECT_EQ(fdstat(fd).rights_base, less);
  EXPECT_EQ(write(fd, {"x"}), Errno::notcapable);
  EXPECT_EQ(fd_fdstat_set_rights(context(), caller(), fd, before.rights_base, Rights::none), Errno::notcapable);
  EXPECT_EQ(fd_fdstat_set_rights(context(), caller(), fd, less, Rights::fd_read), Errno::notcapable);
  EXPECT_EQ(fd_fdstat_set_rights(context(), caller(), 99, less, Rights::none), Errno::badf);
}

TEST_F(FdTest, PreopensTellTheirNames) {
  const auto result = guest_.place<Prestat>();
  ASSERT_EQ(fd_prestat_get(context(), caller(), dir, result), Errno::success);
  EXPECT_EQ(guest_.get(result).tag, Preopentype::dir);
  EXPECT_EQ(guest_.get(result).pr_name_len, 5u);
  const GuestBytes name{guest_.allocate(8)};
  ASSERT_EQ(fd_prestat_dir_name(context(), caller(), dir, name, 8), Errno::success);
  EXPECT_EQ(guest_.string(name.address, 6), "/data\xA5");
  EXPECT_EQ(fd_prestat_dir_name(context(), caller(), dir, name, 4), Errno::nametoolong);
  EXPECT_EQ(fd_prestat_dir_name(context(), caller(), dir, {Guest::memory_size - 2}, 5), Errno::fault);
  EXPECT_EQ(fd_prestat_get(context(), caller(), dir + 1, result), Errno::badf);
  EXPECT_EQ(fd_prestat_get(context(), caller(), 0, result), Errno::badf);
  EXPECT_EQ(fd_prestat_get(context(), caller(), open("file"), result), Errno::badf);
}

TEST_F(FdTest, FilestatAndSizeAndTimes) {
  const Fd fd = open("file");
  ASSERT_EQ(fd_filestat_set_size(context(), caller(), fd, 1'234), Errno::success);
  ASSERT_EQ(fd_filestat_set_times(context(), caller(), fd, 5'000'000'006, 7'000'000'008,
                                  raw(Fstflags::atim | Fstflags::mtim)),
            Errno::success);
  const auto result = guest_.place<Filestat>();
  ASSERT_EQ(fd_filestat_get(context(), caller(), fd, result), Errno::success);
  const Filestat stat = guest_.get(result);
  EXPECT_EQ(stat.filetype, Filetype::regular_file);
  EXPECT_EQ(stat.size, 1'234u);
  EXPECT_EQ(stat.nlink, 1u);
  EXPECT_EQ(stat.atim, 5'000'000'006u);
  EXPECT_EQ(stat.mtim, 7'000'000'008u);
  EXPECT_EQ(fd_filestat_set_size(context(), caller(), fd, ~uint64_t{0}), Errno::inval);
  EXPECT_EQ(fd_filestat_set_size(context(), caller(), dir, 1), Errno::notcapable);
  EXPECT_EQ(fd_filestat_set_times(context(), caller(), fd, 0, 0, {3}), Errno::inval);
  EXPECT_EQ(fd_filestat_get(context(), caller(), fd, {Guest::memory_size - 63}), Errno::fault);
}

TEST_F(FdTest, AllocateAdviseAndSync) {
  const Fd fd = open("file");
  EXPECT_EQ(fd_allocate(context(), caller(), fd, 100, 50), Errno::success);
  EXPECT_EQ(host_.read("file").size(), 150u);
  EXPECT_EQ(fd_allocate(context(), caller(), fd, 0, 0), Errno::inval);
  for (const Advice advice :
       {Advice::normal, Advice::sequential, Advice::random, Advice::willneed, Advice::dontneed, Advice::noreuse}) {
    EXPECT_EQ(fd_advise(context(), caller(), fd, 0, 150, raw(advice)), Errno::success);
  }
  EXPECT_EQ(fd_advise(context(), caller(), fd, 0, 150, {6}), Errno::inval);
  EXPECT_EQ(fd_advise(context(), caller(), fd, 0, ~uint64_t{0}, raw(Advice::normal)), Errno::inval);
  EXPECT_EQ(fd_advise(context(), caller(), dir, 0, 1, raw(Advice::normal)), Errno::badf);
  EXPECT_EQ(fd_sync(context(), caller(), fd), Errno::success);
  EXPECT_EQ(fd_datasync(context(), caller(), fd), Errno::success);
  EXPECT_EQ(fd_sync(context(), caller(), dir), Errno::success);
  EXPECT_EQ(fd_sync(context(), caller(), 99), Errno::badf);
}

TEST_F(FdTest, WritingToAPipeThatNobodyReadsIsAnErrno) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  {
    const UniqueFd write_end(ends[1]);
    Guest guest({.standard_streams = {ends[0], ends[1], ends[1]}});
    ASSERT_EQ(fd_close(guest.context, guest.caller(), 0), Errno::success);
    ::close(ends[0]);
    const auto before = std::signal(SIGPIPE, SIG_IGN);  // as the embedder does
    EXPECT_EQ(fd_write(guest.context, guest.caller(), 1, guest.texts({"x"}), 1, guest.place<Size>()), Errno::pipe);
    std::signal(SIGPIPE, before);
  }
}

}  // namespace
}  // namespace shallop::wasi
