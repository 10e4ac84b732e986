// SPDX-License-Identifier: Apache-2.0
// A program as the official suite has them, for the test of its runner. The first argument says what it does.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char** environ;

// That `folder` is as it was made, without what an earlier run has left; and leaves something itself.
static int change(const char* folder) {
  char path[256], text[16] = "";
  snprintf(path, sizeof path, "%s/made.cleanup", folder);
  if (access(path, F_OK) == 0) return 2;
  FILE* made = fopen(path, "w");
  snprintf(path, sizeof path, "%s/data", folder);
  FILE* data = fopen(path, "r+");
  if (made == NULL || data == NULL || fgets(text, sizeof text, data) == NULL || strcmp(text, "fresh\n") != 0) return 3;
  rewind(data);
  fputs("stale\n", data);
  return fclose(data) != 0 || fclose(made) != 0;
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "nothing";
  if (strcmp(what, "tell") == 0) {
    for (int i = 2; i < argc; ++i) printf("[%s]\n", argv[i]);
    for (char** each = environ; *each != NULL; ++each) printf("%s\n", *each);
  }
  if (strcmp(what, "complain") == 0) fputs("told so\n", stderr);
  if (strcmp(what, "read") == 0) {
    for (int c; (c = getchar()) != EOF;) putchar(c);
  }
  if (strcmp(what, "change") == 0) return change(argv[2]);
  if (strcmp(what, "exit") == 0) return atoi(argv[2]);
  if (strcmp(what, "trap") == 0) __builtin_trap();
  while (strcmp(what, "spin") == 0) usleep(1000);
  return 0;
}
