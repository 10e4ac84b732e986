// SPDX-License-Identifier: Apache-2.0
#include "embedder/duration_text.hpp"

#include <fmt/format.h>

namespace shallop {

std::string text_of(std::chrono::nanoseconds duration) {
  using std::chrono::duration_cast;
  if (duration % std::chrono::seconds(1) == std::chrono::nanoseconds(0)) {
    return fmt::format("{} s", duration_cast<std::chrono::seconds>(duration).count());
  }
  return fmt::format("{} ms", duration_cast<std::chrono::milliseconds>(duration).count());
}

}  // namespace shallop
