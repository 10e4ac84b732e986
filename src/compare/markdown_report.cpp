// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cctype>

#include "compare/markdown.hpp"
#include "compare/report_text.hpp"
#include "compare/reports.hpp"

namespace shallop::compare {
namespace {

std::string table_of(const PlaceSection& place) {
  std::string text = markdown_heading(table_heading(place));
  for (const Row& row : place.section.rows) text += markdown_line(table_cells(row, place));
  return text;
}

std::string as_heading(std::string title) {
  title.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(title.front())));
  return title;
}

std::string details(const std::string& title, const std::string& content) {
  return fmt::format("<details><summary>{}</summary>\n\n{}\n</details>\n\n", title, content);
}

std::string blocks_of(const Section& section) {
  std::string text =
      markdown_heading({"variant", "block", "requests/s", "p50 ms", "p99 ms", "CPU µs/req.", "others' share"});
  for (const Row& row : section.rows) {
    for (const Measurement* run : row.runs) {
      if (!run->failure.empty()) continue;
      text += markdown_line({row.variant->name, std::to_string(run->block), rate_text(run->requests_per_s),
                             milliseconds_text(run->percentiles_ms.at("p50")),
                             milliseconds_text(run->percentiles_ms.at("p99")),
                             microseconds_text(run->server_cpu_us_per_request),
                             fmt::format("{:.0f} %{}", 100 * (run->foreign_share + run->stolen_share),
                                         run->is_disturbed ? ", disturbed" : "")});
    }
  }
  return text;
}

}  // namespace

std::string markdown_report(const Summary& summary) {
  const Results& results = *summary.results;
  std::string text = fmt::format("# {}\n\n", escaped_markdown(results.title));
  for (const Section& section : summary.sections) {
    text += fmt::format("## `{}`, {} connections\n\n", section.load->path, section.load->connections);
    for (const PlaceSection& place : by_place(section)) {
      if (!place.title.empty()) text += fmt::format("### {}\n\n", as_heading(place.title));
      text += table_of(place) + '\n';
      for (const std::string& each : answer_sentences(place.section, results.margin)) {
        text += fmt::format("- {}\n", escaped_markdown(each));
      }
      for (const std::string& each : warning_sentences(place.section, results.margin)) {
        text += fmt::format("- **!** {}\n", escaped_markdown(each));
      }
      text += '\n' + details("each block", blocks_of(place.section));
    }
  }
  text += "## Start, memory, size\n\n" + markdown_heading(cost_heading());
  for (const VariantResult& each : results.variants) {
    if (each.unavailable.empty()) text += markdown_line(cost_cells(each));
  }
  text += '\n';
  for (const std::string& each : absence_sentences(results))
    text += fmt::format("- **!** {}\n", escaped_markdown(each));
  text += "\n## Method\n\n";
  for (const std::string& each : method_sentences(summary)) text += fmt::format("- {}\n", escaped_markdown(each));
  text += "\n`~` marks percentiles with fewer than ten samples beyond them.\n\n";

  std::string machine = markdown_heading({"machine", ""});
  for (const auto& [name, value] : results.machine) machine += markdown_line({name, value});
  machine += markdown_line({"shallop", results.shallop}) + markdown_line({"begun", results.started_at}) +
             markdown_line({"took", fmt::format("{:.0f} s", results.elapsed_s)});
  for (const VariantResult& each : results.variants) {
    if (each.unavailable.empty()) {
      machine +=
          markdown_line({each.name, fmt::format("{} ({}, sha256 {})", fmt::join(each.command, " "),
                                                each.engine_version.empty() ? "its own program" : each.engine_version,
                                                each.artefact_sha256.substr(0, 12))});
    }
  }
  return text + details("machine, versions, commands", machine);
}

}  // namespace shallop::compare
