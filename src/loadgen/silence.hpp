// SPDX-License-Identifier: Apache-2.0
// Gaps between completions: a closed loop hides that a server stood still, as nobody asked meanwhile; the longest time
// in which no connection of any thread got an answer shows it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "loadgen/result.hpp"

namespace shallop::loadgen {

// A thread's gaps: those it still may need, the longest.
class GapRecord {
 public:
  struct Gap {
    int64_t begin_ns = 0;
    int64_t end_ns = 0;
    int64_t length_ns() const { return end_ns - begin_ns; }
  };

  GapRecord();

  void begin(int64_t time_ns) { last_ns_ = time_ns; }
  void mark(int64_t time_ns) {
    if (time_ns - last_ns_ > kept_min_ns_) keep({last_ns_, time_ns});
    last_ns_ = time_ns;
  }

  // In order of time.
  std::vector<Gap> gaps() const;

 private:
  static constexpr size_t kept_max = 64;

  void keep(Gap gap);

  std::vector<Gap> kept_;
  int64_t kept_min_ns_ = 0;  // shorter ones are not kept
  int64_t last_ns_ = 0;
};

// The longest time that lies in a gap of every thread. `origin_ns` is the window's begin.
Silence longest_silence(std::span<const std::vector<GapRecord::Gap>> threads, int64_t origin_ns);

}  // namespace shallop::loadgen
