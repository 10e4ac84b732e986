// SPDX-License-Identifier: Apache-2.0
// 128-bit vectors with comparisons and masks: the Mandelbrot set, four points at a time.
#include "kernel.hpp"

namespace {

using Floats = float __attribute__((vector_size(16)));
using Ints = int32_t __attribute__((vector_size(16)));

constexpr int width = 256, height = 160, iterations_max = 64;

bool any(Ints mask) {
  using Halves = uint64_t __attribute__((vector_size(16)));
  const auto halves = reinterpret_cast<Halves>(mask);
  return (halves[0] | halves[1]) != 0;
}

Ints iterations(Floats x0, Floats y0) {
  Floats x = {}, y = {};
  Ints count = {};
  for (int i = 0; i < iterations_max; ++i) {
    const Floats xx = x * x, yy = y * y;
    const Ints inside = xx + yy <= 4.0f;
    if (!any(inside)) break;
    count -= inside;
    y = 2.0f * x * y + y0;
    x = xx - yy + x0;
  }
  return count;
}

uint64_t work() {
  kernel::Checksum checksum;
  for (int row = 0; row < height; ++row) {
    const float y = static_cast<float>(row) * (2.4f / height) - 1.2f;
    Ints sum = {};
    for (int column = 0; column < width; column += 4) {
      const Floats offsets = {0, 1, 2, 3};
      const Floats x = (offsets + static_cast<float>(column)) * (3.2f / width) - 2.2f;
      sum += iterations(x, Floats{y, y, y, y});
    }
    checksum.add(static_cast<uint32_t>(sum[0] + sum[1] * 3 + sum[2] * 5 + sum[3] * 7));
  }
  return checksum.value();
}

}  // namespace

int main(int argument_count, char** arguments) { return kernel::run(argument_count, arguments, work); }
