// SPDX-License-Identifier: Apache-2.0
// Standard streams. The argument says what they are: "pipes" (standard input holds "hello"), "file" (standard input is
// a file that holds "hello"), "terminal", "full" (standard error is /dev/full), "closed" (standard error is a pipe that
// nobody reads), "null" (all but standard output /dev/null).
#include "expect.h"

static uint32_t count;
static char bytes[16];
static const struct vector into = {bytes, sizeof bytes};
static const struct vector text = {"\n", 1};

static struct fdstat status_of(uint32_t fd) {
  struct fdstat stat;
  EXPECT(fd_fdstat_get, success, fd, &stat);
  return stat;
}

static void directions(void) {
  CHECK((status_of(0).base & (RIGHT(read_) | RIGHT(write_))) == RIGHT(read_));
  CHECK((status_of(1).base & (RIGHT(read_) | RIGHT(write_))) == RIGHT(write_));
  CHECK((status_of(2).base & (RIGHT(read_) | RIGHT(write_))) == RIGHT(write_));
  EXPECT(fd_write, notcapable, 0, &text, 1, &count);
  EXPECT(fd_read, notcapable, 1, &into, 1, &count);
  EXPECT(fd_read, notcapable, 2, &into, 1, &count);
  // Others have them open too, so they stay as they are.
  EXPECT(fd_fdstat_set_flags, notcapable, 0, fd_nonblock);
}

static void read_hello(void) {
  EXPECT(fd_read, success, 0, &into, 1, &count);
  CHECK(count == 5 && memcmp(bytes, "hello", 5) == 0);
  EXPECT(fd_read, success, 0, &into, 1, &count);
  CHECK(count == 0);
}

static void pipes(void) {
  uint64_t position;
  CHECK(status_of(0).type == type_unknown);
  EXPECT(fd_seek, notcapable, 0, 0, whence_set, &position);
  EXPECT(fd_tell, notcapable, 0, &position);
  EXPECT(fd_pread, notcapable, 0, &into, 1, 0, &count);
  EXPECT(fd_pwrite, notcapable, 1, &text, 0, 0, &count);
  EXPECT(fd_sync, inval, 0);
  EXPECT(fd_datasync, inval, 0);
  EXPECT(fd_advise, notcapable, 0, 0, 1, 0);
  EXPECT(fd_readdir, notcapable, 0, bytes, sizeof bytes, 0, &count);
  struct filestat stat;
  EXPECT(fd_filestat_get, success, 0, &stat);
  CHECK(stat.type == type_unknown);
  read_hello();
}

static void file(void) {
  uint64_t position = 99;
  CHECK(status_of(0).type == type_file);
  EXPECT(fd_tell, success, 0, &position);
  CHECK(position == 0);
  read_hello();
  EXPECT(fd_seek, success, 0, 1, whence_set, &position);
  EXPECT(fd_read, success, 0, &into, 1, &count);
  CHECK(count == 4);
  EXPECT(fd_pread, success, 0, &into, 1, 4, &count);
  CHECK(count == 1 && bytes[0] == 'o');
}

// A libc takes for a terminal what is a character device and can neither seek nor tell.
static void terminal(void) {
  uint64_t position;
  for (uint32_t fd = 0; fd < 3; ++fd) {
    CHECK(status_of(fd).type == type_character && (status_of(fd).base & (RIGHT(seek) | RIGHT(tell))) == 0);
    EXPECT(fd_seek, notcapable, fd, 0, whence_cur, &position);
  }
  EXPECT(fd_write, success, 2, &text, 1, &count);
}

static void null(void) {
  CHECK(status_of(0).type == type_character);
  EXPECT(fd_read, success, 0, &into, 1, &count);
  CHECK(count == 0);
  EXPECT(fd_write, success, 2, &text, 1, &count);
}

int main(int argc, char** argv) {
  const char* kind = argc > 1 ? argv[1] : "";
  if (strcmp(kind, "full") == 0) {
    EXPECT(fd_write, nospc, 2, &text, 1, &count);
  } else if (strcmp(kind, "closed") == 0) {
    EXPECT(fd_write, pipe, 2, &text, 1, &count);
  } else {
    directions();
    if (strcmp(kind, "pipes") == 0) pipes();
    if (strcmp(kind, "file") == 0) file();
    if (strcmp(kind, "terminal") == 0) terminal();
    if (strcmp(kind, "null") == 0) null();
  }
  return (int)finish();
}
