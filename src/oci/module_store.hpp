// SPDX-License-Identifier: Apache-2.0
// The host's side of the store for native code: a directory for each module, named by the SHA-256 of its file, which is
// mounted into the containers that run it. Only the host writes there: what `shallop precompile` makes of the module.
#pragma once

#include <expected>
#include <string>

#include "base/unique_fd.hpp"

namespace shallop::oci {

// Makes the directory for the module if it is not there. The error is a sentence.
std::expected<std::string, std::string> module_directory(const std::string& store, int module);

// False once native code is there that `precompiler` made since it was installed and the machine was started: before,
// another compiler or processor may have been what it was made for.
bool wants_compilation(const std::string& directory, const std::string& precompiler);

// Starts `precompiler precompile --store directory -` on the module, with a low priority, in a process that belongs to
// nobody: whoever starts a container does not wait for it. The error is a sentence.
std::expected<void, std::string> start_compilation(const std::string& precompiler, const std::string& directory,
                                                   int module);

}  // namespace shallop::oci
