// SPDX-License-Identifier: Apache-2.0
// proc_exit and proc_raise: "exit CODE", "raise SIGNAL", or, with no arguments, the signals that one survives.
#include <stdlib.h>

#include "expect.h"

int main(int argc, char** argv) {
  if (argc == 3) {
    const uint32_t number = (uint32_t)strtoul(argv[2], NULL, 0);
    if (strcmp(argv[1], "exit") == 0) wasi_proc_exit(number);
    wasi_proc_raise(number);
    puts("FAILED: still here");
    return 1;
  }
  EXPECT(proc_raise, success, 0);   // none
  EXPECT(proc_raise, success, 16);  // chld
  EXPECT(proc_raise, success, 17);  // cont
  EXPECT(proc_raise, success, 22);  // urg
  EXPECT(proc_raise, success, 27);  // winch
  EXPECT(proc_raise, notsup, 18);   // stop
  EXPECT(proc_raise, notsup, 19);   // tstp
  EXPECT(proc_raise, notsup, 20);   // ttin
  EXPECT(proc_raise, notsup, 21);   // ttou
  EXPECT(proc_raise, inval, 31);
  EXPECT(proc_raise, inval, 256 + 6);
  return (int)finish();
}
