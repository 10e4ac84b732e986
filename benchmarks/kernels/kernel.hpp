// SPDX-License-Identifier: Apache-2.0
// What every kernel is: a program `NAME [REPETITIONS]` that does the same work that often and prints one line of
// key=value pairs, times in nanoseconds per repetition. The checksum is a digest of what the work computed, so that the
// native and the Wasm build of one source can be held against each other.
#pragma once

#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace kernel {

// The compiler has to assume that `value` is read and written here: nothing is folded or moved across.
template <class T>
inline void opaque(T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

inline uint64_t now_ns() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

// A digest over values that a kernel computed (FNV-1a, a word at a time).
class Checksum {
 public:
  void add(uint64_t value) { digest_ = (digest_ ^ value) * 0x100000001b3; }
  uint64_t value() const { return digest_; }

 private:
  uint64_t digest_ = 0xcbf29ce484222325;
};

// Numbers that look random and are the same everywhere (xorshift32).
class Random {
 public:
  explicit Random(uint32_t seed) : state_(seed) {}
  uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }
  uint32_t below(uint32_t bound) { return static_cast<uint32_t>(uint64_t{next()} * bound >> 32); }

 private:
  uint32_t state_;
};

inline constexpr uint32_t repetitions_max = 1024;

// Calls `work()`, which returns a checksum and leaves the next call the same work, as often as the command line says.
template <class Work>
int run(int argument_count, char** arguments, Work work) {
  const uint32_t asked = argument_count > 1 ? static_cast<uint32_t>(strtoul(arguments[1], nullptr, 10)) : 1;
  const uint32_t repetitions = std::clamp(asked, uint32_t{1}, repetitions_max);
  static uint64_t times_ns[repetitions_max];
  uint64_t checksum = 0;
  for (uint32_t i = 0; i < repetitions; ++i) {
    const uint64_t start_ns = now_ns();
    const uint64_t result = work();
    times_ns[i] = now_ns() - start_ns;
    if (i != 0 && result != checksum) {
      fprintf(stderr, "repetition %" PRIu32 " computed %016" PRIx64 ", those before it %016" PRIx64 "\n", i, result,
              checksum);
      return 1;
    }
    checksum = result;
  }
  std::sort(times_ns, times_ns + repetitions);
  printf("best_ns=%" PRIu64 " median_ns=%" PRIu64 " repetitions=%" PRIu32 " checksum=%016" PRIx64 "\n", times_ns[0],
         times_ns[repetitions / 2], repetitions, checksum);
  return 0;
}

}  // namespace kernel
