// SPDX-License-Identifier: Apache-2.0
// Unpredictable branches over memory: a million integers sorted by quicksort.
#include <cstring>
#include <utility>

#include "kernel.hpp"

namespace {

constexpr uint32_t count = 1'000'000;
int32_t shuffled[count];
int32_t numbers[count];

void insertion_sort(int32_t* first, int32_t* last) {
  for (int32_t* each = first + 1; each < last; ++each) {
    const int32_t value = *each;
    int32_t* hole = each;
    for (; hole > first && hole[-1] > value; --hole) *hole = hole[-1];
    *hole = value;
  }
}

void quicksort(int32_t* first, int32_t* last) {
  while (last - first > 16) {
    int32_t* const middle = first + (last - first) / 2;
    if (*middle < *first) std::swap(*middle, *first);
    if (last[-1] < *middle) std::swap(last[-1], *middle);
    if (*middle < *first) std::swap(*middle, *first);
    const int32_t pivot = *middle;
    int32_t* low = first;
    int32_t* high = last - 1;
    while (low <= high) {
      while (*low < pivot) ++low;
      while (pivot < *high) --high;
      if (low <= high) std::swap(*low++, *high--);
    }
    quicksort(first, high + 1);
    first = low;
  }
  insertion_sort(first, last);
}

uint64_t work() {
  memcpy(numbers, shuffled, sizeof numbers);
  quicksort(numbers, numbers + count);
  kernel::Checksum checksum;
  for (uint32_t i = 1; i < count; ++i) {
    if (numbers[i - 1] > numbers[i]) return 0;
    if (i % 1000 == 0) checksum.add(static_cast<uint32_t>(numbers[i]));
  }
  return checksum.value();
}

}  // namespace

int main(int argument_count, char** arguments) {
  kernel::Random random(3);
  for (int32_t& each : shuffled) each = static_cast<int32_t>(random.next());
  return kernel::run(argument_count, arguments, work);
}
