// SPDX-License-Identifier: Apache-2.0
#include "embedder/processors.hpp"

#include <sched.h>

#include <algorithm>

#include "embedder/control_groups.hpp"

namespace shallop {
namespace {

uint32_t processors_of_affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<uint32_t>(std::max(1, CPU_COUNT(&set)));
}

}  // namespace

uint32_t usable_processors() {
  const uint32_t affinity = processors_of_affinity();
  return std::min(affinity, ControlGroups().processors().value_or(affinity));
}

}  // namespace shallop
