// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "compare/markdown.hpp"
#include "compare/place.hpp"
#include "compare/report_text.hpp"
#include "compare/reports.hpp"

namespace shallop::compare {
namespace {

constexpr std::string_view begin_mark = "<!-- shallop compare: begin -->\n";
constexpr std::string_view end_mark = "<!-- shallop compare: end -->\n";

std::string machine_text(const Results& results, const char* name) {
  const auto entry = results.machine.find(name);
  return entry == results.machine.end() ? "unknown" : entry->second;
}

std::string introduction(const Summary& summary) {
  const Results& results = *summary.results;
  return fmt::format(
      "`shallop compare {}`\n\n{}, {} processors, {}; {}. {} blocks of {} s; of native: in the same place.\n"
      "Behind ratios the 95 % interval.\n",
      fmt::join(results.arguments, " "), machine_text(results, "processor"), machine_text(results, "processors"),
      machine_text(results, "system"), results.started_at.substr(0, 10), results.blocks, results.duration_s);
}

// All loads of one place.
std::string place_table(const Summary& summary, const std::string& place) {
  const bool is_bare = place == "bare";
  std::vector<std::string> headings{"load", "variant", "requests/s", "of native"};
  if (!is_bare) headings.emplace_back("of bare");
  for (const char* const each : {"p50 ms", "p99 ms", "CPU µs/req.", "errors"}) headings.emplace_back(each);
  std::string rows;
  for (const Section& section : summary.sections) {
    for (const Row& row : section.rows) {
      if (row.variant->place != place || !row.is_measured()) continue;
      std::vector<std::string> cells{section.load->name, row.variant->engine, rate_text(row.requests_per_s),
                                     row.to_native ? ratio_text(*row.to_native) : "100 %"};
      if (!is_bare) cells.push_back(row.to_bare ? ratio_text(*row.to_bare) : "-");
      cells.push_back(percentile_text(row, "p50"));
      cells.push_back(percentile_text(row, "p99"));
      cells.push_back(microseconds_text(row.server_cpu_us));
      cells.push_back(std::to_string(row.failed));
      rows += markdown_line(cells);
    }
  }
  if (rows.empty()) return "";
  return fmt::format("\nThe service {}:\n\n", place_title(place)) + markdown_heading(headings, 2) + rows;
}

}  // namespace

std::string readme_table(const Summary& summary) {
  std::vector<std::string> places;
  for (const VariantResult& each : summary.results->variants) {
    if (std::ranges::find(places, each.place) == places.end()) places.push_back(each.place);
  }
  std::string text = introduction(summary);
  for (const std::string& each : places) text += place_table(summary, each);
  return text;
}

std::expected<std::string, std::string> with_table(std::string_view document, std::string_view table) {
  const size_t begin = document.find(begin_mark);
  const size_t end = document.find(end_mark, std::min(begin, document.size()));
  if (begin == document.npos || end == document.npos) {
    return std::unexpected(
        "it has no lines <!-- shallop compare: begin --> and, after it, <!-- shallop compare: end --> for the table to "
        "stand between");
  }
  return fmt::format("{}\n{}\n{}", document.substr(0, begin + begin_mark.size()), table, document.substr(end));
}

}  // namespace shallop::compare
