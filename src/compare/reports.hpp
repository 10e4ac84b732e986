// SPDX-License-Identifier: Apache-2.0
// The reports, each made of a summary alone.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "compare/gate.hpp"
#include "compare/summary.hpp"

namespace shallop::compare {

std::string terminal_report(const Summary& summary, bool colours);
std::string markdown_report(const Summary& summary);
// One page without any other file: inline SVG, light and dark, readable without scripts. The results are in it as JSON.
std::string html_report(const Summary& summary);

// The tables alone, with what they were measured on and by which command, to stand in another document.
std::string readme_table(const Summary& summary);
// `document` with the table between its two marks; the error is the rest of a sentence about it.
std::expected<std::string, std::string> with_table(std::string_view document, std::string_view table);

std::string gate_report(const GateResult& result);

}  // namespace shallop::compare
