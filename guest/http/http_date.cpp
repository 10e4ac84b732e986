// SPDX-License-Identifier: Apache-2.0
#include "http_date.hpp"

#include <chrono>
#include <cstddef>

namespace shallop::http {
namespace {

// Not strftime: its names follow the locale that the program may have set.
constexpr std::string_view weekdays = "SunMonTueWedThuFriSat";
constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";

/// The `index`th of names of three letters each.
std::string_view name_in(std::string_view names, std::size_t index) noexcept { return names.substr(index * 3, 3); }

char* put(char* out, std::string_view text) noexcept { return out + text.copy(out, text.size()); }

template <int digits>
char* put_number(char* out, unsigned value) noexcept {
  for (int i = digits; i-- > 0; value /= 10) out[i] = static_cast<char>('0' + value % 10);
  return out + digits;
}

}  // namespace

void DateLine::set(std::int64_t unix_seconds) noexcept {
  if (unix_seconds == unix_seconds_) return;
  unix_seconds_ = unix_seconds;
  const std::chrono::sys_seconds time{std::chrono::seconds{unix_seconds}};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};

  char* out = put(text_.data(), "date: ");
  out = put(out, name_in(weekdays, std::chrono::weekday{day}.c_encoding()));
  out = put(out, ", ");
  out = put_number<2>(out, static_cast<unsigned>(date.day()));
  out = put(out, " ");
  out = put(out, name_in(months, static_cast<unsigned>(date.month()) - 1));
  out = put(out, " ");
  out = put_number<4>(out, static_cast<unsigned>(static_cast<int>(date.year())));
  out = put(out, " ");
  out = put_number<2>(out, static_cast<unsigned>(clock.hours().count()));
  out = put(out, ":");
  out = put_number<2>(out, static_cast<unsigned>(clock.minutes().count()));
  out = put(out, ":");
  out = put_number<2>(out, static_cast<unsigned>(clock.seconds().count()));
  put(out, " GMT\r\n");
}

}  // namespace shallop::http
