// SPDX-License-Identifier: Apache-2.0
// The date header line, made once a second (RFC 9110, 5.6.7 and 6.6.1).
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace shallop::http {

class DateLine {
 public:
  void set(std::int64_t unix_seconds) noexcept;

  /// "date: Mon, 23 Nov 2026 15:00:00 GMT\r\n"
  std::string_view text() const noexcept { return {text_.data(), text_.size()}; }

  /// Copies the line to `out` and gives the place behind it. Its size is known to the compiler, unlike a text's.
  char* copy_to(char* out) const noexcept {
    std::memcpy(out, text_.data(), form.size());
    return out + form.size();
  }

 private:
  static constexpr std::string_view form = "date: ***, ** *** **** **:**:** GMT\r\n";

  std::array<char, form.size()> text_{};
  std::int64_t unix_seconds_ = -1;
};

}  // namespace shallop::http
