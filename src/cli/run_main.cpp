// SPDX-License-Identifier: Apache-2.0
// The program `shallop-run`: `shallop run` and `shallop health` as one static file, which goes into containers.
// Variables SHALLOP_NAME of its environment are its first options.
#include <nss.h>

#include "cli/command.hpp"
#include "cli/run_program.hpp"
#include "cli/settings_environment.hpp"

namespace {

using shallop::cli::Arguments;

// What /etc/nsswitch.conf names beyond this is in shared objects, which a static program had to load, and with them the
// machine's own C library, of whatever version. This one is in the program (glibc 2.34). nss(5). Hosts are asked for by
// c-ares.
void find_services_without_modules() { __nss_configure_lookup("services", "files"); }

int dispatch(Arguments arguments) {
  find_services_without_modules();
  if (!arguments.empty() && arguments.front() == "health") {
    return shallop::cli::health_command({arguments.begin() + 1, arguments.end()});
  }
  const Arguments settings = shallop::cli::options_of_environment();
  arguments.insert(arguments.begin(), settings.begin(), settings.end());
  return shallop::cli::run_in_container(arguments);
}

}  // namespace

int main(int argument_count, char** arguments) {
  return shallop::cli::run_program(argument_count, arguments, dispatch);
}
