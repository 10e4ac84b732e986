// SPDX-License-Identifier: Apache-2.0
// How much the machine lacks processors: the share of time in which some thread was ready to run and had none. The
// kernel's pressure stall information, of the whole machine: https://docs.kernel.org/accounting/psi.html
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/unique_fd.hpp"

namespace shallop {

class ProcessorPressure {
 public:
  explicit ProcessorPressure(const std::string& path = "/proc/pressure/cpu");

  // From 0 to 1: that of the last ten seconds or that since the first call, whichever is more. 0 where the kernel does
  // not tell, or hides it.
  double share();

 private:
  struct Reading {
    double recent_share;
    std::chrono::microseconds total;  // of such time, ever
    std::chrono::steady_clock::time_point at;
  };

  std::optional<Reading> read() const;

  UniqueFd file_;
  std::optional<Reading> first_;
};

}  // namespace shallop
