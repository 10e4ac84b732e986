// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "compare/report_text.hpp"
#include "compare/reports.hpp"

namespace shallop::compare {
namespace {

// Of UTF-8: every character that is used here is one column wide.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char each) { return (each & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, size_t width, bool to_the_right) {
  const std::string blanks(width - std::min(width, width_of(text)), ' ');
  return to_the_right ? blanks + text : text + blanks;
}

class Table {
 public:
  explicit Table(std::vector<std::string> heading) : rows_{std::move(heading)} {}

  void add(std::vector<std::string> cells, std::string colour = "") {
    rows_.push_back(std::move(cells));
    colours_.push_back(std::move(colour));
  }

  // The first column flush left, the others flush right.
  std::string text(bool colours) const {
    std::vector<size_t> widths(rows_.front().size());
    for (const auto& row : rows_) {
      for (size_t column = 0; column < row.size(); ++column) {
        widths[column] = std::max(widths[column], width_of(row[column]));
      }
    }
    std::string text;
    for (size_t index = 0; index < rows_.size(); ++index) {
      std::string line = "  ";
      for (size_t column = 0; column < rows_[index].size(); ++column) {
        line += padded(rows_[index][column], widths[column], column > 0) + "  ";
      }
      line.resize(line.find_last_not_of(' ') + 1);
      const std::string colour = index == 0 ? "2" : colours_[index - 1];
      text += colours && !colour.empty() ? fmt::format("\x1b[{}m{}\x1b[0m\n", colour, line) : line + '\n';
    }
    return text;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::string> colours_;
};

std::string colour_of(const Row& row) {
  if (row.state == RowState::failed || row.has_too_many_errors()) return "31";
  if (!row.is_measured()) return "2";
  return is_native(*row.variant) ? "1" : "";
}

std::string bold(const std::string& text, bool colours) { return colours ? "\x1b[1m" + text + "\x1b[0m" : text; }

}  // namespace

std::string terminal_report(const Summary& summary, bool colours) {
  const Results& results = *summary.results;
  std::string text;
  for (const Section& section : summary.sections) {
    for (const PlaceSection& place : by_place(section)) {
      const std::string& load = section.load->name;
      text += bold(place.title.empty() ? load : fmt::format("{}, {}", load, place.title), colours) + '\n';
      Table table(table_heading(place));
      for (const Row& row : place.section.rows) table.add(table_cells(row, place), colour_of(row));
      text += table.text(colours);
      for (const std::string& each : warning_sentences(place.section, results.margin)) {
        text += fmt::format("  ! {}\n", each);
      }
      text += '\n';
    }
  }
  Table costs(cost_heading());
  for (const VariantResult& each : results.variants) {
    if (each.unavailable.empty()) costs.add(cost_cells(each));
  }
  text += bold("start, memory, size", colours) + '\n' + costs.text(colours) + '\n';
  for (const std::string& each : absence_sentences(results)) text += fmt::format("  ! {}\n", each);
  for (const std::string& each : method_sentences(summary)) text += fmt::format("  {}\n", each);
  return text;
}

std::string gate_report(const GateResult& result) {
  std::string text = fmt::format("against the baseline, at most {:.1f} % worse\n", 100 * result.max_regression);
  Table table({"load, variant", "of what", "change", "95 %", "verdict"});
  for (const GateRow& row : result.rows) {
    const std::string name = fmt::format("{}: {}", row.load, row.variant);
    switch (row.verdict) {
      case GateVerdict::gone: table.add({name, row.measure, "", "", "gone"}); continue;
      case GateVerdict::not_comparable: table.add({name, row.measure, "", "", "another machine"}); continue;
      default: break;
    }
    const auto percent = [](double ratio) { return fmt::format("{:+.1f} %", 100 * (ratio - 1)); };
    table.add({name, row.measure, percent(row.change.value),
               fmt::format("{} to {}", percent(row.change.interval.low), percent(row.change.interval.high)),
               row.verdict == GateVerdict::worse     ? "WORSE"
               : row.verdict == GateVerdict::unclear ? "unclear"
                                                     : "kept"});
  }
  return text + table.text(false);
}

}  // namespace shallop::compare
