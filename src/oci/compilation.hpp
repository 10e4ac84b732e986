// SPDX-License-Identifier: Apache-2.0
// Compiling a container's module on the host, in a process that nobody waits for. One module is compiled at a time on
// the whole host. The process that reads the module has no rights; what it says is kept in the store by another one,
// which reads nothing of it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <string>

namespace shallop::oci {

struct Compilation {
  std::string precompiler;  // the program shallop
  std::string store;
  std::string directory;         // of the module, in the store
  uint64_t store_bytes_max = 0;  // of which a quarter is for copies of the modules that wait
  uid_t user = 0;                // with whose rights the module is compiled
};

// Starts it, or leaves it to the one that is under way for the same module. The error is a sentence.
std::expected<void, std::string> start_compilation(const Compilation& compilation, int module);

}  // namespace shallop::oci
