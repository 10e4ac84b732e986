// SPDX-License-Identifier: Apache-2.0
// The processes of a container as this machine sees them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <system_error>
#include <vector>

namespace shallop::compare {

// Holds a process, all that descend from it and all their threads to these processors; none: leaves them. An engine's
// own option for that is a limit of a cgroup, which not every machine lets it set.
std::error_code pin_tree(pid_t root, const std::vector<int>& cores);

// The engine's processes that copy the bytes of a published port, where it does not leave that to the kernel.
std::vector<pid_t> processes_that_publish(uint16_t port);

}  // namespace shallop::compare
