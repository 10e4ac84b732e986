// SPDX-License-Identifier: Apache-2.0
// A server that knows preview1 alone: it accepts on the socket it was started with, descriptor 3, serves LISTEN_FDS
// connections by echoing until their end, and reads a file beside it, to show that directories are found too.
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

int main(void) {
  CHECK(getenv("LISTEN_FDS") != NULL && strcmp(getenv("LISTEN_FDS"), "1") == 0);
  FILE* file = fopen("/data/greeting", "r");
  CHECK(file != NULL);
  char greeting[32] = "";
  CHECK(file != NULL && fgets(greeting, sizeof greeting, file) != NULL);
  int connection = accept(3, NULL, NULL);
  CHECK(connection >= 0);
  CHECK(send(connection, greeting, strlen(greeting), 0) == (ssize_t)strlen(greeting));
  char text[256];
  for (ssize_t size; (size = recv(connection, text, sizeof text, 0)) > 0;) {
    CHECK(write(connection, text, (size_t)size) == size);
  }
  close(connection);
  if (failed_checks == 0) puts("all checks passed");
  return failed_checks != 0;
}
