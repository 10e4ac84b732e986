// SPDX-License-Identifier: Apache-2.0
// Validated module -> native code, by LLVM. The only way into this layer; nothing of LLVM shows. The result depends on
// the module, the options and LLVM's version, not on the number of threads. docs/compiler.md describes what is made.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "aot/native_image.hpp"
#include "validation/validated_module.hpp"

namespace shallop::aot {

struct CompileOptions {
  uint8_t optimization = 3;    // -O, 0 to 3
  std::string cpu = "host";    // "host", "baseline" (x86-64-v2), or LLVM's name of a processor
  bool guarded_memory = true;  // rely on the reservation behind every 32-bit memory instead of comparing addresses
  uint32_t threads = 0;        // 0: as many as there are cores
  // Called now and then with how much of the code is done, in bytes of the module's function bodies, on any of the
  // threads but never on two at once. May be empty.
  std::function<void(uint64_t done_bytes, uint64_t total_bytes)> progress;
};

// Throws ResourceError when the code does not fit in what an image can address, and CompileError when the processor is
// none that LLVM knows or none that code can be made for. One compilation at a time in a process: each uses all cores.
NativeImage compile(const ValidatedModule& module, const CompileOptions& options);

}  // namespace shallop::aot
