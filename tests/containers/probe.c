// SPDX-License-Identifier: Apache-2.0
// A guest that does what a container test asks for by its arguments.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char** environ;

static int copy_out(const char* path) {
  char bytes[4096];
  FILE* file = fopen(path, "r");
  if (file == NULL) {
    perror(path);
    return 1;
  }
  const size_t size = fread(bytes, 1, sizeof bytes, file);
  fwrite(bytes, 1, size, stdout);
  fclose(file);
  return 0;
}

static int write_to(const char* path) {
  FILE* file = fopen(path, "w");
  if (file == NULL || fputs("written\n", file) < 0 || fclose(file) != 0) {
    perror(path);
    return 1;
  }
  return 0;
}

static int rename_to(const char* from, const char* to) {
  if (strcmp(from, "/new") == 0) write_to(from);
  if (rename(from, to) != 0) {
    perror(to);
    return 1;
  }
  return 0;
}

static char* volatile taken;  // or the compiler would leave out what nobody looks at

// Until there is no more.
static int take_memory(void) {
  for (;;) {
    taken = malloc(1 << 20);
    if (taken == NULL) return 3;
    memset(taken, 1, 1 << 20);
  }
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  const char* with = argc > 2 ? argv[2] : "";
  if (strcmp(what, "exit") == 0) return atoi(with);
  if (strcmp(what, "cat") == 0) return copy_out(with);
  if (strcmp(what, "write") == 0) return write_to(with);
  if (strcmp(what, "rename") == 0) return rename_to(with, argc > 3 ? argv[3] : "");
  if (strcmp(what, "memory") == 0) return take_memory();
  if (strcmp(what, "trap") == 0) __builtin_trap();
  if (strcmp(what, "spin") == 0) {
    for (volatile unsigned turn = 0;; ++turn) {
    }
  }
  if (strcmp(what, "environment") == 0) {
    for (char** each = environ; *each != NULL; ++each) puts(*each);
    return 0;
  }
  for (int i = 0; i < argc; ++i) puts(argv[i]);
  return 0;
}
