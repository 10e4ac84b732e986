// SPDX-License-Identifier: Apache-2.0
// Calls through a table: virtual functions of the objects of an array, one place that calls them all.
#include "virtual_steps.hpp"

namespace {

using virtual_steps::steps;

uint64_t work() {
  uint32_t count = virtual_steps::step_count;
  kernel::opaque(count);  // or the loop over them is unrolled: virtual_sites.cpp
  uint32_t value = 1;
  for (int round = 0; round < 50'000; ++round) {
    for (uint32_t i = 0; i < count; ++i) value = steps[i]->apply(value);
  }
  return value;
}

}  // namespace

int main(int argument_count, char** arguments) {
  virtual_steps::shuffle_steps();
  return kernel::run(argument_count, arguments, work);
}
