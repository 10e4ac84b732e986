// SPDX-License-Identifier: Apache-2.0
// How many processors this process may use at once: those of its affinity mask, or fewer where its control group has a
// quota of processor time, as in a container.
#pragma once

#include <cstdint>

namespace shallop {

// At least 1.
uint32_t usable_processors();

}  // namespace shallop
