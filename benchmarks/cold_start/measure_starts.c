// SPDX-License-Identifier: Apache-2.0
// measure_starts COUNT COMMAND [ARGUMENT...]: starts the command COUNT times and prints, one line a start, the wall
// time in nanoseconds from before the fork to after the wait, and the peak of resident memory in KiB.
//
// C, and no more than this: the kernel counts the memory of the process that forked as the child's until it has called
// exec (getrusage(2), ru_maxrss), so whoever measures small programs must be smaller than they are.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static _Noreturn void be(char** command) {
  const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nowhere < 0 || dup2(nowhere, STDIN_FILENO) < 0 || dup2(nowhere, STDOUT_FILENO) < 0) _exit(127);
  execvp(command[0], command);
  _exit(127);
}

int main(int argument_count, char** arguments) {
  const long count = argument_count > 2 ? strtol(arguments[1], NULL, 10) : 0;
  if (count <= 0) {
    fputs("usage: measure_starts COUNT COMMAND [ARGUMENT...]\n", stderr);
    return 2;
  }
  for (long i = 0; i < count; ++i) {
    const int64_t start_ns = now_ns();
    // posix_spawn() asks in the child for the handler of each signal, which would count as the command's time.
    const pid_t child = vfork();        // NOLINT(bugprone-unsafe-functions,clang-analyzer-security.insecureAPI.vfork)
    if (child == 0) be(arguments + 2);  // NOLINT(clang-analyzer-unix.Vfork)
    int status = 0;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
      fprintf(stderr, "%s cannot be started: %s\n", arguments[2], strerror(errno));
      return 1;
    }
    const int64_t wall_ns = now_ns() - start_ns;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      fprintf(stderr, "%s ended with wait status 0x%x\n", arguments[2], (unsigned)status);
      return 1;
    }
    printf("%" PRId64 " %ld\n", wall_ns, usage.ru_maxrss);
  }
  return 0;
}
