// SPDX-License-Identifier: Apache-2.0
// The process's own standard streams, for what shallop itself has to say. Unbuffered: the guest writes to them too.
#pragma once

#include <string_view>
#include <system_error>

namespace shallop {

// Gives each of descriptors 0 to 2 that is closed a descriptor on which every read and write fails, as on a closed one:
// else the next file or socket that is opened would take its number, and the guest's output would go there.
void occupy_standard_streams();

// All of `text`. An error is the host's; what was written before it stays written.
std::error_code write_all(int fd, std::string_view text);

// To standard output. Throws Error when that fails.
void print(std::string_view text);

}  // namespace shallop
