// SPDX-License-Identifier: Apache-2.0
#include "base/processor_pressure.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace shallop {
namespace {

// The number behind `name` in "some avg10=1.53 avg60=0.87 avg300=0.73 total=1071070791".
template <class Number>
std::optional<Number> number_behind(std::string_view name, std::string_view line) {
  const size_t begin = line.find(name);
  if (begin == std::string_view::npos) return std::nullopt;
  Number number{};
  const auto read = std::from_chars(line.data() + begin + name.size(), line.data() + line.size(), number);
  return read.ec == std::errc{} ? std::optional(number) : std::nullopt;
}

}  // namespace

ProcessorPressure::ProcessorPressure(const std::string& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}

double ProcessorPressure::share() {
  const std::optional<Reading> now = read();
  if (!now) return 0;
  if (!first_) first_ = now;
  const std::chrono::duration<double> since_first = now->at - first_->at;
  const std::chrono::duration<double> waited = now->total - first_->total;
  const double share = since_first.count() > 0 ? std::max(now->recent_share, waited / since_first) : now->recent_share;
  return std::clamp(share, 0.0, 1.0);
}

std::optional<ProcessorPressure::Reading> ProcessorPressure::read() const {
  std::array<char, 256> text;
  const ssize_t size = file_ ? ::pread(file_.get(), text.data(), text.size(), 0) : -1;
  if (size <= 0) return std::nullopt;
  std::string_view line(text.data(), static_cast<size_t>(size));
  line = line.substr(0, line.find('\n'));
  if (!line.starts_with("some ")) return std::nullopt;
  const auto recent_percent = number_behind<double>(" avg10=", line);
  const auto total_us = number_behind<int64_t>(" total=", line);
  if (!recent_percent || !total_us) return std::nullopt;
  return Reading{.recent_share = *recent_percent / 100,
                 .total = std::chrono::microseconds(*total_us),
                 .at = std::chrono::steady_clock::now()};
}

}  // namespace shallop
