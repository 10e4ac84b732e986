// SPDX-License-Identifier: Apache-2.0
// Calls: the Fibonacci number of 30 by plain recursion, as the service's /heavy computes it.
#include "kernel.hpp"

namespace {

[[gnu::noinline]] uint32_t fib(uint32_t n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

uint64_t work() {
  uint32_t n = 30;
  kernel::opaque(n);
  return fib(n);
}

}  // namespace

int main(int argument_count, char** arguments) { return kernel::run(argument_count, arguments, work); }
