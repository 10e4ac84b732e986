// SPDX-License-Identifier: Apache-2.0
// The one place that turns errors, traps and uncaught exceptions into text for a user, on standard error, and into exit
// statuses. An error is one line, `shallop: FILE:0xOFFSET: malformed: sentence`; a trap is a line and its backtrace.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "runtime/outcome.hpp"
#include "wasm/error.hpp"

namespace shallop {

// What the process ends with where the guest does not say. 134 is what a shell shows for SIGABRT.
namespace exit_status {
inline constexpr int success = 0;
inline constexpr int cannot_run = 1;
inline constexpr int wrong_usage = 2;
inline constexpr int trapped = 134;
// Of `shallop-run`, whose status a container engine shows: as shells and engines have it for any program.
inline constexpr int not_executable = 126;
inline constexpr int not_found = 127;
}  // namespace exit_status

// What was typed cannot be meant: an unknown option, a size that is none, an argument of the wrong type.
class UsageError : public Error {
 public:
  using Error::Error;
};

// `text` on one line that a terminal shows as it is: control characters, which a module's names and a file's path may
// hold, become \n, \t or \xNN.
std::string printable(std::string_view text);

// Without the line's end. `file` is the module as the user named it.
std::string describe(const Error& error, std::string_view file);
// `why` may say what is behind the reason.
std::string describe(const Trap& trap, std::string_view file, std::string_view why = {});
std::string describe(const UncaughtException& uncaught, std::string_view file);
// The same without the file.
std::string describe_reason(const Trap& trap, std::string_view why = {});
std::string describe_reason(const UncaughtException& uncaught);

// Writes `text` and a line's end to standard error in one call, so that lines of several processes do not mix.
void print_diagnostic(std::string_view text);

// Runs `action` and returns what it returns. An Error that it throws is told to `report` and becomes an exit status.
int with_diagnostics(std::string_view file, const std::function<int()>& action,
                     const std::function<void(std::string_view)>& report = print_diagnostic);

}  // namespace shallop
