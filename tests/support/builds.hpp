// SPDX-License-Identifier: Apache-2.0
// A program of ours in its builds: for the host, and as Wasm under each engine. SHALLOP_HAS_COMPILER is defined where
// native code can be made.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace shallop {

enum class Build { native, interpreted, compiled };

inline const std::vector<Build>& wasm_builds() {
  static const std::vector<Build> builds{Build::interpreted,
#ifdef SHALLOP_HAS_COMPILER
                                         Build::compiled
#endif
  };
  return builds;
}

inline std::vector<Build> all_builds() {
  std::vector<Build> builds = wasm_builds();
  builds.insert(builds.begin(), Build::native);
  return builds;
}

inline std::string build_name(const testing::TestParamInfo<Build>& info) {
  constexpr const char* names[] = {"Native", "Interpreted", "Compiled"};
  return names[static_cast<size_t>(info.param)];
}

// Options of `shallop run`.
inline std::vector<std::string> engine_options(Build build) {
  if (build == Build::compiled) return {"--engine", "native", "--require-native"};
  return {"--engine", "interpreter"};
}

// So that each module is compiled once for all cases.
inline std::vector<std::string> with_test_cache(std::vector<std::string> environment = {}) {
  environment.push_back("XDG_CACHE_HOME=" SHALLOP_TEST_CACHE);
  return environment;
}

}  // namespace shallop
