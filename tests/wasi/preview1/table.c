// SPDX-License-Identifier: Apache-2.0
// The descriptor table and the preopens, which are "/work" at 3 and "/second" at 4.
#include "expect.h"

static void preopens(void) {
  struct prestat stat = {99, 99};
  char name[8];
  EXPECT(fd_prestat_get, success, 3, &stat);
  CHECK(stat.tag == 0 && stat.name_size == 5);
  memset(name, '#', sizeof name);
  EXPECT(fd_prestat_dir_name, success, 3, name, sizeof name);
  CHECK(memcmp(name, "/work###", 8) == 0);
  EXPECT(fd_prestat_get, success, 4, &stat);
  CHECK(stat.name_size == 7);
  EXPECT(fd_prestat_dir_name, success, 4, name, 7);
  CHECK(memcmp(name, "/second#", 8) == 0);
  EXPECT(fd_prestat_get, badf, 5, &stat);
  EXPECT(fd_prestat_get, badf, 0, &stat);
  EXPECT(fd_prestat_get, fault, 3, OUTSIDE + 1);
  EXPECT(fd_prestat_dir_name, nametoolong, 3, name, 4);
  EXPECT(fd_prestat_dir_name, badf, 1, name, sizeof name);
  EXPECT(fd_prestat_dir_name, fault, 3, (char*)0xFFFFFFFC, 5);
}

static void same_file(uint32_t fd, const struct filestat* stat) {
  struct filestat other;
  EXPECT(fd_filestat_get, success, fd, &other);
  CHECK(other.dev == stat->dev && other.ino == stat->ino);
}

static void renumbering(void) {
  const uint32_t one = open_at(3, "one", o_creat, FILE_RIGHTS, 0);
  const uint32_t two = open_at(3, "two", o_creat, RIGHT(read_), 0);
  CHECK(one == 5 && two == 6);  // the lowest that are free
  struct filestat stat;
  EXPECT(fd_filestat_get, success, one, &stat);
  EXPECT(fd_renumber, success, one, two);
  same_file(two, &stat);
  EXPECT(fd_close, badf, one);
  EXPECT(fd_renumber, badf, one, two);
  EXPECT(fd_renumber, badf, two, one);
  EXPECT(fd_renumber, badf, two, 0x7FFFFFFF);
  EXPECT(fd_renumber, success, two, two);
  same_file(two, &stat);
  CHECK(open_at(3, "two", 0, RIGHT(read_), 0) == one);

  // Onto a preopen, which then is none any more.
  struct prestat prestat;
  EXPECT(fd_renumber, success, two, 4);
  same_file(4, &stat);
  EXPECT(fd_prestat_get, badf, 4, &prestat);
  // A preopen away from its number stays one.
  EXPECT(fd_renumber, success, 3, 4);
  EXPECT(fd_prestat_get, success, 4, &prestat);
  CHECK(prestat.name_size == 5);
  EXPECT(fd_prestat_get, badf, 3, &prestat);
  EXPECT(fd_close, success, one);
  EXPECT(fd_close, success, 4);
  EXPECT(fd_close, badf, 4);
  EXPECT(fd_close, badf, no_fd);

  // Standard input moves away, and a file takes its place.
  EXPECT(fd_renumber, badf, 0, 3);
  EXPECT(fd_close, success, 0);
  EXPECT(fd_close, badf, 0);
}

int main(void) {
  preopens();
  renumbering();
  return (int)finish();
}
