// SPDX-License-Identifier: Apache-2.0
// How long a thread leaves its sockets alone before it looks for answers again. One that is quicker than its server
// finds each answer by itself: a wait for each, and often a sleep from which the server has to wake it, which costs
// both more than the answer does. After a pause it finds several at once. An answer may be taken in late by the pause,
// so that is short against the quickest response of late, and there is none where responses are quick.
#pragma once

#include <algorithm>
#include <cstdint>

#include "loadgen/clock.hpp"

namespace shallop::loadgen {

class Pause {
 public:
  // Of the quickest response: what a pause may add to a response time. With few connections that is too short to be
  // worth a sleep; with 512 on a server that answers 100,000 a second, responses take 5 ms.
  static constexpr int64_t share = 64;
  static constexpr int64_t least_ns = 20 * ns_per_us;
  static constexpr int64_t most_ns = 100 * ns_per_us;
  // A pause is one sleep, which must spare several.
  static constexpr int64_t answers_min = 3;

  void note(int64_t response_ns) {
    ++answers_;
    quickest_of_interval_ns_ = std::min(quickest_of_interval_ns_, response_ns);
  }

  // Ends an interval of `interval_ns`, from whose answers the length of the pauses until the next call follows. A quick
  // response is remembered for longer than its interval: what was the quickest grows by a quarter at most.
  void adapt(int64_t interval_ns) {
    const int64_t longest_ns = quickest_ns_ == 0 ? INT64_MAX : quickest_ns_ + quickest_ns_ / 4 + 1;
    if (answers_ != 0) quickest_ns_ = std::min(quickest_of_interval_ns_, longest_ns);
    length_ns_ = std::min(quickest_ns_ / share, most_ns);
    if (length_ns_ < least_ns || answers_ * length_ns_ < answers_min * interval_ns) length_ns_ = 0;
    answers_ = 0;
    quickest_of_interval_ns_ = INT64_MAX;
  }

  // 0: none.
  int64_t length_ns() const { return length_ns_; }

 private:
  int64_t answers_ = 0;  // in the interval that goes on
  int64_t quickest_of_interval_ns_ = INT64_MAX;
  int64_t quickest_ns_ = 0;
  int64_t length_ns_ = 0;
};

}  // namespace shallop::loadgen
