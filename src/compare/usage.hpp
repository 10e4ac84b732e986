// SPDX-License-Identifier: Apache-2.0
// What processes and the machine as a whole have used, from /proc (man 5 proc).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace shallop::compare {

// Of a process and all that descend from it.
struct TreeUsage {
  double cpu_s = 0;
  uint64_t peak_resident_kib = 0;  // the sum of each one's peak
};
TreeUsage usage_of_tree(pid_t root);
// The process and all that descend from it.
std::vector<pid_t> tree_of(pid_t root);

// Of all processors since the start of the machine.
struct MachineTimes {
  double busy_s = 0;
  double stolen_s = 0;  // by the hypervisor
};
MachineTimes machine_times();

double load_average();

// What a reader of figures wants to know of the machine, by name.
std::map<std::string, std::string> describe_machine();

}  // namespace shallop::compare
