// SPDX-License-Identifier: Apache-2.0
// path_open. The directory preopened at 3 holds "file", "sub", "link" (to "file"), "dirlink" (to "sub"), "dangling" (to
// "nothing"), "loop" (to itself) and "fifo"; 4 is the host's "/".
#include "expect.h"

static uint32_t opened;

static uint32_t open_plain(uint32_t lookup, const char* path, uint32_t oflags) {
  return wasi_path_open(3, lookup, path, (uint32_t)strlen(path), oflags, RIGHT(read_), 0, 0, &opened);
}
#define EXPECT_OPEN(name, ...) expect(__FILE__, __LINE__, "path_open", errno_##name, open_plain(__VA_ARGS__))

static void creating(void) {
  EXPECT_OPEN(noent, no_follow, "new", 0);
  EXPECT_OPEN(success, no_follow, "new", o_creat);
  EXPECT_OPEN(success, no_follow, "new", o_creat);
  EXPECT_OPEN(exist, no_follow, "new", o_creat | o_excl);
  EXPECT_OPEN(exist, no_follow, "dangling", o_creat | o_excl);
  EXPECT_OPEN(exist, follow, "dangling", o_creat | o_excl);
  EXPECT_OPEN(success, follow, "dangling", o_creat);
  EXPECT_OPEN(success, no_follow, "nothing", 0);
  EXPECT_OPEN(noent, no_follow, "missing/new", o_creat);
  EXPECT_OPEN(isdir, no_follow, "new-dir/", o_creat);
  EXPECT_OPEN(inval, no_follow, "sub", o_creat | o_directory);
  EXPECT(path_open, isdir, 3, no_follow, PATH("sub"), o_trunc, RIGHT(write_), 0, 0, &opened);
  // Cutting a file takes no right on the file, only the directory's.
  struct filestat stat;
  EXPECT(path_open, success, 3, no_follow, PATH("file"), o_trunc, 0, 0, 0, &opened);
  EXPECT(path_filestat_get, success, 3, no_follow, PATH("file"), &stat);
  CHECK(stat.size == 0);
}

static void directories(void) {
  EXPECT_OPEN(success, no_follow, "sub", o_directory);
  EXPECT_OPEN(success, no_follow, "sub/", 0);
  EXPECT_OPEN(success, no_follow, "sub///", o_directory);
  EXPECT_OPEN(success, no_follow, ".", o_directory);
  EXPECT_OPEN(success, no_follow, "sub/..", 0);
  EXPECT_OPEN(notdir, no_follow, "file", o_directory);
  EXPECT_OPEN(notdir, no_follow, "file/", 0);
  EXPECT_OPEN(notdir, no_follow, "file/x", 0);
  EXPECT(path_open, isdir, 3, no_follow, PATH("sub"), 0, RIGHT(read_) | RIGHT(write_), 0, 0, &opened);
  EXPECT(path_open, isdir, 3, no_follow, PATH("."), o_directory, RIGHT(read_) | RIGHT(write_), 0, 0, &opened);
  EXPECT(path_open, success, 3, no_follow, PATH("."), o_directory, ALL_RIGHTS & ~RIGHT(write_), ALL_RIGHTS, 0, &opened);
  struct fdstat stat, parent;
  EXPECT(fd_fdstat_get, success, opened, &stat);
  EXPECT(fd_fdstat_get, success, 3, &parent);
  CHECK(stat.base == parent.base && stat.inheriting == parent.inheriting);
  EXPECT(path_open, success, 3, no_follow, PATH("."), 0, parent.base, parent.inheriting, fd_nonblock, &opened);
  EXPECT(path_open, success, 3, no_follow, PATH("."), 0, 0, 0, 0, &opened);
}

static void links(void) {
  EXPECT_OPEN(success, follow, "link", 0);
  EXPECT_OPEN(loop, no_follow, "link", 0);
  EXPECT_OPEN(loop, no_follow, "dangling", 0);
  EXPECT_OPEN(loop, no_follow, "loop", 0);
  EXPECT_OPEN(loop, follow, "loop", 0);
  EXPECT_OPEN(loop, no_follow, "loop/x", 0);
  EXPECT_OPEN(success, follow, "dirlink", o_directory);
  EXPECT_OPEN(notdir, no_follow, "dirlink", o_directory);
  EXPECT_OPEN(notdir, follow, "link", o_directory);
  EXPECT_OPEN(success, no_follow, "dirlink/", 0);
  EXPECT_OPEN(success, no_follow, "dirlink/../file", 0);
}

static void refusals(void) {
  EXPECT_OPEN(perm, no_follow, "/file", 0);
  EXPECT_OPEN(perm, no_follow, "..", 0);
  EXPECT_OPEN(noent, no_follow, "", 0);
  EXPECT(path_open, inval, 3, no_follow, PATH("file\0"), 0, 0, 0, 0, &opened);
  EXPECT(path_open, inval, 3, 2, PATH("file"), 0, 0, 0, 0, &opened);
  EXPECT(path_open, inval, 3, no_follow, PATH("file"), 16, 0, 0, 0, &opened);
  EXPECT(path_open, inval, 3, no_follow, PATH("file"), 0, 0, 0, 32, &opened);
  EXPECT(path_open, badf, no_fd, no_follow, PATH("file"), 0, 0, 0, 0, &opened);
  EXPECT(path_open, fault, 3, no_follow, OUTSIDE, 64, 0, 0, 0, 0, &opened);
  EXPECT(path_open, fault, 3, no_follow, PATH("file"), 0, 0, 0, 0, OUTSIDE + 5);
  static char name[4096];
  memset(name, 'x', sizeof name);
  EXPECT(path_open, nametoolong, 3, no_follow, name, 256, 0, 0, 0, 0, &opened);
  EXPECT(path_open, nametoolong, 3, no_follow, name, 4096, 0, 0, 0, 0, &opened);
  EXPECT(path_open, nxio, 3, no_follow, PATH("fifo"), 0, RIGHT(write_), 0, fd_nonblock, &opened);
  EXPECT(path_open, acces, 4, no_follow, PATH("proc/self/mem"), 0, RIGHT(read_), 0, 0, &opened);
  EXPECT(path_open, acces, 4, no_follow, PATH("sys"), 0, RIGHT(read_), 0, 0, &opened);
}

// What a descriptor may, and what those opened through it may.
static void rights(void) {
  const uint32_t file = open_at(3, "file", 0, RIGHT(read_), 0);
  EXPECT(path_open, notdir, file, no_follow, PATH("x"), o_creat, 0, 0, 0, &opened);
  struct fdstat stat;
  EXPECT(path_open, success, 3, no_follow, PATH("file"), 0, ALL_RIGHTS, 0, 0, &opened);
  EXPECT(fd_fdstat_get, success, opened, &stat);
  CHECK(stat.base == FILE_RIGHTS);

  const uint32_t closed = open_at(3, "sub", o_directory, RIGHT(readdir_), ALL_RIGHTS);
  EXPECT(path_open, notcapable, closed, no_follow, PATH("x"), 0, 0, 0, 0, &opened);
  const uint32_t narrow = open_at(3, ".", o_directory, RIGHT(path_open_), RIGHT(read_) | RIGHT(datasync));
  EXPECT(path_open, success, narrow, no_follow, PATH("file"), 0, RIGHT(read_), RIGHT(read_), 0, &opened);
  EXPECT(path_open, notcapable, narrow, no_follow, PATH("file"), 0, RIGHT(write_), 0, 0, &opened);
  EXPECT(path_open, notcapable, narrow, no_follow, PATH("file"), 0, RIGHT(read_), RIGHT(write_), 0, &opened);
  EXPECT(path_open, notcapable, narrow, no_follow, PATH("made"), o_creat, RIGHT(read_), 0, 0, &opened);
  EXPECT(path_open, notcapable, narrow, no_follow, PATH("file"), o_trunc, RIGHT(read_), 0, 0, &opened);
  EXPECT(path_open, success, narrow, no_follow, PATH("file"), 0, RIGHT(read_), 0, fd_dsync, &opened);
  EXPECT(path_open, notcapable, narrow, no_follow, PATH("file"), 0, RIGHT(read_), 0, fd_sync, &opened);
  // Rights that nobody knows are not missed.
  EXPECT(path_open, success, 3, no_follow, PATH("file"), 0, RIGHT(read_) | RIGHT(40), RIGHT(63), 0, &opened);
}

int main(void) {
  creating();
  directories();
  links();
  refusals();
  rights();
  return (int)finish();
}
