// SPDX-License-Identifier: Apache-2.0
// A guest that does what a container test asks for by its arguments.
#include <fcntl.h>
#include <stdint.h>
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

// As sock_getaddrinfo has them (docs/wasi.md): the guest gives room for its answer.
struct address {
  uint8_t family;
  uint32_t size;
  unsigned char* data;  // port and address, as in a sockaddr
};
struct found {
  uint16_t flags;
  uint8_t family, type;
  uint32_t protocol, size;
  struct address* address;
  char* canonical_name;
  uint32_t canonical_name_size;
  struct found* next;
};
__attribute__((import_module("wasi_snapshot_preview1"), import_name("sock_getaddrinfo"))) int sock_getaddrinfo(
    const char* node, uint32_t node_size, const char* service, uint32_t service_size, const struct found* hints,
    struct found** list, uint32_t capacity, uint32_t* count);

// The IPv4 address of `name`, or the errno of WasmEdge.
static int resolve(const char* name) {
  unsigned char data[26];
  struct address address = {.size = sizeof data, .data = data};
  struct found found = {.address = &address};
  struct found* list = &found;
  const struct found hints = {.family = 1, .type = 2};  // IPv4, streams
  uint32_t count = 0;
  const int error = sock_getaddrinfo(name, strlen(name), "80", 2, &hints, &list, 1, &count);
  if (error != 0) {
    fprintf(stderr, "no address: errno %d\n", error);
    return 1;
  }
  printf("%d.%d.%d.%d\n", data[2], data[3], data[4], data[5]);
  return 0;
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  const char* with = argc > 2 ? argv[2] : "";
  if (strcmp(what, "exit") == 0) return atoi(with);
  if (strcmp(what, "cat") == 0) return copy_out(with);
  if (strcmp(what, "write") == 0) return write_to(with);
  if (strcmp(what, "rename") == 0) return rename_to(with, argc > 3 ? argv[3] : "");
  if (strcmp(what, "resolve") == 0) return resolve(with);
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
