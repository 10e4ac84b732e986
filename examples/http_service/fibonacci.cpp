// SPDX-License-Identifier: Apache-2.0
#include "fibonacci.hpp"

namespace example {

[[gnu::noinline]] std::uint32_t fibonacci(std::uint32_t n) noexcept {
  if (n < 2) return n;
  return fibonacci(n - 1) + fibonacci(n - 2);
}

}  // namespace example
