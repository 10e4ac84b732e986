// SPDX-License-Identifier: Apache-2.0
// The same calls as virtual_calls.cpp, each from a place of its own: the compiler unrolls the loop over the array.
// Native code then has a branch per object, all easily predicted; an interpreter has one for all.
#include "virtual_steps.hpp"

namespace {

uint64_t work() {
  uint32_t value = 1;
  for (int round = 0; round < 50'000; ++round) {
    for (const virtual_steps::Step* step : virtual_steps::steps) value = step->apply(value);
  }
  return value;
}

}  // namespace

int main(int argument_count, char** arguments) {
  virtual_steps::shuffle_steps();
  return kernel::run(argument_count, arguments, work);
}
