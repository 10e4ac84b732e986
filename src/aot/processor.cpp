// SPDX-License-Identifier: Apache-2.0
#include "aot/processor.hpp"

#include <algorithm>

namespace shallop::aot {
namespace {

#if defined(__x86_64__)
// Asked of the processor and, for registers that a task switch has to save, of the system. The builtin wants literals.
std::vector<std::string_view> ask_processor() {
  std::vector<std::string_view> features;
#define SHALLOP_FEATURE(name) \
  if (__builtin_cpu_supports(name)) features.push_back(name);
  SHALLOP_FEATURE("avx")
  SHALLOP_FEATURE("avx2")
  SHALLOP_FEATURE("avx512bw")
  SHALLOP_FEATURE("avx512cd")
  SHALLOP_FEATURE("avx512dq")
  SHALLOP_FEATURE("avx512f")
  SHALLOP_FEATURE("avx512vl")
  SHALLOP_FEATURE("bmi")
  SHALLOP_FEATURE("bmi2")
  SHALLOP_FEATURE("cx16")
  SHALLOP_FEATURE("fma")
  SHALLOP_FEATURE("lzcnt")
  SHALLOP_FEATURE("movbe")
  SHALLOP_FEATURE("popcnt")
  SHALLOP_FEATURE("sse3")
  SHALLOP_FEATURE("sse4.1")
  SHALLOP_FEATURE("sse4.2")
  SHALLOP_FEATURE("ssse3")
#undef SHALLOP_FEATURE
  return features;
}
#else
std::vector<std::string_view> ask_processor() { return {}; }
#endif

const std::vector<std::string_view>& known_features() {
  static const std::vector<std::string_view> features = ask_processor();
  return features;
}

}  // namespace

bool processor_has(std::string_view feature) { return std::ranges::binary_search(known_features(), feature); }

std::vector<std::string_view> processor_features() { return known_features(); }

}  // namespace shallop::aot
