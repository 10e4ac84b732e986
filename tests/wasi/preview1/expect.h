// SPDX-License-Identifier: Apache-2.0
// How the programs of this folder tell what they saw: "FUNCTION ERRNO" on standard output for each answer that came as
// expected, which the test holds against docs/wasi-errors.md; a line with "FAILED" for every one that did not.
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "preview1.h"

static unsigned failures;

static const char* errno_name(uint32_t number) {
  static const char* const names[] = {
#define NAME(name) #name,
      ERRNO_NAMES(NAME)
#undef NAME
  };
  return number < sizeof names / sizeof names[0] ? names[number] : "no errno of preview1";
}

static void fail(const char* file, int line, const char* what) {
  printf("FAILED %s:%d: %s\n", file, line, what);
  ++failures;
}

static bool expect(const char* file, int line, const char* function, uint32_t expected, uint32_t got) {
  if (got == expected) {
    printf("%s %s\n", function, errno_name(got));
    return true;
  }
  char what[200];
  snprintf(what, sizeof what, "%s answers %s where %s is due", function, errno_name(got), errno_name(expected));
  fail(file, line, what);
  return false;
}

// EXPECT(fd_close, badf, 99): that fd_close(99) answers badf.
#define EXPECT(function, name, ...) expect(__FILE__, __LINE__, #function, errno_##name, wasi_##function(__VA_ARGS__))
#define CHECK(condition) ((condition) ? (void)0 : fail(__FILE__, __LINE__, #condition))

// A pointer to the last bytes below 4 GiB, where no memory of these programs is.
#define OUTSIDE ((void*)0xFFFFFFF8u)
// A path and its size, as calls take them.
#define PATH(text) text, (uint32_t)(sizeof(text) - 1)

enum { no_fd = 999 };

// Descriptor of a file or directory that must open.
static uint32_t open_at(uint32_t directory, const char* path, uint32_t oflags, uint64_t base, uint64_t inheriting) {
  uint32_t fd = no_fd;
  const uint32_t error =
      wasi_path_open(directory, no_follow, path, (uint32_t)strlen(path), oflags, base, inheriting, 0, &fd);
  if (error != errno_success) {
    printf("FAILED to open %s: %s\n", path, errno_name(error));
    ++failures;
  }
  return fd;
}

static uint32_t finish(void) {
  fflush(stdout);
  return failures != 0;
}
