// SPDX-License-Identifier: Apache-2.0
// Bulk memory: memcpy, memmove and memset of blocks from 1 KiB to 256 KiB.
#include <cstring>

#include "kernel.hpp"

namespace {

constexpr uint32_t area_size_bytes = 1 << 20;
uint8_t source[area_size_bytes], target[area_size_bytes];

uint64_t work() {
  for (uint32_t block = 1 << 10; block <= 256 << 10; block *= 4) {
    for (int pass = 0; pass < 8; ++pass) {
      for (uint32_t i = 0; i + block < area_size_bytes; i += block) {
        uint32_t size_bytes = block;
        kernel::opaque(size_bytes);
        memcpy(target + i, source + i, size_bytes);
        memmove(target + i + block / 2, target + i, size_bytes);
        memset(target + i, pass, size_bytes / 2);
      }
    }
  }
  kernel::opaque(target);
  kernel::Checksum checksum;
  for (uint32_t i = 0; i < area_size_bytes; i += 4099) checksum.add(target[i]);
  return checksum.value();
}

}  // namespace

int main(int argument_count, char** arguments) {
  kernel::Random random(23);
  for (uint8_t& each : source) each = static_cast<uint8_t>(random.next());
  return kernel::run(argument_count, arguments, work);
}
