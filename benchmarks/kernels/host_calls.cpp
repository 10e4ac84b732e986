// SPDX-License-Identifier: Apache-2.0
// Crossing from guest to host: the clock read many times, and now and then an empty write.
#include <unistd.h>

#include "kernel.hpp"

namespace {

uint64_t work() {
  uint64_t backward = 0;
  uint64_t failed = 0;
  uint64_t before_ns = kernel::now_ns();
  for (int i = 0; i < 500; ++i) {
    for (int j = 0; j < 100; ++j) {
      const uint64_t time_ns = kernel::now_ns();
      backward += time_ns < before_ns ? 1 : 0;
      before_ns = time_ns;
    }
    failed += write(STDOUT_FILENO, "", 0) == 0 ? 0 : 1;
  }
  return backward << 32 | failed;
}

}  // namespace

int main(int argument_count, char** arguments) { return kernel::run(argument_count, arguments, work); }
