// SPDX-License-Identifier: Apache-2.0
// 128-bit vectors: dot products of 16,384 floats, four running sums.
#include <bit>

#include "kernel.hpp"

namespace {

using Floats = float __attribute__((vector_size(16)));

constexpr int vector_count = 4096;
Floats left[vector_count], right[vector_count];

[[gnu::noinline]] float dot(const Floats* a, const Floats* b) {
  Floats sums[4] = {};
  for (int i = 0; i < vector_count; i += 4) {
    for (int j = 0; j < 4; ++j) sums[j] += a[i + j] * b[i + j];
  }
  const Floats sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

uint64_t work() {
  kernel::Checksum checksum;
  for (int i = 0; i < 500; ++i) {
    left[i][i % 4] += 1;
    checksum.add(std::bit_cast<uint32_t>(dot(left, right)));
    left[i][i % 4] -= 1;
  }
  return checksum.value();
}

}  // namespace

int main(int argument_count, char** arguments) {
  kernel::Random random(29);
  for (Floats& each : left) {
    for (int i = 0; i < 4; ++i) each[i] = static_cast<float>(random.below(1000));
  }
  for (Floats& each : right) {
    for (int i = 0; i < 4; ++i) each[i] = static_cast<float>(random.below(1000));
  }
  return kernel::run(argument_count, arguments, work);
}
