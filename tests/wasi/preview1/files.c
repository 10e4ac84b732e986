// SPDX-License-Identifier: Apache-2.0
// fd_* calls on files, in the empty directory that is preopened at 3.
#include "expect.h"

static char bytes[64];
static const struct vector into[] = {{bytes, 2}, {bytes + 2, 2}};
static const struct vector outside[] = {{OUTSIDE, 16}};
static uint32_t count;

static void positions(uint32_t fd) {
  const struct vector text[] = {{"0123", 4}, {"", 0}, {"456789", 6}};
  EXPECT(fd_write, success, fd, text, 3, &count);
  CHECK(count == 10);
  uint64_t position = 0;
  EXPECT(fd_tell, success, fd, &position);
  CHECK(position == 10);
  EXPECT(fd_seek, success, fd, -7, whence_end, &position);
  CHECK(position == 3);
  EXPECT(fd_read, success, fd, into, 2, &count);
  CHECK(count == 4 && memcmp(bytes, "3456", 4) == 0);
  EXPECT(fd_seek, success, fd, 1, whence_cur, &position);
  CHECK(position == 8);
  EXPECT(fd_read, success, fd, into, 2, &count);
  CHECK(count == 2);
  EXPECT(fd_read, success, fd, into, 2, &count);
  CHECK(count == 0);
  EXPECT(fd_read, success, fd, into, 0, &count);
  EXPECT(fd_pread, success, fd, into, 2, 1, &count);
  CHECK(count == 4 && memcmp(bytes, "1234", 4) == 0);
  EXPECT(fd_pwrite, success, fd, text, 1, 20, &count);
  EXPECT(fd_tell, success, fd, &position);
  CHECK(position == 10);
  EXPECT(fd_pread, success, fd, into, 2, 18, &count);
  CHECK(count == 4 && memcmp(bytes,
                             "\0\0"
                             "01",
                             4) == 0);
  EXPECT(fd_seek, inval, fd, -11, whence_cur, &position);
  EXPECT(fd_seek, inval, fd, 0, 3, &position);
  EXPECT(fd_seek, inval, fd, 0, 256, &position);
  EXPECT(fd_seek, fault, fd, 0, whence_set, OUTSIDE + 1);
  EXPECT(fd_tell, fault, fd, OUTSIDE + 1);
  EXPECT(fd_seek, badf, no_fd, 0, whence_set, &position);
  EXPECT(fd_tell, badf, no_fd, &position);
}

static void transfers(uint32_t fd) {
  EXPECT(fd_read, badf, no_fd, into, 2, &count);
  EXPECT(fd_write, badf, no_fd, into, 2, &count);
  EXPECT(fd_pread, badf, no_fd, into, 2, 0, &count);
  EXPECT(fd_pwrite, badf, no_fd, into, 2, 0, &count);
  EXPECT(fd_read, fault, fd, outside, 1, &count);
  EXPECT(fd_write, fault, fd, outside, 1, &count);
  EXPECT(fd_pread, fault, fd, OUTSIDE, 2, 0, &count);
  EXPECT(fd_pwrite, fault, fd, into, 2, 0, OUTSIDE + 5);
  static struct vector many[1025];
  EXPECT(fd_write, success, fd, many, 1024, &count);
  EXPECT(fd_read, inval, fd, many, 1025, &count);
  EXPECT(fd_write, inval, fd, many, 1025, &count);
  EXPECT(fd_pread, inval, fd, many, 1025, 0, &count);
  EXPECT(fd_pwrite, inval, fd, many, 1025, 0, &count);
  EXPECT(fd_pread, inval, fd, into, 2, UINT64_MAX, &count);
  EXPECT(fd_pwrite, inval, fd, into, 2, UINT64_C(1) << 63, &count);
  const uint32_t blind = open_at(3, "file", 0, RIGHT(stat_), 0);
  EXPECT(fd_read, notcapable, blind, into, 2, &count);
  EXPECT(fd_write, notcapable, blind, into, 2, &count);
  EXPECT(fd_pread, notcapable, blind, into, 2, 0, &count);
  EXPECT(fd_pwrite, notcapable, blind, into, 2, 0, &count);
  EXPECT(fd_seek, notcapable, blind, 0, whence_set, NULL);
  EXPECT(fd_tell, notcapable, blind, NULL);
  EXPECT(fd_close, success, blind);
}

static void appending(void) {
  uint32_t fd = no_fd;
  EXPECT(path_open, success, 3, no_follow, PATH("log"), o_creat | o_excl, FILE_RIGHTS, 0, fd_append, &fd);
  const struct vector text = {"abcd", 4};
  uint64_t position = 0;
  EXPECT(fd_write, success, fd, &text, 1, &count);
  EXPECT(fd_seek, success, fd, 0, whence_set, &position);
  EXPECT(fd_write, success, fd, &text, 1, &count);
  EXPECT(fd_tell, success, fd, &position);
  CHECK(position == 8);
  EXPECT(fd_fdstat_set_flags, success, fd, 0);
  EXPECT(fd_seek, success, fd, 0, whence_set, &position);
  EXPECT(fd_write, success, fd, &text, 1, &count);
  struct filestat stat;
  EXPECT(fd_filestat_get, success, fd, &stat);
  CHECK(stat.size == 8);
  EXPECT(fd_close, success, fd);
}

static void sizes_and_times(uint32_t fd) {
  struct filestat stat;
  EXPECT(fd_filestat_set_size, success, fd, 100);
  EXPECT(fd_allocate, success, fd, 90, 20);
  EXPECT(fd_allocate, success, fd, 10, 10);
  EXPECT(fd_filestat_get, success, fd, &stat);
  CHECK(stat.size == 110 && stat.type == type_file && stat.nlink == 1 && stat.ino != 0);
  EXPECT(fd_filestat_set_size, inval, fd, UINT64_MAX);
  EXPECT(fd_filestat_set_size, badf, no_fd, 0);
  EXPECT(fd_filestat_get, badf, no_fd, &stat);
  EXPECT(fd_filestat_get, fault, fd, OUTSIDE);
  EXPECT(fd_allocate, inval, fd, 0, 0);
  EXPECT(fd_allocate, inval, fd, 0, UINT64_C(1) << 63);
  EXPECT(fd_allocate, fbig, fd, UINT64_C(0x7FFFFFFFFFFFFFFF), 1);
  EXPECT(fd_allocate, badf, no_fd, 0, 1);
  EXPECT(fd_advise, success, fd, 10, 50, 3);
  EXPECT(fd_advise, inval, fd, 0, 1, 6);
  EXPECT(fd_advise, inval, fd, 0, UINT64_MAX, 0);
  EXPECT(fd_advise, badf, no_fd, 0, 1, 0);
  EXPECT(fd_advise, badf, 3, 0, 1, 0);  // a directory

  const uint64_t second = 1000000000;
  EXPECT(fd_filestat_set_times, success, fd, 5 * second + 6, 7 * second + 8, set_atim | set_mtim);
  EXPECT(fd_filestat_get, success, fd, &stat);
  CHECK(stat.atim == 5 * second + 6 && stat.mtim == 7 * second + 8);
  EXPECT(fd_filestat_set_times, success, fd, 1, 9 * second, set_mtim);
  EXPECT(fd_filestat_get, success, fd, &stat);
  CHECK(stat.atim == 5 * second + 6 && stat.mtim == 9 * second);
  EXPECT(fd_filestat_set_times, success, fd, 1, 1, set_atim_now | set_mtim_now);
  EXPECT(fd_filestat_get, success, fd, &stat);
  uint64_t now = 0;
  wasi_clock_time_get(clock_realtime, 0, &now);
  CHECK(stat.atim + 60 * second > now && stat.mtim + 60 * second > now && stat.mtim <= now);
  EXPECT(fd_filestat_set_times, success, fd, 1, 1, 0);
  EXPECT(fd_filestat_set_times, inval, fd, 1, 1, set_mtim | set_mtim_now);
  EXPECT(fd_filestat_set_times, inval, fd, 1, 1, set_atim | set_atim_now);
  EXPECT(fd_filestat_set_times, inval, fd, 1, 1, 16);
  EXPECT(fd_filestat_set_times, badf, no_fd, 1, 1, set_mtim);

  const uint32_t blind = open_at(3, "file", 0, RIGHT(read_), 0);
  EXPECT(fd_filestat_set_size, notcapable, blind, 0);
  EXPECT(fd_filestat_get, notcapable, blind, &stat);
  EXPECT(fd_filestat_set_times, notcapable, blind, 1, 1, set_mtim);
  EXPECT(fd_allocate, notcapable, blind, 0, 1);
  EXPECT(fd_advise, notcapable, blind, 0, 1, 0);
  EXPECT(fd_sync, notcapable, blind);
  EXPECT(fd_datasync, notcapable, blind);
  EXPECT(fd_fdstat_set_flags, notcapable, blind, fd_append);
  EXPECT(fd_close, success, blind);
  EXPECT(fd_sync, success, fd);
  EXPECT(fd_datasync, success, fd);
  EXPECT(fd_sync, badf, no_fd);
  EXPECT(fd_datasync, badf, no_fd);
}

static void flags(uint32_t fd) {
  struct fdstat stat;
  EXPECT(fd_fdstat_set_flags, success, fd, fd_append | fd_nonblock);
  EXPECT(fd_fdstat_get, success, fd, &stat);
  CHECK(stat.type == type_file && stat.flags == (fd_append | fd_nonblock) && stat.base == FILE_RIGHTS);
  EXPECT(fd_fdstat_set_flags, success, fd, 0);
  EXPECT(fd_fdstat_set_flags, notsup, fd, fd_sync);  // Linux decides that at the opening
  EXPECT(fd_fdstat_set_flags, inval, fd, 32);
  EXPECT(fd_fdstat_set_flags, badf, no_fd, 0);
  EXPECT(fd_fdstat_get, badf, no_fd, &stat);
  EXPECT(fd_fdstat_get, fault, fd, OUTSIDE);
  for (uint32_t flag = fd_append; flag <= fd_sync; flag <<= 1) {
    uint32_t opened = no_fd;
    EXPECT(path_open, success, 3, no_follow, PATH("file"), 0, FILE_RIGHTS, 0, flag, &opened);
    EXPECT(fd_fdstat_get, success, opened, &stat);
    CHECK(stat.flags == flag);
    EXPECT(fd_close, success, opened);
  }
}

static void rights(uint32_t fd) {
  struct fdstat stat;
  EXPECT(fd_fdstat_set_rights, success, fd, RIGHT(read_) | RIGHT(seek), 0);
  EXPECT(fd_fdstat_get, success, fd, &stat);
  CHECK(stat.base == (RIGHT(read_) | RIGHT(seek)) && stat.inheriting == 0);
  uint64_t position;
  EXPECT(fd_tell, success, fd, &position);  // seek implies tell
  EXPECT(fd_write, notcapable, fd, into, 2, &count);
  EXPECT(fd_fdstat_set_rights, notcapable, fd, RIGHT(read_) | RIGHT(write_), 0);
  EXPECT(fd_fdstat_set_rights, notcapable, fd, RIGHT(read_), RIGHT(read_));
  EXPECT(fd_fdstat_set_rights, badf, no_fd, 0, 0);
  const uint32_t teller = open_at(3, "file", 0, RIGHT(tell), 0);
  EXPECT(fd_seek, success, teller, 0, whence_cur, &position);  // which tells
  EXPECT(fd_seek, notcapable, teller, 0, whence_set, &position);
  EXPECT(fd_close, success, teller);
}

int main(void) {
  const uint32_t fd = open_at(3, "file", o_creat | o_excl, FILE_RIGHTS, 0);
  positions(fd);
  transfers(fd);
  appending();
  sizes_and_times(fd);
  flags(fd);
  rights(fd);
  EXPECT(fd_close, success, fd);
  EXPECT(fd_close, badf, fd);
  return (int)finish();
}
