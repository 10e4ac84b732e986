// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "compare/report_text.hpp"
#include "compare/reports.hpp"

namespace shallop::compare {
namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char each : text) {
    if (each == '|' || each == '<' || each == '>' || each == '*' || each == '_' || each == '`' || each == '~')
      result += '\\';
    result += each == '\n' ? ' ' : each;
  }
  return result;
}

std::string line(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& each : cells) text += fmt::format(" {} |", escaped(each));
  return text + '\n';
}

std::string heading(const std::vector<std::string>& cells) {
  std::string text = line(cells) + "|---|";
  for (size_t i = 1; i < cells.size(); ++i) text += "---:|";
  return text + '\n';
}

std::string details(const std::string& title, const std::string& content) {
  return fmt::format("<details><summary>{}</summary>\n\n{}\n</details>\n\n", title, content);
}

std::string blocks_of(const Section& section) {
  std::string text = heading({"variant", "block", "requests/s", "p50 ms", "p99 ms", "CPU µs/req.", "others' share"});
  for (const Row& row : section.rows) {
    for (const Measurement* run : row.runs) {
      if (!run->failure.empty()) continue;
      text += line({row.variant->name, std::to_string(run->block), rate_text(run->requests_per_s),
                    milliseconds_text(run->percentiles_ms.at("p50")), milliseconds_text(run->percentiles_ms.at("p99")),
                    fmt::format("{:.2f}", run->server_cpu_us_per_request),
                    fmt::format("{:.0f} %{}", 100 * (run->foreign_share + run->stolen_share),
                                run->is_disturbed ? ", disturbed" : "")});
    }
  }
  return text;
}

}  // namespace

std::string markdown_report(const Summary& summary) {
  const Results& results = *summary.results;
  std::string text = fmt::format("# {}\n\n", escaped(results.title));
  for (const Section& section : summary.sections) {
    text += fmt::format("## `{}`, {} connections\n\n", section.load->path, section.load->connections);
    text += heading(table_heading());
    for (const Row& row : section.rows) text += line(table_cells(row, *section.load));
    text += '\n';
    for (const std::string& each : answer_sentences(section, results.margin))
      text += fmt::format("- {}\n", escaped(each));
    for (const std::string& each : warning_sentences(section, results.margin)) {
      text += fmt::format("- **!** {}\n", escaped(each));
    }
    text += '\n' + details("each block", blocks_of(section));
  }
  text += "## Start, memory, size\n\n" + heading(cost_heading());
  for (const VariantResult& each : results.variants) {
    if (each.unavailable.empty()) text += line(cost_cells(each));
  }
  text += '\n';
  for (const std::string& each : absence_sentences(results)) text += fmt::format("- **!** {}\n", escaped(each));
  text += "\n## Method\n\n";
  for (const std::string& each : method_sentences(summary)) text += fmt::format("- {}\n", escaped(each));
  text += "\n`~` marks percentiles with fewer than ten samples beyond them.\n\n";

  std::string machine = heading({"machine", ""});
  for (const auto& [name, value] : results.machine) machine += line({name, value});
  machine += line({"shallop", results.shallop}) + line({"begun", results.started_at}) +
             line({"took", fmt::format("{:.0f} s", results.elapsed_s)});
  for (const VariantResult& each : results.variants) {
    if (each.unavailable.empty()) {
      machine += line({each.name, fmt::format("{} ({}, sha256 {})", fmt::join(each.command, " "),
                                              each.engine_version.empty() ? "its own program" : each.engine_version,
                                              each.artefact_sha256.substr(0, 12))});
    }
  }
  return text + details("machine, versions, commands", machine);
}

}  // namespace shallop::compare
