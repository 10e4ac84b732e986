// SPDX-License-Identifier: Apache-2.0
// Calls with three parameters, their results parameters again: Takeuchi's function.
#include "kernel.hpp"

namespace {

[[gnu::noinline]] int32_t tak(int32_t x, int32_t y, int32_t z) {
  if (y >= x) return z;
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

uint64_t work() {
  int32_t x = 24;
  kernel::opaque(x);
  return static_cast<uint64_t>(tak(x, 16, 8));
}

}  // namespace

int main(int argument_count, char** arguments) { return kernel::run(argument_count, arguments, work); }
