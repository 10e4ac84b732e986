// SPDX-License-Identifier: Apache-2.0
#include "cli/live_view.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/file.hpp"
#include "embedder/standard_streams.hpp"
#include "loadgen/text_report.hpp"

namespace shallop::cli {
namespace {

constexpr int64_t plain_interval_ns = 5 * loadgen::ns_per_s;
constexpr size_t sparkline_width = 20;
constexpr std::string_view erase_line = "\r\x1b[K";

// When that fails there is nobody left to tell.
void write(std::string_view text) { [[maybe_unused]] const std::error_code error = write_all(STDERR_FILENO, text); }

size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0 ? size.ws_col : 80;
}

double rate_of(const loadgen::Interval& interval) {
  return interval.length_ns == 0
             ? 0
             : 1e9 * static_cast<double>(interval.completed) / static_cast<double>(interval.length_ns);
}

std::string figures(const loadgen::Progress& progress) {
  return fmt::format("{:.0f} req/s  p50 {}  p99 {}  {} errors", rate_of(progress.latest),
                     loadgen::milliseconds(static_cast<double>(progress.latest.p50_ns)),
                     loadgen::milliseconds(static_cast<double>(progress.latest.p99_ns)), progress.failed);
}

}  // namespace

std::string sparkline(const std::vector<double>& values) {
  constexpr std::array<std::string_view, 8> bars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const double largest = values.empty() ? 0 : std::ranges::max(values);
  std::string text;
  for (const double value : values) {
    const double level = largest > 0 ? value / largest * (bars.size() - 1) + 0.5 : 0;
    text += bars[std::min(static_cast<size_t>(level), bars.size() - 1)];
  }
  return text;
}

LiveView::Form LiveView::form_of_standard_error(bool quiet) {
  if (quiet) return Form::none;
  return isatty(STDERR_FILENO) == 1 ? Form::terminal : Form::plain;
}

void LiveView::say(const std::string& text) {
  if (form_ != Form::terminal) return;
  write(fmt::format("{}{}", erase_line, text));
  is_shown_ = true;
}

void LiveView::show(const loadgen::Progress& progress) {
  const double elapsed_s = static_cast<double>(progress.elapsed_ns) / 1e9;
  if (form_ == Form::plain && progress.elapsed_ns >= next_plain_ns_ + plain_interval_ns) {
    next_plain_ns_ = progress.elapsed_ns - progress.elapsed_ns % plain_interval_ns;
    write(fmt::format("{:.0f}s  {}\n", elapsed_s, figures(progress)));
  }
  if (form_ != Form::terminal) return;
  rates_.push_back(rate_of(progress.latest));
  if (rates_.size() > sparkline_width) rates_.erase(rates_.begin());
  std::string line = fmt::format("{:5.0f}s  {}", elapsed_s, figures(progress));
  // The sparkline is the first to go when the terminal is narrow.
  if (line.size() + 2 + sparkline_width < terminal_width())
    line = fmt::format("{}  {}", line, sparkline(rates_));
  else
    line.resize(std::min(line.size(), terminal_width() - 1));
  write(fmt::format("{}{}", erase_line, line));
  is_shown_ = true;
}

void LiveView::clear() {
  if (is_shown_) write(erase_line);
  is_shown_ = false;
}

}  // namespace shallop::cli
