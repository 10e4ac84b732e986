// SPDX-License-Identifier: Apache-2.0
// Works on entries beneath 3 for as many milliseconds as the argument says, while the host exchanges "file" and "link"
// (to ../outside/file), and "swapped" and "other" (a link to ../outside). Nothing outside may be read, changed or
// removed: its files say "secret", 7 bytes, and its link does; it has "victim" and "empty", as "swapped" has now and
// then.
#include <stdlib.h>

#include "expect.h"

// How often a call went well on what lies inside, and how often it met the link that leads out: of those on "file", and
// of those beneath "swapped".
static enum { at_the_end, in_the_middle } place;
static unsigned reached[2], refused[2];

// The answers that an honest host can give while entries come and go. Not `again`, for one.
static uint32_t judge(int line, uint32_t error) {
  switch (error) {
    case errno_success: ++reached[place]; break;
    case errno_perm:
    case errno_loop: ++refused[place]; break;
    case errno_noent:
    case errno_exist:
    case errno_inval:
    case errno_notdir: break;
    default: fail(__FILE__, line, errno_name(error));
  }
  return error;
}
#define TRY(call) (judge(__LINE__, wasi_##call) == errno_success)

static void expect_harmless(uint32_t fd) {
  char bytes[16] = {0};
  const struct vector into = {bytes, sizeof bytes - 1};
  uint32_t size = 0;
  wasi_fd_pread(fd, &into, 1, 0, &size);
  CHECK(strstr(bytes, "secret") == NULL);
}

static void open_entry(uint32_t lookup, uint32_t oflags, uint64_t rights) {
  uint32_t fd, size;
  struct filestat stat;
  if (!TRY(path_open(3, lookup, PATH("file"), oflags, rights | RIGHT(stat_), 0, 0, &fd))) return;
  expect_harmless(fd);
  CHECK(wasi_fd_filestat_get(fd, &stat) == errno_success && stat.size != 7);
  const struct vector text = {"harmless\n", 9};
  if (rights & RIGHT(write_)) wasi_fd_pwrite(fd, &text, 1, 0, &size);
  wasi_fd_filestat_set_times(fd, 1, 1, set_mtim);
  wasi_fd_close(fd);
}

static void look(void) {
  struct filestat stat;
  // A link that comes between the look for one and the call is looked at itself.
  if (TRY(path_filestat_get(3, follow, PATH("file"), &stat))) CHECK(stat.size != 7);
  if (TRY(path_filestat_get(3, no_follow, PATH("file"), &stat))) CHECK(stat.size != 7);
  char target[64];
  uint32_t used;
  if (TRY(path_readlink(3, PATH("file"), target, sizeof target, &used)))
    CHECK(used == 15 && memcmp(target, "../outside/file", 15) == 0);
}

static void change(void) {
  TRY(path_filestat_set_times(3, follow, PATH("file"), 1, 1, set_atim | set_mtim));
  TRY(path_filestat_set_times(3, no_follow, PATH("file"), 1, 1, set_atim | set_mtim));
  // What "file" is at the moment moves away and back: the link itself, or the file.
  if (TRY(path_rename(3, PATH("file"), 3, PATH("moved")))) TRY(path_rename(3, PATH("moved"), 3, PATH("file")));
  if (TRY(path_link(3, no_follow, PATH("file"), 3, PATH("copy")))) TRY(path_unlink_file(3, PATH("copy")));
}

// Names that are outside too.
static void look_beneath(void) {
  char target[64];
  uint32_t used;
  if (TRY(path_readlink(3, PATH("swapped/link"), target, sizeof target, &used)))
    CHECK(used == 8 && memcmp(target, "harmless", 8) == 0);
}

static void change_beneath(void) {
  uint32_t fd;
  TRY(path_filestat_set_times(3, no_follow, PATH("swapped/link"), 1, 1, set_atim | set_mtim));
  if (TRY(path_link(3, follow, PATH("file"), 3, PATH("copy"))))
    TRY(path_rename(3, PATH("copy"), 3, PATH("swapped/file")));
  wasi_path_unlink_file(3, PATH("copy"));  // what could not be moved
  if (TRY(path_open(3, follow, PATH("swapped/victim"), o_creat | o_trunc, RIGHT(read_) | RIGHT(write_), 0, 0, &fd))) {
    expect_harmless(fd);
    wasi_fd_close(fd);
  }
  TRY(path_rename(3, PATH("swapped/victim"), 3, PATH("swapped/renamed")));
  TRY(path_unlink_file(3, PATH("swapped/renamed")));
  TRY(path_unlink_file(3, PATH("swapped/victim")));
  TRY(path_create_directory(3, PATH("swapped/empty")));
  TRY(path_remove_directory(3, PATH("swapped/empty")));
  TRY(path_symlink(PATH("file"), 3, PATH("swapped/made")));
  TRY(path_unlink_file(3, PATH("swapped/made")));
}

int main(int argc, char** argv) {
  const uint64_t duration = argc > 1 ? strtoull(argv[1], NULL, 10) * 1000000 : 0;
  uint64_t start = 0, now = 0;
  wasi_clock_time_get(clock_monotonic, 0, &start);
  do {
    for (int i = 0; i < 50 && failures < 20; ++i) {
      place = at_the_end;
      open_entry(follow, 0, RIGHT(read_));
      open_entry(no_follow, 0, RIGHT(read_));
      open_entry(follow, o_creat, RIGHT(read_) | RIGHT(write_) | RIGHT(set_times));
      open_entry(follow, o_trunc, RIGHT(read_) | RIGHT(write_) | RIGHT(set_times));
      look();
      change();
      place = in_the_middle;
      look_beneath();
      change_beneath();
    }
    wasi_clock_time_get(clock_monotonic, 0, &now);
  } while (now - start < duration);
  // Both sides of the swaps were met, or nothing was tried.
  CHECK(reached[at_the_end] > 0 && refused[at_the_end] > 0);
  CHECK(reached[in_the_middle] > 0 && refused[in_the_middle] > 0);
  return (int)finish();
}
