// SPDX-License-Identifier: Apache-2.0
// A duration as people read it.
#pragma once

#include <chrono>
#include <string>

namespace shallop {

// "2 s", "1500 ms".
std::string text_of(std::chrono::nanoseconds duration);

}  // namespace shallop
