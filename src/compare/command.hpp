// SPDX-License-Identifier: Apache-2.0
// A program and its arguments.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace shallop::compare {

using Command = std::vector<std::string>;

Command joined(Command words, const Command& more);
// With the port in the place of each "{port}".
std::string with_port(std::string word, uint16_t port);
Command with_port(Command command, uint16_t port);

}  // namespace shallop::compare
