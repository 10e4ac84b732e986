// SPDX-License-Identifier: Apache-2.0
// Where the host's limits are: run with `ulimit -f 8` (4096 or 8192 bytes) and `ulimit -n 32`, an empty directory at 3.
#include "sockets.h"

static void file_size(void) {
  const uint32_t fd = open_at(3, "file", o_creat, FILE_RIGHTS, 0);
  static char bytes[16384];
  const struct vector text = {bytes, sizeof bytes};
  uint32_t count = 0;
  uint64_t position;
  EXPECT(fd_write, success, fd, &text, 1, &count);  // as far as it goes
  CHECK(count > 0 && count < sizeof bytes);
  EXPECT(fd_write, fbig, fd, &text, 1, &count);
  EXPECT(fd_pwrite, fbig, fd, &text, 1, sizeof bytes, &count);
  EXPECT(fd_filestat_set_size, fbig, fd, sizeof bytes);
  EXPECT(fd_seek, success, fd, 0, whence_set, &position);
  EXPECT(fd_close, success, fd);
}

static void open_files(void) {
  const uint32_t listener = open_listener();
  connect_to(listener);
  uint32_t opened = 0, error = 0, last = no_fd;
  for (unsigned i = 0; i < 100 && error == 0; ++i) {
    error = wasi_path_open(3, no_follow, PATH("file"), 0, RIGHT(read_), 0, 0, &opened);
    if (error == 0) last = opened;
  }
  expect(__FILE__, __LINE__, "path_open", errno_mfile, error);
  EXPECT(fd_close, success, last);
  EXPECT(path_open, success, 3, no_follow, PATH("file"), 0, RIGHT(read_), 0, 0, &opened);
  CHECK(opened == last);

  uint32_t accepted = no_fd;
  while (sock_open(inet4, stream, &opened) == 0) last = opened;  // whatever path_open has left
  EXPECT(sock_accept, mfile, listener, 0, &accepted);
  EXPECT(fd_close, success, last);
  EXPECT(sock_accept, success, listener, 0, &accepted);  // the connection has waited
  CHECK(accepted == last);
}

int main(void) {
  file_size();
  open_files();
  return (int)finish();
}
