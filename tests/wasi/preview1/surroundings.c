// SPDX-License-Identifier: Apache-2.0
// What takes more of the host than a directory, by the argument:
//   systems  3 and 4 are empty directories of two file systems
//   program  "program" beneath 3 is a program that runs
#include "expect.h"

static uint32_t opened;
static struct filestat stat;

static void two_file_systems(void) {
  open_at(3, "file", o_creat, RIGHT(write_), 0);
  EXPECT(path_create_directory, success, 3, PATH("dir"));
  EXPECT(path_rename, xdev, 3, PATH("file"), 4, PATH("moved"));
  EXPECT(path_rename, xdev, 3, PATH("dir"), 4, PATH("moved"));
  EXPECT(path_link, xdev, 3, no_follow, PATH("file"), 4, PATH("linked"));
  EXPECT(path_filestat_get, noent, 4, no_follow, PATH("moved"), &stat);
  EXPECT(path_filestat_get, noent, 4, no_follow, PATH("linked"), &stat);
  EXPECT(path_filestat_get, success, 3, no_follow, PATH("file"), &stat);
  CHECK(stat.nlink == 1);
}

static void running_program(void) {
  EXPECT(path_filestat_get, success, 3, no_follow, PATH("program"), &stat);
  const uint64_t size = stat.size;
  EXPECT(path_open, txtbsy, 3, no_follow, PATH("program"), 0, RIGHT(write_), 0, 0, &opened);
  EXPECT(path_open, txtbsy, 3, no_follow, PATH("program"), 0, RIGHT(read_) | RIGHT(write_), 0, 0, &opened);
  EXPECT(path_open, txtbsy, 3, no_follow, PATH("program"), o_trunc, RIGHT(read_), 0, 0, &opened);
  EXPECT(path_open, success, 3, no_follow, PATH("program"), 0, RIGHT(read_), 0, 0, &opened);
  EXPECT(path_filestat_get, success, 3, no_follow, PATH("program"), &stat);
  CHECK(stat.size == size);
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  if (strcmp(argv[1], "systems") == 0)
    two_file_systems();
  else
    running_program();
  return (int)finish();
}
