// SPDX-License-Identifier: Apache-2.0
// poll, select and FIONREAD on standard input, a pipe into which the test writes "12345" and then waits.
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

#include "check.h"

int main(int argc, char** argv) {
  CHECK(argc == 2);
  struct pollfd input = {.fd = 0, .events = POLLIN, .revents = 0};
  CHECK(poll(&input, 1, 10000) == 1 && input.revents == POLLIN);
  int amount = -1;
  CHECK(ioctl(0, FIONREAD, &amount) == 0 && amount == 5);
  fd_set set;
  FD_ZERO(&set);
  FD_SET(0, &set);
  struct timeval wait = {10, 0};
  CHECK(select(1, &set, NULL, NULL, &wait) == 1 && FD_ISSET(0, &set));
  char text[8];
  CHECK(read(0, text, sizeof text) == 5);
  CHECK(poll(&input, 1, 10) == 0);
  CHECK(poll(&input, 1, 0) == 0);

  // A file never makes anybody wait.
  struct pollfd file = {.fd = open(argv[1], O_RDONLY), .events = POLLIN | POLLOUT, .revents = 0};
  CHECK(file.fd >= 0);
  CHECK(poll(&file, 1, -1) == 1 && (file.revents & POLLIN) != 0);
  close(file.fd);
  CHECK(poll(&file, 1, -1) == 1 && file.revents == POLLNVAL);
  if (failed_checks == 0) puts("all checks passed");
  return failed_checks != 0;
}
