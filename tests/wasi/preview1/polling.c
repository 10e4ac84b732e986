// SPDX-License-Identifier: Apache-2.0
// poll_oneoff, with standard input a pipe that stays empty and open, and a directory at 3.
#include "expect.h"

static struct event events[4];
static uint32_t count;

static struct subscription clock(uint32_t id, uint64_t timeout, uint16_t flags) {
  return (struct subscription){
      .userdata = 7, .tag = event_clock, .clock = {.id = id, .timeout = timeout, .flags = flags}};
}
static struct subscription on(uint32_t fd, uint8_t tag) {
  return (struct subscription){.userdata = fd, .tag = tag, .fd = fd};
}

// That the poll of one subscription gives one event with this error.
#define EXPECT_EVENT(name, wanted) \
  do { \
    const struct subscription one = wanted; \
    EXPECT(poll_oneoff, success, &one, events, 1, &count); \
    CHECK(count == 1 && events[0].userdata == one.userdata && events[0].type == one.tag); \
    expect(__FILE__, __LINE__, "poll_oneoff", errno_##name, events[0].error); \
  } while (0)

static void clocks(void) {
  uint64_t before = 0, after = 0;
  wasi_clock_time_get(clock_monotonic, 0, &before);
  EXPECT_EVENT(success, clock(clock_monotonic, 5000000, 0));
  wasi_clock_time_get(clock_monotonic, 0, &after);
  CHECK(after - before >= 5000000);
  EXPECT_EVENT(success, clock(clock_realtime, 1000000, 0));
  EXPECT_EVENT(success, clock(clock_monotonic, after + 1000000, absolute_time));
  EXPECT_EVENT(success, clock(clock_monotonic, 1, absolute_time));
  EXPECT_EVENT(success, clock(clock_realtime, 1, absolute_time));
  EXPECT_EVENT(success, clock(clock_monotonic, 0, 0));
  EXPECT_EVENT(inval, clock(17, 0, 0));
  EXPECT_EVENT(inval, clock(clock_monotonic, 0, 2));
  EXPECT_EVENT(notsup, clock(clock_process_cputime, 1, 0));
  const struct subscription both[] = {clock(clock_monotonic, UINT64_MAX, 0), clock(clock_monotonic, 3000000, 0)};
  EXPECT(poll_oneoff, success, both, events, 2, &count);
  CHECK(count == 1);
}

static void descriptors(void) {
  EXPECT_EVENT(success, on(1, event_write));
  EXPECT_EVENT(badf, on(no_fd, event_read));
  EXPECT_EVENT(notcapable, on(1, event_read));
  EXPECT_EVENT(notcapable, on(0, event_write));
  const uint32_t file = open_at(3, "file", o_creat, FILE_RIGHTS, 0);
  EXPECT_EVENT(success, on(file, event_read));
  EXPECT_EVENT(success, on(file, event_write));
  EXPECT(fd_fdstat_set_rights, success, file, RIGHT(read_), 0);
  EXPECT_EVENT(notcapable, on(file, event_read));
  // Nothing comes on standard input, so the clock ends it.
  const struct subscription idle[] = {on(0, event_read), clock(clock_monotonic, 2000000, 0)};
  EXPECT(poll_oneoff, success, idle, events, 2, &count);
  CHECK(count == 1 && events[0].type == event_clock && events[0].userdata == 7);
  // An error does not wait for what is idle, and what is ready comes along.
  const struct subscription mixed[] = {on(0, event_read), on(no_fd, event_write), on(1, event_write)};
  EXPECT(poll_oneoff, success, mixed, events, 3, &count);
  CHECK(count == 2 && events[0].error == errno_badf && events[1].error == 0 && events[1].userdata == 1);
}

int main(void) {
  clocks();
  descriptors();
  const struct subscription good = clock(clock_monotonic, 0, 0);
  EXPECT(poll_oneoff, inval, &good, events, 0, &count);
  const struct subscription odd = {.tag = 3};
  EXPECT(poll_oneoff, inval, &odd, events, 1, &count);
  EXPECT(poll_oneoff, fault, OUTSIDE, events, 1, &count);
  EXPECT(poll_oneoff, fault, &good, OUTSIDE, 1, &count);
  EXPECT(poll_oneoff, fault, &good, events, 1, OUTSIDE + 5);
  EXPECT(poll_oneoff, fault, &good, events, 0xFFFFFFFF, &count);
  return (int)finish();
}
