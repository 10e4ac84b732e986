// SPDX-License-Identifier: Apache-2.0
// What a guest is told at its start, what time it is, chance. Run with the arguments "one" and "two words" and the
// variables A=1 and EMPTY=.
#include "expect.h"

static void arguments(void) {
  uint32_t count = 0, size = 0;
  EXPECT(args_sizes_get, success, &count, &size);
  CHECK(count == 3 && size > 14);
  char strings[1000];
  uint32_t argv[4] = {0, 0, 0, 77};
  EXPECT(args_get, success, argv, strings);
  CHECK(argv[0] == (uint32_t)strings && argv[3] == 77);
  CHECK(strcmp((char*)argv[1], "one") == 0 && strcmp((char*)argv[2], "two words") == 0);
  CHECK(argv[2] + strlen("two words") + 1 == (uint32_t)strings + size);
  EXPECT(args_sizes_get, fault, OUTSIDE, &size);
  EXPECT(args_sizes_get, fault, &count, (uint32_t*)0xFFFFFFFD);
  EXPECT(args_get, fault, OUTSIDE, strings);
  EXPECT(args_get, fault, argv, OUTSIDE);
}

static void environment(void) {
  uint32_t count = 0, size = 0;
  EXPECT(environ_sizes_get, success, &count, &size);
  CHECK(count == 2 && size == sizeof "A=1" + sizeof "EMPTY=");
  char strings[100];
  uint32_t variables[2];
  EXPECT(environ_get, success, variables, strings);
  CHECK(strcmp((char*)variables[0], "A=1") == 0 && strcmp((char*)variables[1], "EMPTY=") == 0);
  EXPECT(environ_sizes_get, fault, OUTSIDE, &size);
  EXPECT(environ_sizes_get, fault, &count, OUTSIDE + 5);
  EXPECT(environ_get, fault, OUTSIDE, strings);
  EXPECT(environ_get, fault, variables, OUTSIDE);
}

static void clocks(void) {
  for (uint32_t clock = clock_realtime; clock <= clock_thread_cputime; ++clock) {
    uint64_t resolution = 0, one = 0, two = 0;
    EXPECT(clock_res_get, success, clock, &resolution);
    CHECK(resolution > 0);
    EXPECT(clock_time_get, success, clock, 1, &one);
    EXPECT(clock_time_get, success, clock, 0, &two);
    CHECK(one > 0 && (clock == clock_realtime || two >= one));
  }
  uint64_t time = 0;
  wasi_clock_time_get(clock_realtime, 0, &time);
  CHECK(time > UINT64_C(1700000000) * 1000000000);
  EXPECT(clock_res_get, inval, 4, &time);
  EXPECT(clock_res_get, inval, 256, &time);
  EXPECT(clock_time_get, inval, 4, 0, &time);
  EXPECT(clock_time_get, inval, 0xFFFFFFFF, 0, &time);
  EXPECT(clock_res_get, fault, clock_monotonic, OUTSIDE + 1);
  EXPECT(clock_time_get, fault, clock_monotonic, 0, OUTSIDE + 1);
}

static void chance(void) {
  unsigned char one[64] = {0}, two[64] = {0};
  EXPECT(random_get, success, one, 63);
  EXPECT(random_get, success, two, 63);
  CHECK(memcmp(one, two, 63) != 0 && one[63] == 0);
  EXPECT(random_get, success, one, 0);
  EXPECT(random_get, fault, OUTSIDE, 64);
  EXPECT(random_get, fault, one, 0xFFFFFFFF);
}

int main(void) {
  arguments();
  environment();
  clocks();
  chance();
  EXPECT(sched_yield, success);
  return (int)finish();
}
