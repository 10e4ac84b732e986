// SPDX-License-Identifier: Apache-2.0
// What the compiler does not come back from: memory that has run out, which code built without exceptions as LLVM's
// cannot hand on, and what LLVM itself calls fatal.
#pragma once

namespace shallop::aot {

// Called on the thread where it happens, perhaps on several at once. Must end the process, without asking for memory.
// `reason` is half a sentence.
using FatalErrorHandler = void (*)(const char* reason);

// For the whole process, once. `no_memory` is the reason when memory has run out.
void set_fatal_error_handler(FatalErrorHandler handler, const char* no_memory);

}  // namespace shallop::aot
