// SPDX-License-Identifier: Apache-2.0
// The commands of `shallop`: a row in main.cpp's table and a file of its own each. A command gets what stands behind
// its name and returns the exit status; it throws UsageError when it was called wrongly, without having done anything.
#pragma once

#include <string>
#include <vector>

namespace shallop::cli {

using Arguments = std::vector<std::string>;

int run_command(const Arguments& arguments);
// The same for a container: exits with 126 where `run` does with 1, and with 127 where there is no such file.
int run_in_container(const Arguments& arguments);
int compile_command(const Arguments& arguments);
int health_command(const Arguments& arguments);
int precompile_command(const Arguments& arguments);
int inspect_command(const Arguments& arguments);
int pack_command(const Arguments& arguments);
int bench_command(const Arguments& arguments);
int compare_command(const Arguments& arguments);
int version_command(const Arguments& arguments);

// For commands that keep options of `shallop run` for later. Throws UsageError for what is none.
void check_run_options(const Arguments& options);

}  // namespace shallop::cli
