// SPDX-License-Identifier: Apache-2.0
// Native code of one module as plain data: what the compiler returns, a file's section `shallop.native` holds and the
// loader maps. Position-independent: code and data form one contiguous mapping, references within it are relative to
// the program counter, everything else is reached through the Instance; nothing is relocated when it is loaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace shallop::aot {

// Which processors may run it.
struct NativeTarget {
  std::string architecture;           // "x86_64", "aarch64"
  std::string cpu;                    // LLVM's name of what it was tuned for: "x86-64-v2" for `--cpu baseline`
  std::vector<std::string> features;  // that the code needs, by LLVM's names, sorted: "avx2", "bmi2"
  bool operator==(const NativeTarget&) const = default;
};

// In NativeImage::entries and ::callouts: this function type needs none.
inline constexpr uint32_t no_code = ~uint32_t{0};

// `data` lies behind `code`, at the next multiple of this; so both can have their own protection on every host.
inline constexpr uint32_t native_page_bytes = 4096;

struct NativeImage {
  NativeTarget target;
  uint8_t optimization = 3;     // -O
  bool guarded_memory = true;   // relies on the reservation behind every 32-bit memory; false: every access compares
  std::vector<std::byte> code;  // to be mapped for reading and execution at a page's boundary
  std::vector<std::byte> data;  // read-only constants and .eh_frame
  // The unwind table in `data`, a zero terminator included.
  // https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/ehframechpt.html
  uint32_t eh_frame_offset = 0;
  uint32_t eh_frame_size = 0;
  // Offsets into `code`. Of each defined function, ascending:
  std::vector<uint32_t> functions;
  std::vector<uint32_t> function_sizes;
  // By TypeIndex: NativeEntry, and the adapter that lets native code call any function of the type through
  // FunctionInstance::entry (its context is that FunctionInstance). `no_code` where the module cannot need one.
  std::vector<uint32_t> entries;
  std::vector<uint32_t> callouts;
};

}  // namespace shallop::aot
