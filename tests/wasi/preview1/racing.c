// SPDX-License-Identifier: Apache-2.0
// Works on "swapped/file" beneath 3 for as many milliseconds as the argument says, while the host puts now a directory,
// now a link to the outside at "swapped". What it reads must never be the outside's, which says "secret".
#include <stdlib.h>

#include "expect.h"

static unsigned reached, refused;

static void count(uint32_t error) {
  if (error == errno_success) ++reached;
  if (error == errno_perm) ++refused;
}

static void read_file(void) {
  uint32_t fd, size = 0;
  const uint32_t error = wasi_path_open(3, follow, PATH("swapped/file"), 0, RIGHT(read_), 0, 0, &fd);
  count(error);
  if (error != errno_success) return;
  char bytes[16] = {0};
  const struct vector into = {bytes, sizeof bytes - 1};
  wasi_fd_read(fd, &into, 1, &size);
  CHECK(strstr(bytes, "secret") == NULL);
  wasi_fd_close(fd);
}

static void change(void) {
  uint32_t fd;
  struct filestat stat;
  if (wasi_path_open(3, follow, PATH("swapped/new"), o_creat, RIGHT(write_), 0, 0, &fd) == errno_success)
    wasi_fd_close(fd);
  count(wasi_path_create_directory(3, PATH("swapped/made")));
  count(wasi_path_remove_directory(3, PATH("swapped/made")));
  count(wasi_path_rename(3, PATH("swapped/new"), 3, PATH("swapped/renamed")));
  count(wasi_path_link(3, follow, PATH("swapped/file"), 3, PATH("swapped/linked")));
  count(wasi_path_filestat_set_times(3, follow, PATH("swapped/file"), 1, 1, set_mtim));
  count(wasi_path_unlink_file(3, PATH("swapped/linked")));
  count(wasi_path_unlink_file(3, PATH("swapped/renamed")));
  if (wasi_path_filestat_get(3, follow, PATH("swapped/file"), &stat) == errno_success) CHECK(stat.size != 7);
}

int main(int argc, char** argv) {
  const uint64_t duration = argc > 1 ? strtoull(argv[1], NULL, 10) * 1000000 : 0;
  uint64_t start = 0, now = 0;
  wasi_clock_time_get(clock_monotonic, 0, &start);
  do {
    for (int i = 0; i < 50; ++i) {
      read_file();
      change();
    }
    wasi_clock_time_get(clock_monotonic, 0, &now);
  } while (now - start < duration);
  // Both sides of the swap were met, or nothing was tried.
  CHECK(reached > 0 && refused > 0);
  return (int)finish();
}
