// SPDX-License-Identifier: Apache-2.0
// The file that a command writes.
#pragma once

#include <string>
#include <string_view>

namespace shallop::cli {

// Whole or not at all, even if the machine stops: what is half written may be taken by somebody, so it is written
// beside its place first, and synced. "-" is standard output; what is no regular file, such as a pipe, is written to as
// it is; a symbolic link stays one. Throws Error that names the path.
void write_output(const std::string& path, std::string_view bytes);

}  // namespace shallop::cli
