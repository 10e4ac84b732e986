// SPDX-License-Identifier: Apache-2.0
#include "aot/compiler/target.hpp"

#include <fmt/format.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/Triple.h>
#include <llvm/TargetParser/X86TargetParser.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "aot/compiler/address_encoding.hpp"
#include "aot/compiler/compile_error.hpp"

namespace shallop::aot {
namespace {

constexpr const char* baseline_cpu = "x86-64-v2";
constexpr const char* triple = "x86_64-unknown-linux-gnu";

// What code may use of a processor, by LLVM's names, sorted. Other features (of the kernel, of cryptography) are
// nothing that Wasm's instructions become, and asking for them would only narrow where the code runs.
constexpr const char* useful_features[] = {"avx",      "avx2", "avx512bw", "avx512cd", "avx512dq", "avx512f",
                                           "avx512vl", "bmi",  "bmi2",     "cx16",     "lzcnt",    "movbe",
                                           "popcnt",   "sse3", "sse4.1",   "sse4.2",   "ssse3"};

template <class IsThere>
std::vector<std::string> useful_features_where(IsThere is_there) {
  std::vector<std::string> features;
  std::ranges::copy_if(useful_features, std::back_inserter(features), is_there);
  return features;
}

}  // namespace

void initialize_llvm(uint8_t optimization) {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    std::string error;
    if (const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, error))
      encode_context_as_index(*target);
  });
  std::vector<const char*> arguments{
      "shallop",
      // At -O0 and -O1 code is generated without LLVM's machine-level optimisations, but registers are allocated as at
      // the other levels: keeping values in registers is most of what makes code fast, and a small part of what takes
      // time.
      "-optimize-regalloc=true",
      // Moves integers into mask registers of AVX-512, which costs time and gains nothing here.
      "-disable-x86-domain-reassignment",
  };
  // Looks for the best regions of a function to split a live range around: two fifths of the allocator's time, and code
  // that is no faster, where blocks are as the module has them.
  if (optimization < 2) arguments.push_back("-grow-region-complexity-budget=0");
  llvm::cl::ResetAllOptionOccurrences();
  llvm::cl::ParseCommandLineOptions(static_cast<int>(arguments.size()), arguments.data());
}

NativeTarget choose_target(const std::string& cpu) {
#ifndef __x86_64__
  throw CompileError("native code is made for x86_64 only, and this is another architecture");
#endif
  if (cpu == "host") {
    const llvm::StringMap<bool> there = llvm::sys::getHostCPUFeatures();
    return {.architecture = "x86_64",
            .cpu = llvm::sys::getHostCPUName().str(),
            .features = useful_features_where([&](const char* name) { return there.lookup(name); })};
  }
  const std::string name = cpu == "baseline" ? baseline_cpu : cpu;
  if (llvm::X86::parseArchX86(name, /*Only64Bit=*/true) == llvm::X86::CK_None) {
    throw CompileError(fmt::format(
        "LLVM knows no 64-bit x86 processor '{}'; 'host', 'baseline' and names as 'x86-64-v3' or 'znver3' are known",
        cpu));
  }
  llvm::SmallVector<llvm::StringRef> there;
  llvm::X86::getFeaturesForCPU(name, there);
  NativeTarget target{.architecture = "x86_64", .cpu = name, .features = useful_features_where([&](const char* each) {
                                                               return llvm::is_contained(there, each);
                                                             })};
  for (const char* each : {"sse4.2", "popcnt", "cx16"}) {
    if (std::ranges::find(target.features, each) == target.features.end()) {
      throw CompileError(fmt::format("the processor '{}' lacks {}: code is made for x86-64-v2 and newer", cpu, each));
    }
  }
  return target;
}

std::unique_ptr<llvm::TargetMachine> create_target_machine(const NativeTarget& target, uint8_t optimization) {
  std::string error;
  const llvm::Target* llvm_target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (llvm_target == nullptr) throw CompileError(fmt::format("this LLVM makes no code for x86_64: {}", error));
  std::string features;
  for (const std::string& each : target.features) features += "+" + each + ",";
  // With AVX-512, LLVM's vectoriser takes gathers for cheap, but loads one by one are faster.
  features += "+prefer-no-gather,+prefer-no-scatter";
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;  // a product is rounded before it is added
  constexpr llvm::CodeGenOptLevel levels[] = {llvm::CodeGenOptLevel::None, llvm::CodeGenOptLevel::None,
                                              llvm::CodeGenOptLevel::Default, llvm::CodeGenOptLevel::Aggressive};
  std::unique_ptr<llvm::TargetMachine> machine(
      llvm_target->createTargetMachine(triple, baseline_cpu, features, options, llvm::Reloc::PIC_,
                                       llvm::CodeModel::Small, levels[std::min<size_t>(optimization, 3)]));
  if (machine == nullptr) throw CompileError("LLVM cannot make code for x86_64");
  return machine;
}

}  // namespace shallop::aot
