// SPDX-License-Identifier: Apache-2.0
// Work for a processor: the Fibonacci numbers by plain recursion.
#pragma once

#include <cstdint>

namespace example {

/// In a file of its own, so that no compiler folds a call of it away.
std::uint32_t fibonacci(std::uint32_t n) noexcept;

}  // namespace example
