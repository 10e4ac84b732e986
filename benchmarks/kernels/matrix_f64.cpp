// SPDX-License-Identifier: Apache-2.0
// Floating point in nested loops: two matrices of 192 x 192 doubles multiplied row by row.
#include <bit>

#include "kernel.hpp"

namespace {

constexpr int side = 192;
double left[side][side], right[side][side], product[side][side];

uint64_t work() {
  for (int i = 0; i < side; ++i) {
    for (int j = 0; j < side; ++j) product[i][j] = 0;
    for (int k = 0; k < side; ++k) {
      const double factor = left[i][k];
      for (int j = 0; j < side; ++j) product[i][j] += factor * right[k][j];
    }
  }
  kernel::Checksum checksum;
  for (int i = 0; i < side; ++i) checksum.add(std::bit_cast<uint64_t>(product[i][side - 1 - i]));
  return checksum.value();
}

}  // namespace

int main(int argument_count, char** arguments) {
  kernel::Random random(9);
  for (auto& row : left) {
    for (double& each : row) each = random.next() / 4294967296.0;
  }
  for (auto& row : right) {
    for (double& each : row) each = random.next() / 4294967296.0 - 0.5;
  }
  return kernel::run(argument_count, arguments, work);
}
