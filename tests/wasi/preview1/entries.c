// SPDX-License-Identifier: Apache-2.0
// path_* but path_open. The directory preopened at 3 is as opening.c has it; 4 is the host's "/".
#include "expect.h"

enum { elsewhere = 4 };

static char buffer[64];
static uint32_t used;
static struct filestat stat;

// Every call with one path in the same form. Where a call takes two, the other one is in order.
static uint32_t call_create_directory(uint32_t fd, const char* path, uint32_t size) {
  return wasi_path_create_directory(fd, path, size);
}
static uint32_t call_filestat_get(uint32_t fd, const char* path, uint32_t size) {
  return wasi_path_filestat_get(fd, no_follow, path, size, &stat);
}
static uint32_t call_filestat_set_times(uint32_t fd, const char* path, uint32_t size) {
  return wasi_path_filestat_set_times(fd, no_follow, path, size, 1, 1, set_mtim);
}
static uint32_t call_link_old(uint32_t fd, const char* path, uint32_t size) {
  return wasi_path_link(fd, no_follow, path, size, 3, PATH("fresh"));
}
static uint32_t call_link_new(uint32_t fd, const char* path, uint32_t size) {
  return wasi_path_link(3, no_follow, PATH("file"), fd, path, size);
}
static uint32_t call_readlink(uint32_t fd, const char* path, uint32_t size) {
  return wasi_path_readlink(fd, path, size, buffer, sizeof buffer, &used);
}
static uint32_t call_remove_directory(uint32_t fd, const char* path, uint32_t size) {
  return wasi_path_remove_directory(fd, path, size);
}
static uint32_t call_rename_old(uint32_t fd, const char* path, uint32_t size) {
  return wasi_path_rename(fd, path, size, 3, PATH("fresh"));
}
static uint32_t call_rename_new(uint32_t fd, const char* path, uint32_t size) {
  return wasi_path_rename(3, PATH("file"), fd, path, size);
}
static uint32_t call_symlink(uint32_t fd, const char* path, uint32_t size) {
  return wasi_path_symlink(PATH("file"), fd, path, size);
}
static uint32_t call_unlink_file(uint32_t fd, const char* path, uint32_t size) {
  return wasi_path_unlink_file(fd, path, size);
}

static const struct {
  const char* name;
  uint32_t (*call)(uint32_t fd, const char* path, uint32_t size);
} calls[] = {
    {"path_create_directory", call_create_directory},
    {"path_filestat_get", call_filestat_get},
    {"path_filestat_set_times", call_filestat_set_times},
    {"path_link", call_link_old},
    {"path_link", call_link_new},
    {"path_readlink", call_readlink},
    {"path_remove_directory", call_remove_directory},
    {"path_rename", call_rename_old},
    {"path_rename", call_rename_new},
    {"path_symlink", call_symlink},
    {"path_unlink_file", call_unlink_file},
};

// What no call may do, whatever it is for.
static void refusals_of_all(void) {
  static char name[4096];
  memset(name, 'x', sizeof name);
  const uint32_t file = open_at(3, "file", 0, RIGHT(read_), 0);
  const uint32_t narrow = open_at(3, "sub", o_directory, RIGHT(readdir_), 0);
  const struct {
    uint32_t expected;
    uint32_t fd;
    const char* path;
    uint32_t size;
  } cases[] = {
      {errno_badf, no_fd, PATH("new")},
      {errno_notdir, file, PATH("new")},
      {errno_notcapable, narrow, PATH("new")},
      {errno_fault, 3, OUTSIDE, 64},
      {errno_inval, 3, PATH("new\0")},
      {errno_inval, 3, PATH("n\0w")},
      {errno_nametoolong, 3, name, 256},
      {errno_nametoolong, 3, name, 4096},
      {errno_noent, 3, PATH("")},
      {errno_noent, 3, PATH("missing/new")},
      {errno_notdir, 3, PATH("file/new")},
      {errno_loop, 3, PATH("loop/new")},
      {errno_perm, 3, PATH("/shallop-test-no-such-entry")},
      {errno_perm, 3, PATH("../new")},
      {errno_perm, 3, PATH("sub/../../new")},
      {errno_acces, elsewhere, PATH("proc/self/new")},
      {errno_acces, elsewhere, PATH("sys/kernel/new")},
  };
  for (unsigned i = 0; i < sizeof calls / sizeof calls[0]; ++i) {
    for (unsigned k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
      const uint32_t got = calls[i].call(cases[k].fd, cases[k].path, cases[k].size);
      if (!expect(__FILE__, __LINE__, calls[i].name, cases[k].expected, got)) printf("  case %u of call %u\n", k, i);
    }
  }
  EXPECT(fd_close, success, file);
  EXPECT(fd_close, success, narrow);
}

static void directories(void) {
  EXPECT(path_create_directory, success, 3, PATH("made"));
  EXPECT(path_create_directory, success, 3, PATH("made/within/"));
  EXPECT(path_create_directory, exist, 3, PATH("made"));
  EXPECT(path_create_directory, exist, 3, PATH("file"));
  EXPECT(path_create_directory, exist, 3, PATH("dangling"));
  EXPECT(path_create_directory, exist, 3, PATH("."));
  EXPECT(path_remove_directory, notempty, 3, PATH("made"));
  EXPECT(path_remove_directory, notdir, 3, PATH("file"));
  EXPECT(path_remove_directory, notdir, 3, PATH("file/"));
  EXPECT(path_remove_directory, notdir, 3, PATH("dirlink"));
  EXPECT(path_remove_directory, noent, 3, PATH("missing"));
  EXPECT(path_remove_directory, inval, 3, PATH("made/."));
  EXPECT(path_remove_directory, success, 3, PATH("made/within/"));
  EXPECT(path_remove_directory, success, 3, PATH("made"));
  EXPECT(path_unlink_file, isdir, 3, PATH("sub"));
  EXPECT(path_unlink_file, isdir, 3, PATH("sub/"));
  EXPECT(path_unlink_file, notdir, 3, PATH("file/"));
  EXPECT(path_unlink_file, noent, 3, PATH("missing"));
}

static void stats_and_times(void) {
  EXPECT(path_filestat_get, success, 3, no_follow, PATH("link"), &stat);
  CHECK(stat.type == type_link && stat.size == 4);
  EXPECT(path_filestat_get, success, 3, follow, PATH("link"), &stat);
  CHECK(stat.type == type_file);
  EXPECT(path_filestat_get, success, 3, no_follow, PATH("dirlink/"), &stat);
  CHECK(stat.type == type_directory);
  EXPECT(path_filestat_get, success, 3, no_follow, PATH("sub/.."), &stat);
  EXPECT(path_filestat_get, notdir, 3, no_follow, PATH("file/"), &stat);
  EXPECT(path_filestat_get, noent, 3, follow, PATH("dangling"), &stat);
  EXPECT(path_filestat_get, loop, 3, follow, PATH("loop"), &stat);
  EXPECT(path_filestat_get, inval, 3, 2, PATH("file"), &stat);
  EXPECT(path_filestat_get, fault, 3, no_follow, PATH("file"), OUTSIDE);

  const uint64_t second = 1000000000;
  EXPECT(path_filestat_set_times, success, 3, follow, PATH("link"), 2 * second, 3 * second + 4, set_atim | set_mtim);
  EXPECT(path_filestat_set_times, success, 3, no_follow, PATH("link"), 0, 5 * second, set_mtim);
  EXPECT(path_filestat_get, success, 3, no_follow, PATH("link"), &stat);
  CHECK(stat.mtim == 5 * second);
  EXPECT(path_filestat_get, success, 3, no_follow, PATH("file"), &stat);
  CHECK(stat.atim == 2 * second && stat.mtim == 3 * second + 4);
  EXPECT(path_filestat_set_times, success, 3, no_follow, PATH("file"), 1, 1, set_atim_now);
  EXPECT(path_filestat_get, success, 3, no_follow, PATH("file"), &stat);
  CHECK(stat.atim > UINT64_C(1700000000) * second && stat.mtim == 3 * second + 4);
  EXPECT(path_filestat_set_times, inval, 3, no_follow, PATH("file"), 1, 1, set_atim | set_atim_now);
  EXPECT(path_filestat_set_times, inval, 3, no_follow, PATH("file"), 1, 1, set_mtim | set_mtim_now);
  EXPECT(path_filestat_set_times, inval, 3, no_follow, PATH("file"), 1, 1, 16);
  EXPECT(path_filestat_set_times, inval, 3, 2, PATH("file"), 1, 1, set_mtim);
  EXPECT(path_filestat_set_times, noent, 3, follow, PATH("dangling"), 1, 1, set_mtim);
  EXPECT(path_filestat_set_times, loop, 3, follow, PATH("loop"), 1, 1, set_mtim);
}

static void hard_links(void) {
  EXPECT(path_link, success, 3, no_follow, PATH("file"), 3, PATH("sub/hard"));
  EXPECT(path_filestat_get, success, 3, no_follow, PATH("sub/hard"), &stat);
  CHECK(stat.nlink == 2 && stat.type == type_file);
  EXPECT(path_link, exist, 3, no_follow, PATH("file"), 3, PATH("sub/hard"));
  EXPECT(path_link, exist, 3, no_follow, PATH("file"), 3, PATH("file"));
  EXPECT(path_link, exist, 3, no_follow, PATH("file"), 3, PATH("sub"));
  EXPECT(path_link, exist, 3, no_follow, PATH("file"), 3, PATH("dangling"));
  EXPECT(path_link, perm, 3, no_follow, PATH("sub"), 3, PATH("fresh"));
  EXPECT(path_link, noent, 3, no_follow, PATH("file"), 3, PATH("fresh/"));
  EXPECT(path_link, notdir, 3, no_follow, PATH("file/"), 3, PATH("fresh"));
  EXPECT(path_link, inval, 3, 2, PATH("file"), 3, PATH("fresh"));
  EXPECT(path_link, noent, 3, follow, PATH("dangling"), 3, PATH("fresh"));
  EXPECT(path_link, loop, 3, follow, PATH("loop"), 3, PATH("fresh"));
  EXPECT(path_link, success, 3, no_follow, PATH("dangling"), 3, PATH("fresh"));
  EXPECT(path_filestat_get, success, 3, no_follow, PATH("fresh"), &stat);
  CHECK(stat.type == type_link);
  EXPECT(path_unlink_file, success, 3, PATH("fresh"));
  EXPECT(path_link, success, 3, follow, PATH("link"), 3, PATH("fresh"));
  EXPECT(path_filestat_get, success, 3, no_follow, PATH("fresh"), &stat);
  CHECK(stat.type == type_file && stat.nlink == 3);
  EXPECT(path_unlink_file, success, 3, PATH("fresh"));
  EXPECT(path_unlink_file, success, 3, PATH("sub/hard"));
}

static void symbolic_links(void) {
  EXPECT(path_symlink, success, PATH("../file"), 3, PATH("sub/up"));
  memset(buffer, '#', sizeof buffer);
  EXPECT(path_readlink, success, 3, PATH("sub/up"), buffer, sizeof buffer, &used);
  CHECK(used == 7 && memcmp(buffer, "../file#", 8) == 0);
  EXPECT(path_readlink, success, 3, PATH("sub/up"), buffer, 3, &used);
  CHECK(used == 3);
  EXPECT(path_readlink, success, 3, PATH("sub/up"), buffer, 0, &used);
  CHECK(used == 0);
  EXPECT(path_readlink, inval, 3, PATH("file"), buffer, sizeof buffer, &used);
  EXPECT(path_readlink, noent, 3, PATH("missing"), buffer, sizeof buffer, &used);
  EXPECT(path_readlink, fault, 3, PATH("sub/up"), OUTSIDE, 64, &used);
  EXPECT(path_readlink, fault, 3, PATH("sub/up"), buffer, sizeof buffer, OUTSIDE + 5);
  EXPECT(path_unlink_file, success, 3, PATH("sub/up"));
  EXPECT(path_symlink, exist, PATH("x"), 3, PATH("file"));
  EXPECT(path_symlink, exist, PATH("x"), 3, PATH("sub/"));
  EXPECT(path_symlink, noent, PATH("x"), 3, PATH("fresh/"));
  EXPECT(path_symlink, noent, PATH(""), 3, PATH("fresh"));
  EXPECT(path_symlink, perm, PATH("/"), 3, PATH("fresh"));
  EXPECT(path_symlink, perm, PATH("../outside"), 3, PATH("fresh"));
  EXPECT(path_symlink, perm, PATH("../../outside"), 3, PATH("sub/fresh"));
  EXPECT(path_symlink, inval, PATH("a\0b"), 3, PATH("fresh"));
  EXPECT(path_symlink, fault, OUTSIDE, 64, 3, PATH("fresh"));
  static char name[4096];
  memset(name, 'x', sizeof name);
  EXPECT(path_symlink, nametoolong, name, sizeof name, 3, PATH("fresh"));
}

static void renaming(void) {
  EXPECT(path_create_directory, success, 3, PATH("source"));
  EXPECT(path_rename, success, 3, PATH("source/"), 3, PATH("target"));
  EXPECT(path_rename, success, 3, PATH("target"), 3, PATH("source/"));
  EXPECT(path_rename, success, 3, PATH("source/"), 3, PATH("target/"));
  EXPECT(path_create_directory, success, 3, PATH("source"));
  EXPECT(path_rename, success, 3, PATH("source"), 3, PATH("target"));  // onto an empty one
  EXPECT(path_create_directory, success, 3, PATH("source"));
  EXPECT(path_rename, success, 3, PATH("file"), 3, PATH("target/file"));
  EXPECT(path_rename, notempty, 3, PATH("source"), 3, PATH("target"));
  EXPECT(path_rename, notdir, 3, PATH("source"), 3, PATH("target/file"));
  EXPECT(path_rename, isdir, 3, PATH("target/file"), 3, PATH("source"));
  EXPECT(path_rename, inval, 3, PATH("target"), 3, PATH("target/below"));
  EXPECT(path_rename, noent, 3, PATH("missing"), 3, PATH("fresh"));
  EXPECT(path_rename, notdir, 3, PATH("target/file/"), 3, PATH("fresh"));
  EXPECT(path_rename, busy, 3, PATH("."), 3, PATH("fresh"));
  EXPECT(path_rename, success, 3, PATH("target/file"), 3, PATH("file"));
  EXPECT(path_rename, success, 3, PATH("loop"), 3, PATH("renamed"));  // the link itself
  EXPECT(path_rename, success, 3, PATH("renamed"), 3, PATH("loop"));
  const uint32_t sub = open_at(3, "sub", o_directory, DIRECTORY_RIGHTS, 0);
  EXPECT(path_rename, success, 3, PATH("file"), sub, PATH("file"));
  EXPECT(path_rename, success, sub, PATH("file"), 3, PATH("file"));
  EXPECT(path_remove_directory, success, 3, PATH("source"));
  EXPECT(path_remove_directory, success, 3, PATH("target"));
}

// Any byte but NUL and '/' may stand in a name.
static void strange_names(void) {
  static const char* const names[] = {"\xFF\xFE", "a\nb", " ", "-", "...", "\\", "*", "\x7F\x1B[0m", "a\xC3"};
  for (unsigned i = 0; i < sizeof names / sizeof names[0]; ++i) {
    const uint32_t size = (uint32_t)strlen(names[i]);
    EXPECT(path_create_directory, success, 3, names[i], size);
    EXPECT(path_filestat_get, success, 3, no_follow, names[i], size, &stat);
    EXPECT(path_remove_directory, success, 3, names[i], size);
  }
}

int main(void) {
  refusals_of_all();
  directories();
  stats_and_times();
  hard_links();
  symbolic_links();
  renaming();
  strange_names();
  return (int)finish();
}
