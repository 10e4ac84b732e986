// SPDX-License-Identifier: Apache-2.0
// `shallop inspect`.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cli/command_line.hpp"
#include "cli/module_summary.hpp"
#include "embedder/diagnostics.hpp"
#include "embedder/program.hpp"
#include "embedder/standard_streams.hpp"

namespace shallop::cli {
namespace {

// --- As text ---

std::string joined(const auto& items) { return items.empty() ? "none" : fmt::format("{}", fmt::join(items, ", ")); }

std::string full_name(const ExternSummary& item) {
  return printable(item.module.empty() ? item.name : item.module + '.' + item.name);
}

void append_externs(std::string& lines, std::string_view title, const std::vector<ExternSummary>& items) {
  fmt::format_to(std::back_inserter(lines), "\n{} ({})\n", title, items.size());
  size_t width = 0;
  for (const ExternSummary& each : items) width = std::max(width, full_name(each).size());
  for (const ExternSummary& each : items) {
    fmt::format_to(std::back_inserter(lines), "  {:<8}  {:<{}}  {}\n", text(each.kind), full_name(each),
                   std::min<size_t>(width, 48), each.type);
  }
}

void append_sections(std::string& lines, const std::vector<SectionSummary>& sections) {
  fmt::format_to(std::back_inserter(lines), "\nsections ({})\n    offset      bytes\n", sections.size());
  for (const SectionSummary& each : sections) {
    fmt::format_to(std::back_inserter(lines), "  {:>#8x} {:>10}  {}{}\n", each.offset, each.size_bytes,
                   each.is_custom ? "custom: " : "", printable(each.name));
  }
}

std::string describe(const NativeSummary& native) {
  std::string text;
  if (!native.producer.empty()) {
    text = fmt::format("{} bytes, -O{} for {}, by {}; ", native.code_bytes, native.optimization, native.target,
                       native.producer);
  }
  return text + (native.misfit.empty() ? "fits this module and machine" : "not used here: " + native.misfit);
}

std::string as_text(const ModuleSummary& summary, const std::string& file) {
  std::string lines = fmt::format("{}: {} bytes", printable(file), summary.size_bytes);
  if (!summary.name.empty()) lines += fmt::format(", module name \"{}\"", printable(summary.name));
  lines += '\n';
  const auto row = [&](std::string_view label, const std::string& value) {
    fmt::format_to(std::back_inserter(lines), "  {:<11}{}\n", label, value);
  };
  row("functions", fmt::format("{} with {} instructions", summary.functions, summary.instructions));
  row("memory", joined(summary.memories));
  row("table", joined(summary.tables));
  if (!summary.tags.empty()) row("tags", joined(summary.tags));
  row("features", joined(summary.features));
  if (!summary.producers.empty()) row("made by", printable(joined(summary.producers)));
  if (summary.native) row("native", printable(describe(*summary.native)));
  append_externs(lines, "imports", summary.imports);
  append_externs(lines, "exports", summary.exports);
  append_sections(lines, summary.sections);
  return lines;
}

// --- As JSON ---

using Json = nlohmann::ordered_json;

Json externs_as_json(const std::vector<ExternSummary>& items) {
  Json list = Json::array();
  for (const ExternSummary& each : items) {
    Json item{{"kind", text(each.kind)}};
    if (!each.module.empty()) item["module"] = each.module;
    item["name"] = each.name;
    item["type"] = each.type;
    list.push_back(std::move(item));
  }
  return list;
}

Json sections_as_json(const std::vector<SectionSummary>& sections) {
  Json list = Json::array();
  for (const SectionSummary& each : sections) {
    list.push_back(
        {{"name", each.name}, {"custom", each.is_custom}, {"offset", each.offset}, {"size_bytes", each.size_bytes}});
  }
  return list;
}

Json native_as_json(const std::optional<NativeSummary>& native) {
  if (!native) return nullptr;
  Json item{{"fits", native->misfit.empty()}};
  if (!native->misfit.empty()) item["reason"] = native->misfit;
  if (!native->producer.empty()) {
    item["producer"] = native->producer;
    item["target"] = native->target;
    item["optimization"] = native->optimization;
    item["code_bytes"] = native->code_bytes;
  }
  return item;
}

std::string as_json(const ModuleSummary& summary, const std::string& file) {
  const Json json{{"file", file},
                  {"size_bytes", summary.size_bytes},
                  {"name", summary.name},
                  {"functions", summary.functions},
                  {"instructions", summary.instructions},
                  {"memories", summary.memories},
                  {"tables", summary.tables},
                  {"tags", summary.tags},
                  {"features", summary.features},
                  {"producers", summary.producers},
                  {"native_code", native_as_json(summary.native)},
                  {"imports", externs_as_json(summary.imports)},
                  {"exports", externs_as_json(summary.exports)},
                  {"sections", sections_as_json(summary.sections)}};
  // A file's name may be any bytes, JSON is UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace

int inspect_command(const Arguments& arguments) {
  CommandLine line("shallop inspect", "FILE.wasm",
                   "Shows what a module imports, exports and holds, once it has been validated. FILE.wasm may be - for "
                   "standard input.");
  bool json = false;
  line.app().add_flag("--json", json, "Print JSON")->disable_flag_override();
  const auto operands = line.parse(arguments);
  if (!operands) return exit_status::success;
  if (operands->size() != 1) {
    throw UsageError(fmt::format("inspect takes one file, not {}: shallop inspect FILE.wasm", operands->size()));
  }
  const std::string& file = operands->front();
  return with_diagnostics(file, [&] {
    const ModuleSummary summary = summarize(*load_module(file));
    print(json ? as_json(summary, file) : as_text(summary, file));
    return exit_status::success;
  });
}

}  // namespace shallop::cli
