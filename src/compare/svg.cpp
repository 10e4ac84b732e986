// SPDX-License-Identifier: Apache-2.0
#include "compare/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "compare/report_text.hpp"

namespace shallop::compare {
namespace {

constexpr double width = 760;
constexpr double label_width = 190;
constexpr double row_height = 30;
constexpr double plot_height = 260;
constexpr double margin_right = 96;

struct Scale {
  double low = 0;
  double high = 1;
  double from = 0;  // where `low` is
  double to = 1;
  bool logarithmic = false;

  double operator()(double value) const {
    const double share =
        logarithmic ? std::log(std::max(value, 1e-12) / low) / std::log(high / low) : (value - low) / (high - low);
    return from + std::clamp(share, 0.0, 1.0) * (to - from);
  }
};

// Round numbers within the scale: 1, 2, 5 and their tenfolds.
std::vector<double> ticks_of(const Scale& scale) {
  std::vector<double> ticks;
  if (scale.logarithmic) {
    const bool is_wide = scale.high / scale.low > 300;
    const auto first = static_cast<int>(std::floor(std::log10(scale.low)));
    const auto last = static_cast<int>(std::floor(std::log10(scale.high)));
    for (int decade = first; decade <= last; ++decade) {
      for (const double step : {1.0, 2.0, 5.0}) {
        const double tick = std::pow(10, decade) * step;
        if (is_wide && step != 1.0) continue;
        if (tick >= scale.low * 0.999 && tick <= scale.high * 1.001) ticks.push_back(tick);
      }
    }
    return ticks;
  }
  const double rough = (scale.high - scale.low) / 5;
  const double decade = std::pow(10, std::floor(std::log10(rough)));
  double step = decade * 10;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (decade * factor >= rough) step = decade * factor;
  }
  const auto first = static_cast<int>(std::ceil(scale.low / step));
  const auto last = static_cast<int>(std::floor(scale.high * 1.001 / step));
  for (int number = first; number <= last; ++number) ticks.push_back(number * step);
  return ticks;
}

std::string tick_text(double value) {
  if (value >= 1'000'000) return fmt::format("{:g}M", value / 1'000'000);
  if (value >= 1000) return fmt::format("{:g}k", value / 1000);
  return fmt::format("{:g}", value);
}

// "v0": the style sheet has a colour for each.
std::string series_class(const Section& section, const Row& row) {
  return fmt::format("v{}", (&row - section.rows.data()) % 8);
}

std::string open_chart(double height, const std::string& title, double chart_width = width) {
  return fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">\n", chart_width, height,
                     escaped_html(title));
}

std::string text_at(double x, double y, const std::string& text, const char* anchor, const std::string& style = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n", x, y, anchor, style,
                     escaped_html(text));
}

std::string line_from(double x1, double y1, double x2, double y2, const std::string& style) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2, y2,
                     style);
}

// What a pointer that rests on it shows, with or without scripts.
std::string hover(const std::string& text) { return fmt::format("<title>{}</title>", escaped_html(text)); }

std::vector<const Row*> measured(const Section& section) {
  std::vector<const Row*> rows;
  for (const Row& row : section.rows) {
    if (row.is_measured() && row.requests_per_s > 0) rows.push_back(&row);
  }
  return rows;
}

std::string horizontal_axis(const Scale& x, double top, double bottom, const std::string& unit) {
  std::string svg;
  for (const double tick : ticks_of(x)) {
    svg += line_from(x(tick), top, x(tick), bottom, "grid");
    svg += text_at(x(tick), bottom + 16, tick_text(tick), "middle", "tick");
  }
  return svg + text_at(width - margin_right, bottom + 34, unit, "end", "axis");
}

// A bar for each row: its length, what it says at its end, and more at its middle.
struct Bar {
  const Row* row;
  double value;
  Interval interval;
  std::string label;
};

std::string bar_chart(const Section& section, const std::vector<Bar>& bars, const std::string& title,
                      const std::string& unit) {
  double largest = 0;
  for (const Bar& bar : bars) largest = std::max({largest, bar.value, bar.interval.high});
  if (bars.empty() || largest <= 0) return "";
  const double bottom = row_height * static_cast<double>(bars.size()) + 6;
  const Scale x{.low = 0, .high = largest, .from = label_width, .to = width - margin_right};
  std::string svg = open_chart(bottom + 42, title) + horizontal_axis(x, 4, bottom, unit);
  double y = 8;
  for (const Bar& bar : bars) {
    svg += text_at(label_width - 8, y + 15, bar.row->variant->name, "end");
    svg += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"18\" rx=\"2\" class=\"bar {}\">{}</rect>\n",
        label_width, y, std::max(1.0, x(bar.value) - label_width), series_class(section, *bar.row),
        hover(fmt::format("{}: {}", bar.row->variant->name, bar.label)));
    if (bar.interval.high > bar.interval.low) {
      svg += line_from(x(bar.interval.low), y + 9, x(bar.interval.high), y + 9, "interval");
    }
    svg += text_at(std::max(x(bar.value), x(bar.interval.high)) + 6, y + 14, bar.label, "start", "value");
    y += row_height;
  }
  return svg + "</svg>\n";
}

struct Curve {
  const Row* row;
  std::vector<std::pair<double, double>> points;  // of the scales' values
  std::string last_label;
};

// Labels at the right ends, moved apart where they would cover each other.
std::string labels_of(const Section& section, const std::vector<Curve>& curves, const Scale& y, double x) {
  struct Label {
    double at;
    const Curve* curve;
  };
  std::vector<Label> labels;
  for (const Curve& curve : curves) {
    if (!curve.points.empty()) labels.push_back({y(curve.points.back().second), &curve});
  }
  std::ranges::sort(labels, {}, &Label::at);
  for (size_t i = 1; i < labels.size(); ++i) labels[i].at = std::max(labels[i].at, labels[i - 1].at + 14);
  if (!labels.empty()) {
    const double over = std::max(0.0, labels.back().at - plot_height);
    for (Label& each : labels) each.at -= over;
  }
  std::string svg;
  for (const Label& each : labels) {
    svg += text_at(x + 8, each.at + 4, each.curve->row->variant->name, "start",
                   "name " + series_class(section, *each.curve->row));
  }
  return svg;
}

std::string curve_path(const Section& section, const Curve& curve, const Scale& x, const Scale& y) {
  std::string path;
  for (const auto& [a, b] : curve.points) path += fmt::format("{}{:.1f},{:.1f}", path.empty() ? "M" : "L", x(a), y(b));
  return fmt::format("<path d=\"{}\" class=\"curve {}\">{}</path>\n", path, series_class(section, *curve.row),
                     hover(curve.row->variant->name));
}

std::string vertical_axis(const Scale& y, double left, double right, const std::string& unit) {
  std::string svg;
  for (const double tick : ticks_of(y)) {
    svg += line_from(left, y(tick), right, y(tick), "grid");
    svg += text_at(left - 6, y(tick) + 4, tick_text(tick), "end", "tick");
  }
  return svg + text_at(left - 40, 12, unit, "start", "axis");
}

std::pair<double, double> range_of(const std::vector<Curve>& curves) {
  double low = std::numeric_limits<double>::infinity();
  double high = 0;
  for (const Curve& curve : curves) {
    for (const auto& [a, b] : curve.points) {
      low = std::min(low, b);
      high = std::max(high, b);
    }
  }
  return {low, high};
}

constexpr double plot_left = 56;
constexpr double plot_right = width - 220;

}  // namespace

std::string escaped_html(std::string_view text) {
  std::string result;
  for (const char each : text) {
    switch (each) {
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '&': result += "&amp;"; break;
      case '"': result += "&quot;"; break;
      default: result += each;
    }
  }
  return result;
}

std::string rate_chart(const Section& section) {
  std::vector<Bar> bars;
  for (const Row* row : measured(section)) {
    bars.push_back({row, row->requests_per_s, row->requests_interval, rate_text(row->requests_per_s)});
  }
  return bar_chart(section, bars, "requests per second by variant", "requests/s");
}

std::string cpu_chart(const Section& section) {
  std::vector<Bar> bars;
  for (const Row* row : measured(section)) {
    bars.push_back({row, row->server_cpu_us, {}, fmt::format("{} µs", milliseconds_text(row->server_cpu_us))});
  }
  return bar_chart(section, bars, "processor time of the server for a request", "µs of processor time for a request");
}

std::string ratio_chart(const Section& section) {
  std::vector<const Row*> rows;
  double low = 0.8;
  double high = 1.25;
  for (const Row* row : measured(section)) {
    if (!row->to_native) continue;
    rows.push_back(row);
    const Interval& interval = row->to_native->interval;
    low = std::min(low, row->to_native->pairs > 1 ? interval.low : row->to_native->value);
    high = std::max(high, row->to_native->pairs > 1 ? interval.high : row->to_native->value);
  }
  if (rows.empty()) return "";
  const double bottom = row_height * static_cast<double>(rows.size()) + 6;
  const Scale x{
      .low = low / 1.1, .high = high * 1.1, .from = label_width, .to = width - margin_right, .logarithmic = true};
  std::string svg = open_chart(bottom + 42, "requests per second as a ratio to native") +
                    horizontal_axis(x, 4, bottom, "ratio to native, logarithmic") +
                    line_from(x(1), 4, x(1), bottom, "one");
  double y = 18;
  for (const Row* row : rows) {
    const Ratio& ratio = *row->to_native;
    svg += text_at(label_width - 8, y + 4, row->variant->name, "end");
    for (const Measurement* run : row->runs) {
      for (const Row& native : section.rows) {
        if (!is_native(*native.variant) || native.variant->place != row->variant->place) continue;
        const auto other = std::ranges::find(native.runs, run->block, &Measurement::block);
        if (other == native.runs.end() || (*other)->requests_per_s <= 0) continue;
        const double each = run->requests_per_s / (*other)->requests_per_s;
        svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" class=\"block {}\">{}</circle>\n", x(each), y,
                           series_class(section, *row), hover(fmt::format("block {}: {:.3f}", run->block, each)));
      }
    }
    if (ratio.pairs > 1) svg += line_from(x(ratio.interval.low), y, x(ratio.interval.high), y, "interval");
    svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" class=\"point {}\">{}</circle>\n", x(ratio.value),
                       y, series_class(section, *row), hover(row->variant->name + ": " + ratio_text(ratio)));
    svg += text_at(width - margin_right + 6, y + 4, fmt::format("{:.1f} %", 100 * ratio.value), "start", "value");
    y += row_height;
  }
  return svg + "</svg>\n";
}

std::string latency_chart(const Section& section) {
  struct Point {
    const char* name;
    double beyond;
    const char* label;
  };
  constexpr std::array points{Point{"p50", 0.5, "50"},       Point{"p75", 0.25, "75"}, Point{"p90", 0.1, "90"},
                              Point{"p95", 0.05, "95"},      Point{"p99", 0.01, "99"}, Point{"p99.9", 0.001, "99.9"},
                              Point{"p99.99", 1e-4, "99.99"}};
  std::vector<Curve> curves;
  for (const Row* row : measured(section)) {
    Curve curve{.row = row, .points = {}, .last_label = ""};
    for (const Point& point : points) {
      const auto entry = row->percentiles.find(point.name);
      if (entry == row->percentiles.end() || entry->second.is_thin() || entry->second.ms <= 0) break;
      curve.points.emplace_back(1 / point.beyond, entry->second.ms);
    }
    if (!curve.points.empty()) curves.push_back(std::move(curve));
  }
  if (curves.empty()) return "";
  const auto [low, high] = range_of(curves);
  const Scale x{.low = 2, .high = 10'000, .from = plot_left, .to = plot_right, .logarithmic = true};
  const Scale y{.low = low / 1.3, .high = high * 1.3, .from = plot_height, .to = 20, .logarithmic = true};
  std::string svg =
      open_chart(plot_height + 40, "latency by percentile") + vertical_axis(y, plot_left, plot_right, "ms");
  for (const Point& point : points) {
    svg += line_from(x(1 / point.beyond), 20, x(1 / point.beyond), plot_height, "grid");
    svg += text_at(x(1 / point.beyond), plot_height + 16, point.label, "middle", "tick");
  }
  svg += text_at(plot_right, plot_height + 34, "percentile", "end", "axis");
  for (const Curve& curve : curves) {
    svg += curve_path(section, curve, x, y);
    for (const auto& [a, b] : curve.points) {
      svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" class=\"point {}\">{}</circle>\n", x(a), y(b),
                         series_class(section, *curve.row),
                         hover(fmt::format("{}: {} ms", curve.row->variant->name, milliseconds_text(b))));
    }
  }
  return svg + labels_of(section, curves, y, plot_right) + "</svg>\n";
}

std::string series_chart(const Section& section) {
  std::vector<Curve> curves;
  double end_s = 0;
  for (const Row* row : measured(section)) {
    Curve curve{.row = row, .points = {}, .last_label = ""};
    double begin_s = 0;
    for (const Measurement* run : row->runs) {
      for (const Second& each : run->seconds) {
        if (each.requests_per_s > 0) curve.points.emplace_back(begin_s + each.begin_s, each.requests_per_s);
      }
      begin_s += run->window_s;
    }
    end_s = std::max(end_s, begin_s);
    if (!curve.points.empty()) curves.push_back(std::move(curve));
  }
  if (curves.empty() || end_s <= 0) return "";
  const auto [low, high] = range_of(curves);
  const Scale x{.low = 0, .high = end_s, .from = plot_left, .to = plot_right};
  const Scale y{.low = low / 1.3, .high = high * 1.3, .from = plot_height, .to = 20, .logarithmic = true};
  std::string svg = open_chart(plot_height + 40, "requests per second over time") +
                    vertical_axis(y, plot_left, plot_right, "requests/s");
  for (const Curve& curve : curves) {
    double begin_s = 0;
    for (const Measurement* run : curve.row->runs) {
      if (run->is_disturbed) {
        svg += fmt::format(
            "<rect x=\"{:.1f}\" y=\"20\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"disturbed\">{}</rect>\n",
            x(begin_s), x(begin_s + run->window_s) - x(begin_s), plot_height - 20,
            hover(fmt::format("block {}, {}: disturbed", run->block, curve.row->variant->name)));
      }
      begin_s += run->window_s;
    }
  }
  for (const double tick : ticks_of(x)) svg += text_at(x(tick), plot_height + 16, tick_text(tick), "middle", "tick");
  svg += text_at(plot_right, plot_height + 34, "measured seconds, block after block", "end", "axis");
  for (const Curve& curve : curves) svg += curve_path(section, curve, x, y);
  return svg + labels_of(section, curves, y, plot_right) + "</svg>\n";
}

std::string start_chart(const Section& section) {
  std::vector<Curve> curves;  // of one point each
  double fastest_ms = std::numeric_limits<double>::infinity();
  double slowest_ms = 0;
  uint64_t most_kib = 1;
  for (const Row* row : measured(section)) {
    if (row->variant->starts_ms.empty()) continue;
    const double start_ms = median(row->variant->starts_ms);
    fastest_ms = std::min(fastest_ms, start_ms);
    slowest_ms = std::max(slowest_ms, start_ms);
    most_kib = std::max(most_kib, row->variant->peak_resident_kib);
    curves.push_back({.row = row, .points = {{start_ms, row->requests_per_s}}, .last_label = ""});
  }
  if (curves.empty()) return "";
  const auto [low, high] = range_of(curves);
  const Scale x{
      .low = fastest_ms / 1.5, .high = slowest_ms * 1.5, .from = plot_left, .to = plot_right, .logarithmic = true};
  const Scale y{.low = low / 1.5, .high = high * 1.5, .from = plot_height, .to = 20, .logarithmic = true};
  std::string svg = open_chart(plot_height + 40, "start against requests per second") +
                    vertical_axis(y, plot_left, plot_right, "requests/s");
  for (const double tick : ticks_of(x)) {
    svg += line_from(x(tick), 20, x(tick), plot_height, "grid");
    svg += text_at(x(tick), plot_height + 16, tick_text(tick), "middle", "tick");
  }
  svg += text_at(plot_right, plot_height + 34, "ms from the launch to the first answer; area: memory", "end", "axis");
  for (const Curve& curve : curves) {
    const auto [start_ms, rate] = curve.points.front();
    const VariantResult& variant = *curve.row->variant;
    const double radius =
        std::max(4.0, 22 * std::sqrt(static_cast<double>(variant.peak_resident_kib) / static_cast<double>(most_kib)));
    svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" class=\"bubble {}\">{}</circle>\n",
                       x(start_ms), y(rate), radius, series_class(section, *curve.row),
                       hover(fmt::format("{}: {} ms, {} requests/s, {}", variant.name, milliseconds_text(start_ms),
                                         rate_text(rate), bytes_text(variant.peak_resident_kib * 1024))));
  }
  return svg + labels_of(section, curves, y, plot_right) + "</svg>\n";
}

}  // namespace shallop::compare
