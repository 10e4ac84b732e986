// SPDX-License-Identifier: Apache-2.0
// A read-only preopen, 3, and a writable one, 4, beside it. Nothing in the first may change, in no way: the test
// compares it before and after. Both hold "file", "sub", "sub/file", "link" (to "file").
#include "expect.h"

enum { fixed = 3, loose = 4 };

static uint32_t opened;
static struct filestat stat;

static void opening(uint32_t dir) {
  EXPECT(path_open, success, dir, no_follow, PATH("file"), 0, RIGHT(read_), 0, 0, &opened);
  EXPECT(path_open, rofs, dir, no_follow, PATH("file"), 0, RIGHT(write_), 0, 0, &opened);
  EXPECT(path_open, rofs, dir, no_follow, PATH("file"), 0, RIGHT(read_) | RIGHT(write_), 0, fd_append, &opened);
  EXPECT(path_open, rofs, dir, no_follow, PATH("file"), 0, RIGHT(set_size), 0, 0, &opened);
  EXPECT(path_open, rofs, dir, no_follow, PATH("file"), 0, RIGHT(allocate), 0, 0, &opened);
  EXPECT(path_open, rofs, dir, no_follow, PATH("file"), o_trunc, 0, 0, 0, &opened);
  EXPECT(path_open, rofs, dir, follow, PATH("link"), o_trunc, RIGHT(read_), 0, 0, &opened);
  EXPECT(path_open, rofs, dir, no_follow, PATH("new"), o_creat, RIGHT(read_), 0, 0, &opened);
  EXPECT(path_open, rofs, dir, no_follow, PATH("file"), o_creat, RIGHT(read_), 0, 0, &opened);
}

static void entries(uint32_t dir) {
  EXPECT(path_create_directory, rofs, dir, PATH("new"));
  EXPECT(path_remove_directory, rofs, dir, PATH("sub"));
  EXPECT(path_unlink_file, rofs, dir, PATH("file"));
  EXPECT(path_unlink_file, rofs, dir, PATH("link"));
  EXPECT(path_symlink, rofs, PATH("file"), dir, PATH("new"));
  EXPECT(path_link, rofs, dir, no_follow, PATH("file"), dir, PATH("new"));
  EXPECT(path_link, rofs, dir, no_follow, PATH("file"), loose, PATH("stolen"));
  EXPECT(path_link, rofs, dir, follow, PATH("link"), loose, PATH("stolen"));
  EXPECT(path_link, rofs, loose, no_follow, PATH("file"), dir, PATH("new"));
  EXPECT(path_rename, rofs, dir, PATH("file"), dir, PATH("new"));
  EXPECT(path_rename, rofs, dir, PATH("file"), loose, PATH("stolen"));
  EXPECT(path_rename, rofs, loose, PATH("file"), dir, PATH("new"));
  EXPECT(path_rename, rofs, loose, PATH("file"), dir, PATH("file"));
  EXPECT(path_filestat_set_times, rofs, dir, no_follow, PATH("file"), 1, 1, set_atim | set_mtim);
  EXPECT(path_filestat_set_times, rofs, dir, follow, PATH("link"), 1, 1, set_mtim_now);
  EXPECT(path_filestat_set_times, rofs, dir, no_follow, PATH("sub"), 1, 1, set_mtim);
}

// The descriptors that come from there.
static void descriptors(uint32_t dir) {
  EXPECT(path_open, success, dir, no_follow, PATH("file"), 0, RIGHT(read_) | RIGHT(set_times) | RIGHT(sync_), 0, 0,
         &opened);
  EXPECT(fd_filestat_set_times, rofs, opened, 1, 1, set_atim | set_mtim);
  EXPECT(fd_filestat_set_times, rofs, dir, 1, 1, set_mtim_now);
  EXPECT(fd_filestat_set_size, notcapable, opened, 0);
  EXPECT(fd_allocate, notcapable, opened, 0, 100);
  uint32_t count = 0;
  const struct vector text = {"x", 1};
  EXPECT(fd_write, notcapable, opened, &text, 1, &count);
  EXPECT(fd_pwrite, notcapable, opened, &text, 1, 0, &count);
  EXPECT(fd_fdstat_set_rights, notcapable, opened, RIGHT(read_) | RIGHT(write_), 0);
  EXPECT(fd_close, success, opened);
}

int main(void) {
  opening(fixed);
  entries(fixed);
  descriptors(fixed);
  // What lies beneath is as fixed, by whatever way it was opened.
  uint32_t sub = open_at(fixed, "sub", o_directory, DIRECTORY_RIGHTS, ALL_RIGHTS);
  EXPECT(path_open, rofs, sub, no_follow, PATH("file"), o_trunc, RIGHT(read_), 0, 0, &opened);
  EXPECT(path_unlink_file, rofs, sub, PATH("file"));
  EXPECT(path_create_directory, rofs, sub, PATH("new"));
  EXPECT(path_open, rofs, sub, no_follow, PATH("new"), o_creat, 0, 0, 0, &opened);
  // Renumbering does not free it.
  EXPECT(fd_renumber, success, sub, loose);
  EXPECT(path_unlink_file, rofs, loose, PATH("file"));
  EXPECT(fd_renumber, success, fixed, loose);
  EXPECT(path_unlink_file, rofs, loose, PATH("file"));
  EXPECT(path_filestat_get, success, loose, no_follow, PATH("file"), &stat);
  return (int)finish();
}
