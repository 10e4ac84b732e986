// SPDX-License-Identifier: Apache-2.0
// How many processors this process may use at once: those of its affinity mask, or fewer where its control group has a
// quota of processor time, as in a container. https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace shallop {

// At least 1.
uint32_t usable_processors();

// The processors that the text of a cpu.max file ("150000 100000", "max 100000") stands for, rounded up; nothing for no
// limit, or what is no such text.
std::optional<uint32_t> processors_of_quota(std::string_view cpu_max);

}  // namespace shallop
