// SPDX-License-Identifier: Apache-2.0
// Integers in nested loops: two matrices of 160 x 160 multiplied, each element one dot product down a column.
#include "kernel.hpp"

namespace {

constexpr int side = 160;
int32_t left[side][side], right[side][side], product[side][side];

uint64_t work() {
  for (int i = 0; i < side; ++i) {
    for (int j = 0; j < side; ++j) {
      uint32_t sum = 0;
      for (int k = 0; k < side; ++k) sum += static_cast<uint32_t>(left[i][k]) * static_cast<uint32_t>(right[k][j]);
      product[i][j] = static_cast<int32_t>(sum);
    }
  }
  kernel::Checksum checksum;
  for (const auto& row : product) {
    for (int32_t each : row) checksum.add(static_cast<uint32_t>(each));
  }
  return checksum.value();
}

}  // namespace

int main(int argument_count, char** arguments) {
  kernel::Random random(13);
  for (auto& row : left) {
    for (int32_t& each : row) each = static_cast<int32_t>(random.next());
  }
  for (auto& row : right) {
    for (int32_t& each : row) each = static_cast<int32_t>(random.next());
  }
  return kernel::run(argument_count, arguments, work);
}
