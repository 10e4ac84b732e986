// SPDX-License-Identifier: Apache-2.0
// What this machine's processor is, in the words of NativeTarget.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shallop::aot {

#if defined(__x86_64__)
inline constexpr std::string_view host_architecture = "x86_64";
#elif defined(__aarch64__)
inline constexpr std::string_view host_architecture = "aarch64";
#endif

// True if code may use `feature`, by LLVM's name of it. False for a name that is not known here.
bool processor_has(std::string_view feature);

// Those that it has, sorted.
std::vector<std::string_view> processor_features();

}  // namespace shallop::aot
