// SPDX-License-Identifier: Apache-2.0
// fd_readdir, and what fd_* calls answer for directories; in the empty directory that is preopened at 3.
#include "expect.h"

enum { entry_count = 100, header = sizeof(struct dirent_) };

static char buffer[4096];
static uint32_t used;

// Reads the whole of `directory` through a buffer of `size` bytes; how many entries there were. Names that `seen` lacks
// and names that come twice are failures.
static unsigned list(uint32_t directory, uint32_t size, bool* seen) {
  memset(seen, 0, entry_count);
  unsigned count = 0;
  uint64_t cookie = 0;
  for (bool at_end = false; !at_end;) {
    if (!EXPECT(fd_readdir, success, directory, buffer, size, cookie, &used)) break;
    at_end = used < size;
    uint32_t at = 0;
    for (struct dirent_ entry; at + header <= used; at += header + entry.name_size) {
      memcpy(&entry, buffer + at, header);
      if (at + header + entry.name_size > used) break;
      cookie = entry.next;
      ++count;
      if (buffer[at + header] == '.') continue;
      int number = -1;
      sscanf(buffer + at + header, "entry-%3d", &number);
      CHECK(number >= 0 && number < entry_count && !seen[number] && entry.type == type_file && entry.ino != 0);
      if (number >= 0 && number < entry_count) seen[number] = true;
    }
  }
  return count;
}

static void listing(void) {
  EXPECT(path_create_directory, success, 3, PATH("dir"));
  const uint32_t dir = open_at(3, "dir", o_directory, DIRECTORY_RIGHTS, ALL_RIGHTS);
  bool seen[entry_count];
  CHECK(list(dir, sizeof buffer, seen) == 2);  // "." and ".."
  for (int i = 0; i < entry_count; ++i) {
    char name[16];
    snprintf(name, sizeof name, "entry-%03d", i);
    EXPECT(fd_close, success, open_at(dir, name, o_creat, RIGHT(write_), 0));
  }
  // 33: an entry fills it, so that only a shorter answer tells the end.
  static const uint32_t sizes[] = {sizeof buffer, 1000, 256, 61, 33};
  for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) CHECK(list(dir, sizes[i], seen) == entry_count + 2);

  // An entry that does not fit is cut, and "full" says so.
  EXPECT(fd_readdir, success, dir, buffer, 10, 0, &used);
  CHECK(used == 10);
  EXPECT(fd_readdir, success, dir, buffer, 0, 0, &used);
  CHECK(used == 0);

  // Every cookie leads back to the entry behind its own, also after going on.
  EXPECT(fd_readdir, success, dir, buffer, sizeof buffer, 0, &used);
  struct dirent_ first, second, again;
  memcpy(&first, buffer, header);
  memcpy(&second, buffer + header + first.name_size, header);
  EXPECT(fd_readdir, success, dir, buffer, sizeof buffer, second.next, &used);
  EXPECT(fd_readdir, success, dir, buffer, sizeof buffer, first.next, &used);
  memcpy(&again, buffer, header);
  CHECK(again.ino == second.ino && again.next == second.next);

  // Entries that go while somebody reads do not disturb those that stay.
  for (int i = 0; i < entry_count; ++i) {
    char name[16];
    snprintf(name, sizeof name, "entry-%03d", i);
    EXPECT(path_unlink_file, success, dir, name, (uint32_t)strlen(name));
  }
  CHECK(list(dir, 100, seen) == 2);
  EXPECT(path_remove_directory, success, 3, PATH("dir"));
  EXPECT(fd_readdir, noent, dir, buffer, sizeof buffer, 0, &used);  // it is gone, though open
  EXPECT(fd_close, success, dir);
}

static void refusals(void) {
  EXPECT(fd_readdir, badf, no_fd, buffer, sizeof buffer, 0, &used);
  EXPECT(fd_readdir, fault, 3, OUTSIDE, 64, 0, &used);
  EXPECT(fd_readdir, fault, 3, buffer, sizeof buffer, 0, OUTSIDE + 5);
  EXPECT(fd_readdir, inval, 3, buffer, sizeof buffer, UINT64_MAX, &used);
  const uint32_t file = open_at(3, "file", o_creat, ALL_RIGHTS, 0);
  EXPECT(fd_readdir, notcapable, file, buffer, sizeof buffer, 0, &used);  // files do not get that right
  EXPECT(fd_close, success, file);
}

// A directory has neither bytes nor a position.
static void files_calls(void) {
  const struct vector vector = {buffer, 16};
  uint64_t position = 0;
  struct fdstat stat;
  struct filestat filestat;
  EXPECT(fd_fdstat_get, success, 3, &stat);
  CHECK(stat.type == type_directory && stat.flags == 0);
  CHECK((stat.base & (RIGHT(seek) | RIGHT(tell) | RIGHT(set_size) | RIGHT(read_) | RIGHT(write_))) == 0);
  CHECK((stat.inheriting & FILE_RIGHTS) == FILE_RIGHTS);
  EXPECT(fd_filestat_get, success, 3, &filestat);
  CHECK(filestat.type == type_directory);
  EXPECT(fd_read, notcapable, 3, &vector, 1, &used);
  EXPECT(fd_pread, notcapable, 3, &vector, 1, 0, &used);
  EXPECT(fd_write, notcapable, 3, &vector, 1, &used);
  EXPECT(fd_pwrite, notcapable, 3, &vector, 1, 0, &used);
  EXPECT(fd_seek, notcapable, 3, 0, whence_cur, &position);
  EXPECT(fd_seek, notcapable, 3, 0, whence_set, &position);
  EXPECT(fd_tell, notcapable, 3, &position);
  EXPECT(fd_allocate, notcapable, 3, 0, 1);
  EXPECT(fd_filestat_set_size, notcapable, 3, 0);
  EXPECT(fd_sync, success, 3);
  EXPECT(fd_datasync, success, 3);
  EXPECT(fd_filestat_set_times, success, 3, 0, UINT64_C(1000000000), set_mtim);
  EXPECT(fd_filestat_get, success, 3, &filestat);
  CHECK(filestat.mtim == 1000000000);
}

int main(void) {
  files_calls();
  listing();
  refusals();
  return (int)finish();
}
