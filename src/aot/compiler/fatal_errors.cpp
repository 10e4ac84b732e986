// SPDX-License-Identifier: Apache-2.0
#include "aot/compiler/fatal_errors.hpp"

#include <llvm/Support/ErrorHandling.h>

#include <atomic>
#include <new>

namespace shallop::aot {
namespace {

std::atomic<FatalErrorHandler> handler;
std::atomic<const char*> no_memory_reason;

void report(const char* reason) { handler.load()(reason); }
void report_no_memory() { report(no_memory_reason.load()); }

}  // namespace

void set_fatal_error_handler(FatalErrorHandler wanted, const char* no_memory) {
  handler = wanted;
  no_memory_reason = no_memory;
  std::set_new_handler(report_no_memory);
  llvm::install_bad_alloc_error_handler([](void*, const char*, bool) { report_no_memory(); });
  llvm::install_fatal_error_handler([](void*, const char* reason, bool) { report(reason); });
}

}  // namespace shallop::aot
