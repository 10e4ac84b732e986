// SPDX-License-Identifier: Apache-2.0
#include "compare/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compare/place.hpp"

namespace shallop::compare {
namespace {

std::string with_commas(uint64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), ",");
  }
  return digits;
}

// Three significant digits, or all of those before the point.
std::string three_digits(double value) {
  if (value >= 100) return with_commas(static_cast<uint64_t>(std::llround(value)));
  return fmt::format("{:.{}f}", value, value >= 10 ? 1 : value >= 1 ? 2 : 3);
}

std::string cores_text(const std::vector<int>& cores) {
  return fmt::format("processor{} {}", cores.size() == 1 ? "" : "s", fmt::join(cores, ", "));
}

// A reason may be another program's last words, and end as a sentence already.
std::string ended(const std::string& reason) {
  return reason.ends_with('.') || reason.ends_with('?') || reason.ends_with('!') ? reason : reason + '.';
}

}  // namespace

std::string rate_text(double requests_per_s) { return three_digits(requests_per_s); }
std::string milliseconds_text(double ms) { return three_digits(ms); }
std::string microseconds_text(double us) { return three_digits(us); }

std::string percentile_text(const Row& row, const std::string& name) {
  const auto entry = row.percentiles.find(name);
  if (entry == row.percentiles.end()) return "-";
  return (entry->second.is_thin() ? "~" : "") + milliseconds_text(entry->second.ms);
}

std::string ratio_text(const Ratio& ratio) {
  if (ratio.pairs < 2) return fmt::format("{:.1f} %", 100 * ratio.value);
  const int digits = ratio.value < 0.1 ? 2 : 1;
  return fmt::format("{:.{}f} % ({:.{}f}-{:.{}f})", 100 * ratio.value, digits, 100 * ratio.interval.low, digits,
                     100 * ratio.interval.high, digits);
}

std::string bytes_text(uint64_t bytes) {
  const auto size = static_cast<double>(bytes);
  if (size < 1024 * 1024) return fmt::format("{:.0f} KiB", std::ceil(size / 1024));
  return fmt::format("{:.1f} MiB", size / (1024 * 1024));
}

std::string interval_text(const Row& row) {
  if (row.runs.size() < 2 || row.requests_per_s <= 0) return "";
  const double half = (row.requests_interval.high - row.requests_interval.low) / 2;
  return fmt::format("±{:.1f} %", 100 * half / row.requests_per_s);
}

std::string start_text(const VariantResult& variant) {
  return variant.starts_ms.empty() ? "-" : milliseconds_text(median(variant.starts_ms));
}

std::string calls_text(const VariantResult& variant, const std::string& load) {
  const auto entry = variant.system_calls_per_request.find(load);
  return entry == variant.system_calls_per_request.end() ? "-" : fmt::format("{:.1f}", entry->second);
}

// System calls are counted on the machine itself; what a container takes is told against it.
std::vector<std::string> table_heading(const PlaceSection& place) {
  return {"variant", "requests/s", "95 %",        "of native", place.is_bare ? "system calls/req." : "of bare",
          "p50 ms",  "p99 ms",     "CPU µs/req.", "errors"};
}

std::vector<std::string> table_cells(const Row& row, const PlaceSection& place) {
  const std::string& name = row.variant->name;
  if (row.state == RowState::unavailable) return {name, "not measured", "", "", "", "", "", "", ""};
  if (row.state == RowState::missing) return {name, "not measured", "", "", "", "", "", "", ""};
  if (row.state == RowState::failed) return {name, "failed", "", "", "", "", "", "", std::to_string(row.failed)};
  std::string rate = rate_text(row.requests_per_s);
  if (row.has_too_many_errors()) rate = "(" + rate + ")";
  const std::string ratio = row.to_native ? ratio_text(*row.to_native) : (is_native(*row.variant) ? "100 %" : "-");
  const std::string to_bare = row.to_bare ? ratio_text(*row.to_bare) : "-";
  return {name,
          rate,
          interval_text(row),
          ratio,
          place.is_bare ? calls_text(*row.variant, place.section.load->name) : to_bare,
          percentile_text(row, "p50"),
          percentile_text(row, "p99"),
          microseconds_text(row.server_cpu_us),
          std::to_string(row.failed)};
}

const std::vector<std::string>& cost_heading() {
  static const std::vector<std::string> heading{"variant", "start ms", "memory", "file", "made in"};
  return heading;
}

std::vector<std::string> cost_cells(const VariantResult& variant) {
  return {variant.name, start_text(variant),
          variant.peak_resident_kib == 0 ? "-" : bytes_text(variant.peak_resident_kib * 1024),
          variant.artefact_bytes == 0 ? "-" : bytes_text(variant.artefact_bytes),
          variant.compile_s == 0 ? "" : fmt::format("{:.2f} s", variant.compile_s)};
}

std::vector<std::string> method_sentences(const Summary& summary) {
  const Results& results = *summary.results;
  std::vector<std::string> sentences{
      fmt::format("{} blocks; in each every variant once, in an order shuffled with seed {}, with a server of its own, "
                  "loaded for {} s after {} s of warm-up.",
                  results.blocks, results.seed, results.duration_s, results.warmup_s),
      "Figures are medians over the blocks, with 95 % intervals by the bootstrap; ratios are geometric means of each "
      "block's ratio, with 95 % intervals by Student's t.",
      fmt::format(
          "{} of {} runs were disturbed: others had more than 5 % of the machine. {} were repeated for that, of "
          "which the less disturbed one counts.",
          summary.disturbed, summary.runs, summary.repeated),
      "Load: shallop bench in closed loop; every response was compared with what the first variant answers."};
  if (!results.server_cores.empty()) {
    sentences.push_back(fmt::format("The server ran on {}, the load generator on {}.", cores_text(results.server_cores),
                                    cores_text(results.generator_cores)));
  }
  for (const std::string& remark : results.remarks) sentences.push_back(remark);
  return sentences;
}

std::vector<std::string> absence_sentences(const Results& results) {
  const auto all_absent = [&](const VariantResult& variant) {
    return std::ranges::all_of(results.variants, [&](const VariantResult& each) {
      return each.place != variant.place ||
             (each.unavailable == variant.unavailable && each.optional == variant.optional);
    });
  };
  std::vector<std::string> sentences;
  std::string last_place;
  for (const VariantResult& each : results.variants) {
    if (each.unavailable.empty()) continue;
    const char* const optional = each.optional ? " (optional)" : "";
    if (each.place == "bare" || !all_absent(each)) {
      sentences.push_back(fmt::format("{} was not measured{}: {}", each.name, optional, ended(each.unavailable)));
    } else if (each.place != last_place) {
      last_place = each.place;
      sentences.push_back(
          fmt::format("Nothing was measured {}{}: {}", place_title(each.place), optional, ended(each.unavailable)));
    }
  }
  return sentences;
}

std::vector<std::string> answer_sentences(const Section& section, double margin) {
  std::vector<std::string> sentences;
  for (const Row& row : section.rows) {
    if (std::string text = sentence(row, margin); !text.empty()) sentences.push_back(text + ".");
  }
  return sentences;
}

std::vector<std::string> warning_sentences(const Section& section, double margin) {
  std::vector<std::string> sentences;
  for (const Row& row : section.rows) {
    if (std::string text = uncertainty(row, margin); !text.empty()) sentences.push_back(text + ".");
    if (row.state == RowState::failed || row.state == RowState::missing) {
      sentences.push_back(fmt::format("{}: {}.", row.variant->name, row.reason));
    }
    if (row.failed > 0) {
      const auto run =
          std::ranges::find_if(row.runs, [](const Measurement* each) { return !each->first_error.empty(); });
      sentences.push_back(fmt::format("{}: {} of {} requests failed{}.", row.variant->name, row.failed,
                                      row.failed + row.completed,
                                      run == row.runs.end() ? "" : ": " + (*run)->first_error));
    }
  }
  sentences.insert(sentences.end(), section.hints.begin(), section.hints.end());
  return sentences;
}

}  // namespace shallop::compare
