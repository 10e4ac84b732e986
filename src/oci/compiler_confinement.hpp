// SPDX-License-Identifier: Apache-2.0
// What a process gives up that reads and compiles a module of a stranger on behalf of root. It is what stands between a
// mistake in the compiler and the host.
#pragma once

#include <sys/types.h>

#include <string>

namespace shallop::oci {

// Limits of addresses, processor time and file size; as root, also the rights of root, for those of `user` and the
// group of that number; for good, all files but the module on standard input, the directory of `program`, which is to
// be executed, and the system's libraries, and none for writing; sockets; and what looks into other processes or makes
// namespaces. False where the kernel does not do as it is told: then nothing may be compiled.
bool confine_compiler(uid_t user, const std::string& program);

}  // namespace shallop::oci
