// SPDX-License-Identifier: Apache-2.0
// Files and directories through a libc, in the empty directory that the first argument names.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static const char* root;

// In one of a few buffers, so that a call may have two.
static const char* in_root(const char* name) {
  static char paths[4][256];
  static unsigned next;
  char* path = paths[next++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", root, name);
  return path;
}

static void check_streams(void) {
  FILE* file = fopen(in_root("text"), "w+");
  CHECK(file != NULL);
  CHECK(fprintf(file, "%s %d\n", "line", 1) == 7);
  CHECK(fputs("line 2\n", file) >= 0);
  CHECK(fseek(file, 5, SEEK_SET) == 0 && ftell(file) == 5);
  int number = 0;
  CHECK(fscanf(file, "%d", &number) == 1 && number == 1);
  CHECK(fclose(file) == 0);
  file = fopen(in_root("text"), "a");
  CHECK(file != NULL && fputs("line 3\n", file) >= 0 && fclose(file) == 0);
  char line[32];
  int lines = 0;
  file = fopen(in_root("text"), "r");
  while (fgets(line, sizeof line, file) != NULL) ++lines;
  CHECK(lines == 3 && feof(file) && fclose(file) == 0);
  CHECK(fopen(in_root("missing"), "r") == NULL && errno == ENOENT);
}

static void check_descriptors(void) {
  int fd = open(in_root("bytes"), O_RDWR | O_CREAT | O_EXCL, 0644);
  CHECK(fd >= 0);
  CHECK(open(in_root("bytes"), O_RDWR | O_CREAT | O_EXCL, 0644) == -1 && errno == EEXIST);
  struct iovec parts[] = {{"0123", 4}, {"456789", 6}};
  CHECK(writev(fd, parts, 2) == 10);
  char text[16] = {0};
  CHECK(pread(fd, text, 4, 3) == 4 && memcmp(text, "3456", 4) == 0);
  CHECK(pwrite(fd, "ab", 2, 0) == 2 && lseek(fd, 0, SEEK_CUR) == 10);
  CHECK(lseek(fd, -2, SEEK_END) == 8 && read(fd, text, sizeof text) == 2 && memcmp(text, "89", 2) == 0);
  CHECK(ftruncate(fd, 5) == 0);
  struct stat stat;
  CHECK(fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && stat.st_size == 5 && stat.st_nlink == 1);
  struct timespec times[2] = {{1000000000, 5}, {1234567890, 6}};
  CHECK(futimens(fd, times) == 0 && fstat(fd, &stat) == 0);
  CHECK(stat.st_atim.tv_sec == 1000000000 && stat.st_mtim.tv_sec == 1234567890 && stat.st_mtim.tv_nsec == 6);
  CHECK(fsync(fd) == 0 && fdatasync(fd) == 0);
  int reader = open(in_root("bytes"), O_RDONLY);
  CHECK(reader >= 0 && write(reader, "x", 1) == -1 && errno == EBADF);
  CHECK(close(reader) == 0 && close(reader) == -1 && errno == EBADF);
  CHECK(open(in_root("text"), O_WRONLY) == reader);  // the lowest free number
  CHECK(close(reader) == 0 && close(fd) == 0);
}

static void check_directories(void) {
  CHECK(mkdir(in_root("dir"), 0777) == 0);
  CHECK(mkdir(in_root("dir"), 0777) == -1 && errno == EEXIST);
  enum { count = 300 };
  for (int i = 0; i < count; ++i) {
    char name[32];
    snprintf(name, sizeof name, "dir/entry-%d", i);
    int fd = open(in_root(name), O_WRONLY | O_CREAT, 0644);
    CHECK(fd >= 0 && close(fd) == 0);
  }
  static int seen[count];
  int others = 0;
  DIR* directory = opendir(in_root("dir"));
  CHECK(directory != NULL);
  for (struct dirent* entry; (entry = readdir(directory)) != NULL;) {
    int number = -1;
    if (sscanf(entry->d_name, "entry-%d", &number) == 1) {
      CHECK(number >= 0 && number < count && entry->d_type == DT_REG);
      ++seen[number];
    } else {
      CHECK(strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
      ++others;
    }
  }
  CHECK(closedir(directory) == 0 && others == 2);
  for (int i = 0; i < count; ++i) CHECK(seen[i] == 1);
  CHECK(rmdir(in_root("dir")) == -1 && errno == ENOTEMPTY);
  for (int i = 0; i < count; ++i) {
    char name[32];
    snprintf(name, sizeof name, "dir/entry-%d", i);
    CHECK(unlink(in_root(name)) == 0);
  }
  CHECK(rmdir(in_root("dir")) == 0);
  struct stat stat_;
  CHECK(stat(in_root("dir"), &stat_) == -1 && errno == ENOENT);
}

static void check_names(void) {
  CHECK(rename(in_root("text"), in_root("renamed")) == 0);
  CHECK(access(in_root("text"), F_OK) == -1 && access(in_root("renamed"), R_OK) == 0);
  CHECK(link(in_root("renamed"), in_root("second")) == 0);
  struct stat one, two;
  CHECK(stat(in_root("renamed"), &one) == 0 && stat(in_root("second"), &two) == 0);
  CHECK(one.st_ino == two.st_ino && one.st_nlink == 2);
  CHECK(symlink("renamed", in_root("link")) == 0);
  CHECK(lstat(in_root("link"), &two) == 0 && S_ISLNK(two.st_mode));
  CHECK(stat(in_root("link"), &two) == 0 && two.st_ino == one.st_ino);
  char target[16];
  CHECK(readlink(in_root("link"), target, sizeof target) == 7 && memcmp(target, "renamed", 7) == 0);
  CHECK(open(in_root("link"), O_RDONLY | O_NOFOLLOW) == -1 && errno == ELOOP);
  CHECK(unlink(in_root("link")) == 0 && unlink(in_root("second")) == 0 && unlink(in_root("renamed")) == 0);
  CHECK(unlink(in_root("renamed")) == -1 && errno == ENOENT);
  CHECK(unlink(in_root("bytes")) == 0);
}

int main(int argc, char** argv) {
  CHECK(argc == 2);
  root = argv[1];
  check_streams();
  check_descriptors();
  check_directories();
  check_names();
  if (failed_checks == 0) puts("all checks passed");
  return failed_checks != 0;
}
