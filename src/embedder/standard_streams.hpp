// SPDX-License-Identifier: Apache-2.0
// The process's own standard streams, for what shallop itself has to say. Unbuffered: the guest writes to them too.
#pragma once

#include <string_view>

namespace shallop {

// Gives each of descriptors 0 to 2 that is closed a descriptor on which every read and write fails, as on a closed one:
// else the next file or socket that is opened would take its number, and the guest's output would go there.
void occupy_standard_streams();

// To standard output. Throws Error when that fails.
void print(std::string_view text);

}  // namespace shallop
