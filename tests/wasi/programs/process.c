// SPDX-License-Identifier: Apache-2.0
// Arguments, environment, standard streams, clocks, randomness, exit: prints what it was given, and exits with the
// status that its first argument names.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) printf("argument %d: [%s]\n", i, argv[i]);
  const char* greeting = getenv("GREETING");
  printf("GREETING: [%s]\n", greeting != NULL ? greeting : "(none)");
  printf("HOME: [%s]\n", getenv("HOME") != NULL ? getenv("HOME") : "(none)");
  printf("terminal: %d%d%d\n", isatty(0), isatty(1), isatty(2));

  char line[256];
  while (fgets(line, sizeof line, stdin) != NULL) printf("input: %s", line);
  fputs("on standard error\n", stderr);

  struct timespec now, later;
  CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0 && now.tv_sec > 1700000000);
  CHECK(clock_getres(CLOCK_MONOTONIC, &later) == 0 && later.tv_sec == 0 && later.tv_nsec >= 1);
  CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
  const struct timespec pause = {0, 5 * 1000 * 1000};
  CHECK(nanosleep(&pause, NULL) == 0 && clock_gettime(CLOCK_MONOTONIC, &later) == 0);
  const long long ns = (later.tv_sec - now.tv_sec) * 1000000000LL + later.tv_nsec - now.tv_nsec;
  CHECK(ns >= 5 * 1000 * 1000 && ns < 5000000000LL);

  unsigned char one[32], two[32];
  CHECK(getentropy(one, sizeof one) == 0 && getentropy(two, sizeof two) == 0);
  CHECK(memcmp(one, two, sizeof one) != 0);
  if (failed_checks != 0) return 99;
  exit(argc > 1 ? atoi(argv[1]) : 0);
}
