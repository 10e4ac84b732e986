// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "compare/html_page.hpp"
#include "compare/report_text.hpp"
#include "compare/reports.hpp"
#include "compare/svg.hpp"

namespace shallop::compare {
namespace {

std::string cells(const std::vector<std::string>& values, const char* tag) {
  std::string html;
  for (const std::string& each : values) html += fmt::format("<{0}>{1}</{0}>", tag, escaped_html(each));
  return html;
}

std::string table_of(const std::vector<std::string>& heading, const std::string& rows) {
  return fmt::format(
      "<div class=\"wide\"><table class=\"sortable\"><thead><tr>{}</tr></thead><tbody>\n{}</tbody></table></div>\n",
      cells(heading, "th"), rows);
}

// Where a row's runs are listed.
std::string anchor_of(const std::string& place, size_t row) { return fmt::format("runs-{}-{}", place, row); }

std::string class_of(const Row& row) {
  if (row.state == RowState::failed) return "failed";
  if (!row.is_measured()) return "away";
  return row.has_too_many_errors() ? "struck" : "";
}

std::string summary_table(const PlaceSection& place, const std::string& number) {
  std::string rows;
  for (size_t i = 0; i < place.section.rows.size(); ++i) {
    const Row& row = place.section.rows[i];
    std::vector<std::string> values = table_cells(row, place);
    const std::string name = escaped_html(values.front());
    values.erase(values.begin());
    rows += fmt::format("<tr class=\"{}\"><td>{}</td>{}</tr>\n", class_of(row),
                        row.runs.empty() ? name : fmt::format("<a href=\"#{}\">{}</a>", anchor_of(number, i), name),
                        cells(values, "td"));
  }
  return table_of(table_heading(place), rows);
}

std::string figure(const std::string& title, const std::string& note, const std::string& chart) {
  if (chart.empty()) return "";
  return fmt::format("<figure><figcaption>{} <span>{}</span></figcaption><div class=\"wide\">{}</div></figure>\n",
                     title, note, chart);
}

std::string percentile_table(const Section& section) {
  constexpr std::array names{"p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99"};
  std::vector<std::string> heading{"latency, ms"};
  heading.insert(heading.end(), names.begin(), names.end());
  std::string rows;
  for (const Row& row : section.rows) {
    if (!row.is_measured()) continue;
    std::vector<std::string> values{row.variant->name};
    for (const char* name : names) values.push_back(percentile_text(row, name));
    rows += fmt::format("<tr>{}</tr>\n", cells(values, "td"));
  }
  return table_of(heading, rows);
}

std::string runs_table(const Row& row, const std::string& anchor) {
  if (row.runs.empty()) return "";
  std::string rows;
  for (const Measurement* run : row.runs) {
    if (!run->failure.empty()) {
      rows += fmt::format("<tr class=\"failed\"><td>{}</td><td class=\"sentence\" colspan=\"9\">{}</td></tr>\n",
                          run->block, escaped_html(run->failure));
      continue;
    }
    rows += fmt::format(
        "<tr>{}</tr>\n",
        cells(
            {fmt::format("{}", run->block), fmt::format("{:.1f}", run->requests_per_s), std::to_string(run->completed),
             std::to_string(run->failed), milliseconds_text(run->percentiles_ms.at("p50")),
             milliseconds_text(run->percentiles_ms.at("p99")), fmt::format("{:.2f}", run->server_cpu_us_per_request),
             fmt::format("{:.0f} %", 100 * run->server_share), fmt::format("{:.0f} %", 100 * run->generator_share),
             fmt::format("{:.1f} %{}", 100 * (run->foreign_share + run->stolen_share), run->is_disturbed ? " !" : "")},
            "td"));
  }
  return fmt::format("<h3 id=\"{}\">{}</h3>\n", anchor, escaped_html(row.variant->name)) +
         table_of({"block", "requests/s", "requests", "errors", "p50 ms", "p99 ms", "CPU µs/req.", "server busy",
                   "generator busy", "others' share"},
                  rows);
}

std::string warnings(const std::vector<std::string>& sentences) {
  if (sentences.empty()) return "";
  std::string html = "<ul class=\"warnings\">\n";
  for (const std::string& each : sentences) html += fmt::format("<li>{}</li>\n", escaped_html(each));
  return html + "</ul>\n";
}

std::string charts(const Section& section) {
  return figure("Ratio to native", "requests/s; 95 % intervals, the blocks behind", ratio_chart(section)) +
         figure("Requests per second", "medians with 95 % intervals", rate_chart(section)) +
         figure("Latency by percentile", "as far as there are ten samples beyond", latency_chart(section)) +
         "<details><summary>latency as a table</summary>" + percentile_table(section) + "</details>\n" +
         figure("Start against throughput", "from the launch to the first answer", start_chart(section)) +
         figure("Processor time for a request", "of the server", cpu_chart(section)) +
         figure("Over time", "runs that others disturbed are shaded", series_chart(section));
}

std::string place_html(const PlaceSection& place, const std::string& number, double margin) {
  std::string html = place.title.empty() ? "" : fmt::format("<h3>{}</h3>\n", escaped_html(place.title));
  for (const std::string& each : answer_sentences(place.section, margin)) {
    html += fmt::format("<p class=\"answer\">{}</p>\n", escaped_html(each));
  }
  html += summary_table(place, number) + warnings(warning_sentences(place.section, margin));
  // Each place has the same charts; those of containers are one step away.
  html += place.is_bare ? charts(place.section)
                        : "<details><summary>charts</summary>\n" + charts(place.section) + "</details>\n";
  html += "<details><summary>every run</summary>\n";
  for (size_t i = 0; i < place.section.rows.size(); ++i) {
    html += runs_table(place.section.rows[i], anchor_of(number, i));
  }
  return html + "</details>\n";
}

std::string section_html(const Section& section, size_t number, double margin) {
  std::string html = fmt::format("<h2 id=\"load-{}\">{}</h2>\n", number, escaped_html(section.load->name));
  const std::vector<PlaceSection> places = by_place(section);
  for (size_t i = 0; i < places.size(); ++i) html += place_html(places[i], fmt::format("{}-{}", number, i), margin);
  return html;
}

std::string cost_table(const Results& results) {
  std::string rows;
  for (const VariantResult& each : results.variants) {
    if (each.unavailable.empty()) rows += fmt::format("<tr>{}</tr>\n", cells(cost_cells(each), "td"));
  }
  return table_of(cost_heading(), rows);
}

std::string pair_row(const std::string& name, const std::string& value) {
  return fmt::format("<tr><td>{}</td><td class=\"sentence\">{}</td></tr>\n", escaped_html(name), value);
}

std::string environment(const Results& results) {
  std::string rows;
  for (const auto& [name, value] : results.machine) rows += pair_row(name, escaped_html(value));
  rows += pair_row("shallop", escaped_html(results.shallop)) + pair_row("begun", escaped_html(results.started_at)) +
          pair_row("took", fmt::format("{:.0f} s", results.elapsed_s)) +
          pair_row("command", fmt::format("<code>shallop compare {}</code>",
                                          escaped_html(fmt::format("{}", fmt::join(results.arguments, " "))))) +
          pair_row("seed", std::to_string(results.seed));
  for (const VariantResult& each : results.variants) {
    if (!each.unavailable.empty()) continue;
    rows += pair_row(each.name, fmt::format("<code>{}</code><br>{}<br>sha256 of the file: <code>{}</code>",
                                            escaped_html(fmt::format("{}", fmt::join(each.command, " "))),
                                            escaped_html(each.engine_version), each.artefact_sha256));
  }
  return "<div class=\"wide\"><table><tbody>\n" + rows + "</tbody></table></div>\n";
}

// What ends a script element, or begins a comment in it, must not be in it.
std::string embedded_json(const Results& results) {
  std::string text;
  for (const char each : to_text(results)) {
    if (each == '<') {
      text += "\\u003c";
    } else {
      text += each;
    }
  }
  return text;
}

}  // namespace

std::string html_report(const Summary& summary) {
  const Results& results = *summary.results;
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n<title>{0}</title>\n<link rel=\"icon\" href=\"data:,\">\n"
      "<style>{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n<p class=\"quiet\">{2}, {3} of {4} runs undisturbed, "
      "{5}</p>\n<nav>",
      escaped_html(results.title), page_style, escaped_html(results.machine.at("processor")),
      summary.runs - summary.disturbed, summary.runs, escaped_html(results.started_at));
  for (size_t i = 0; i < summary.sections.size(); ++i) {
    html += fmt::format("<a href=\"#load-{}\">{}</a>", i, escaped_html(summary.sections[i].load->name));
  }
  html +=
      "<a href=\"#costs\">start, memory, size</a><a href=\"#method\">method</a><a id=\"save\" href=\"report.json\" "
      "download=\"report.json\">all figures (JSON)</a><button id=\"theme\" type=\"button\">light / "
      "dark</button></nav>\n";
  if (!results.complete) {
    html +=
        "<ul class=\"warnings\"><li>The comparison was interrupted; figures are of what was measured until "
        "then.</li></ul>\n";
  }
  for (size_t i = 0; i < summary.sections.size(); ++i) html += section_html(summary.sections[i], i, results.margin);
  html += "<h2 id=\"costs\">Start, memory, size</h2>\n" + cost_table(results) + warnings(absence_sentences(results));
  html += "<h2 id=\"method\">Method</h2>\n<ul>\n";
  for (const std::string& each : method_sentences(summary)) html += fmt::format("<li>{}</li>\n", escaped_html(each));
  html +=
      "<li>~ marks percentiles with fewer than ten samples beyond them.</li>\n</ul>\n<h3>Machine, versions, "
      "commands</h3>\n";
  html += environment(results);
  html += fmt::format(
      "<script type=\"application/json\" id=\"results\">{}</script>\n<script>{}</script>\n</body>\n</html>\n",
      embedded_json(results), page_script);
  return html;
}

}  // namespace shallop::compare
