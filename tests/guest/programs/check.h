// SPDX-License-Identifier: Apache-2.0
// The whole test framework of programs that run natively and as guests: a failed check is one line on stderr.
#pragma once

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int failed_checks;

#define CHECK(condition) \
  do { \
    errno = 0; \
    if (!(condition)) { \
      fprintf(stderr, "%s:%d: %s (errno: %s)\n", __FILE__, __LINE__, #condition, strerror(errno)); \
      ++failed_checks; \
    } \
  } while (0)

// A call that must fail, and with which errno.
#define CHECK_ERRNO(call, expected) CHECK((call) == -1 && errno == (expected))
