// SPDX-License-Identifier: Apache-2.0
#include "loadgen/text_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace shallop::loadgen {
namespace {

// A percentile with fewer times beyond it is marked.
constexpr uint64_t samples_beyond_min = 10;

constexpr std::string_view yellow = "33";
constexpr std::string_view magenta = "35";
constexpr std::string_view green = "32";
constexpr std::string_view red = "31";
constexpr std::string_view cyan = "36";
constexpr std::string_view bright_cyan = "96";

class Painter {
 public:
  explicit Painter(const TextStyle& style) : colours_(style.colours) {}
  std::string operator()(std::string_view colour, std::string_view text) const {
    return colours_ ? fmt::format("\x1b[{}m{}\x1b[0m", colour, text) : std::string(text);
  }

 private:
  bool colours_;
};

std::string centred(std::string_view text) { return fmt::format("{:^7}", text); }

std::string latencies(const Histogram& times, const Painter& paint) {
  const auto column = [](std::string_view text) { return fmt::format("{:<7}", text); };
  std::string text = "  Latencies:\n    ";
  text += fmt::format("{}  {}  {}  {}  \n", paint(yellow, column("Avg")), paint(magenta, column("Stdev")),
                      paint(green, column("Min")), paint(red, column("Max")));
  text += fmt::format("    {}  {}  {}  {}  \n", column(milliseconds(times.mean_ns())),
                      column(milliseconds(times.standard_deviation_ns())),
                      column(milliseconds(static_cast<double>(times.min_ns()))),
                      column(milliseconds(static_cast<double>(times.max_ns()))));
  return text;
}

std::string requests_and_transfer(const Result& result, const Painter& paint) {
  const auto number = [&](const std::string& text) { return paint(bright_cyan, centred(text)); };
  return fmt::format(
      "  Requests:\n    Total: {} Req/Sec: {}\n  Transfer:\n    Total: {} Transfer Rate: {}/Sec\n",
      number(fmt::format("{}", result.completed())), number(fmt::format("{:.2f}", result.requests_per_s())),
      number(byte_count(static_cast<double>(result.bytes_received))), number(byte_count(result.bytes_per_s())));
}

std::string mark_if_thin(const Histogram& times, double share) {
  return times.count_beyond(share) < samples_beyond_min ? "~" : "";
}

std::string percentile_table(const Histogram& times) {
  struct Row {
    std::string_view label;
    double share;
    double slowest;
  };
  constexpr std::array rows{Row{"99.9%", 0.999, 0.001}, Row{"99%", 0.99, 0.01}, Row{"95%", 0.95, 0.05},
                            Row{"90%", 0.90, 0.1},      Row{"75%", 0.75, 0.25}, Row{"50%", 0.50, 0.5}};
  constexpr std::string_view rule = "+ --------------- + --------------- + --------------- +\n";
  std::string text(rule);
  text += fmt::format("|{:^17}|{:^17}|{:^17}|\n{}", "Percentile", "Avg Latency", "Value", rule);
  for (const Row& row : rows) {
    const std::string value =
        mark_if_thin(times, row.share) + milliseconds(static_cast<double>(times.percentile_ns(row.share)));
    text += fmt::format("|{:^17}|{:^17}|{:^17}|\n", row.label, milliseconds(times.slowest_mean_ns(row.slowest)), value);
  }
  return text.append(rule);
}

std::string footnote() {
  return "Avg Latency: mean of the slowest 0.1 %, 1 %, 5 % and so on, as rewrk has it. Value: the percentile itself.\n";
}

std::string percentile_line(std::string_view label, const Histogram& times) {
  struct Point {
    std::string_view name;
    double share;
  };
  constexpr std::array points{Point{"p50", 0.50}, Point{"p90", 0.90},    Point{"p95", 0.95},
                              Point{"p99", 0.99}, Point{"p99.9", 0.999}, Point{"p99.99", 0.9999}};
  std::string text = fmt::format("{}:", label);
  bool thin = false;
  for (const Point& point : points) {
    const std::string mark = mark_if_thin(times, point.share);
    thin = thin || !mark.empty();
    text +=
        fmt::format(" {} {}{}", point.name, mark, milliseconds(static_cast<double>(times.percentile_ns(point.share))));
  }
  return text + (thin ? "  (~: fewer than 10 samples beyond)\n" : "\n");
}

std::string statuses(const Result& result) {
  if (result.statuses.empty()) return "";
  std::string text = "Status:";
  for (const auto& [status, count] : result.statuses) text += fmt::format(" {} {}x", status, count);
  return text + '\n';
}

std::string pace_lines(const Result& result) {
  if (!result.pace) return "";
  const Pace& pace = *result.pace;
  std::string text = fmt::format(
      "Rate: offered {:.0f}/s, achieved {:.2f}/s ({:.1f} %), send lag p50 {} p99 {} max {}\n", pace.offered_per_s,
      pace.achieved_per_s, pace.offered_per_s == 0 ? 0 : 100 * pace.achieved_per_s / pace.offered_per_s,
      milliseconds(static_cast<double>(result.send_lag.percentile_ns(0.5))),
      milliseconds(static_cast<double>(result.send_lag.percentile_ns(0.99))),
      milliseconds(static_cast<double>(result.send_lag.max_ns())));
  if (pace.waited + pace.overdue != 0) {
    text += fmt::format(
        "Late: {} requests waited for a free connection, {} were never sent: more connections (-c) or a "
        "lower --rate\n",
        pace.waited, pace.overdue);
  }
  return text + percentile_line("Service time", result.service);
}

std::string_view early_ending(Ending ending) {
  switch (ending) {
    case Ending::error_budget: return "Ended early: more errors than --max-errors allows\n";
    case Ending::interrupted: return "Ended early: interrupted\n";
    case Ending::server_gone: return "Ended early: no connection could be made any more\n";
    case Ending::duration:
    case Ending::requests: break;
  }
  return "";
}

std::string generator_line(const Result& result) {
  const std::string warning = generator_warning(result);
  return fmt::format("Generator: {:.0f} % of a core in the busiest of {} thread(s), {}\n", 100 * result.busiest_share(),
                     result.threads.size(), warning.empty() ? "not the limit" : warning);
}

// What rewrk does not tell.
std::string particulars(const Result& result, const TextStyle& style) {
  std::string text;
  if (style.percentiles && result.completed() != 0) text += footnote();
  text += statuses(result);
  if (result.completed() != 0) text += percentile_line("Percentiles", result.response);
  if (result.unexpected.count() != 0) text += percentile_line("Unexpected responses", result.unexpected);
  text += pace_lines(result);
  text += fmt::format("Longest silence: {} at {:.2f}s\n", milliseconds(static_cast<double>(result.silence.length_ns)),
                      static_cast<double>(result.silence.begin_ns) / 1e9);
  if (result.in_flight != 0) {
    text += fmt::format("In flight at the end: {} (oldest {})\n", result.in_flight,
                        milliseconds(static_cast<double>(result.oldest_in_flight_ns)));
  }
  if (result.connected < result.connections) {
    text += fmt::format("Connections: {} of {} were there at the start\n", result.connected, result.connections);
  }
  text += early_ending(result.ending);
  return text + generator_line(result);
}

}  // namespace

std::string milliseconds(double duration_ns) { return fmt::format("{:.2f}ms", duration_ns / 1e6); }

std::string byte_count(double bytes) {
  constexpr double kilo = 1024;
  if (bytes > kilo * kilo * kilo) return fmt::format("{:.2f} GB", bytes / (kilo * kilo * kilo));
  if (bytes > kilo * kilo) return fmt::format("{:.2f} MB", bytes / (kilo * kilo));
  if (bytes > kilo) return fmt::format("{:.2f} KB", bytes / kilo);
  return fmt::format("{:.2f} B", bytes);
}

std::string round_heading(unsigned round, uint64_t connections, std::string_view url, std::string_view limit,
                          const TextStyle& style) {
  return fmt::format("Beginning round {}...\nBenchmarking {} connections @ {} {}\n", round,
                     Painter(style)(cyan, fmt::format("{}", connections)), url, limit);
}

std::string text_report(const Result& result, const TextStyle& style) {
  const Painter paint(style);
  std::string text;
  if (result.completed() == 0) {
    text += "No requests completed successfully\n";
  } else {
    text += latencies(result.response, paint) + requests_and_transfer(result, paint);
    if (style.percentiles) text += percentile_table(result.response);
  }
  if (!result.failures.empty()) text += '\n';
  for (const FailureCount& each : result.failures) {
    text += fmt::format("{} Errors: {}\n", each.count, describe(each.failure));
  }
  return text + '\n' + particulars(result, style) + '\n';
}

}  // namespace shallop::loadgen
