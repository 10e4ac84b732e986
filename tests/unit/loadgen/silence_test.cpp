// SPDX-License-Identifier: Apache-2.0
#include "loadgen/silence.hpp"

#include <gtest/gtest.h>

namespace shallop::loadgen {
namespace {

std::vector<GapRecord::Gap> gaps(std::initializer_list<int64_t> marks) {
  GapRecord record;
  record.begin(0);
  for (const int64_t mark : marks) record.mark(mark);
  return record.gaps();
}

Silence silence_of(std::initializer_list<std::vector<GapRecord::Gap>> threads, int64_t origin_ns) {
  return longest_silence({threads.begin(), threads.size()}, origin_ns);
}

TEST(Silence, OfOneThreadIsItsLongestGap) {
  GapRecord record;
  record.begin(1000);
  for (const int64_t mark : {1005, 1010, 1900, 2000}) record.mark(mark);
  const Silence silence = silence_of({record.gaps()}, 1000);
  EXPECT_EQ(silence.begin_ns, 10);
  EXPECT_EQ(silence.length_ns, 890);
}

TEST(Silence, OfSeveralThreadsIsWhatTheyShare) {
  // The first is silent from 100 to 500, the second from 300 to 900: nobody heard anything from 300 to 500.
  const Silence silence = silence_of({gaps({50, 100, 500, 600, 700, 800, 950}), gaps({150, 300, 900, 950})}, 0);
  EXPECT_EQ(silence.begin_ns, 300);
  EXPECT_EQ(silence.length_ns, 200);
}

TEST(Silence, KeepsTheLongestOfManyGaps) {
  GapRecord record;
  record.begin(0);
  int64_t time = 0;
  for (int i = 1; i <= 10'000; ++i) record.mark(time += i == 3000 ? 5000 : i % 100);
  const Silence silence = silence_of({record.gaps()}, 0);
  EXPECT_EQ(silence.length_ns, 5000);
  EXPECT_LE(record.gaps().size(), 64U);
}

TEST(Silence, IsNoneWithoutThreads) { EXPECT_EQ(longest_silence({}, 0).length_ns, 0); }

}  // namespace
}  // namespace shallop::loadgen
