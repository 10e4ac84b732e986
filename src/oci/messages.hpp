// SPDX-License-Identifier: Apache-2.0
// Messages where engines look for them: in the file of --log, written as runc writes (a JSON object a line, or logrus'
// text), from which they take the last error and show it to the user.
#pragma once

#include <string>
#include <string_view>

#include "oci/command_line.hpp"

namespace shallop::oci {

enum class Level : uint8_t { warning, error };

std::string log_line(Level level, std::string_view sentence, std::string_view time, bool is_json);

// To the log, and an error to standard error too. What cannot be written is lost: there is nowhere else.
void report(const CommandLine& line, Level level, std::string_view sentence);

}  // namespace shallop::oci
