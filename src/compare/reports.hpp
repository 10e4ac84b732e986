// SPDX-License-Identifier: Apache-2.0
// The reports, each made of a summary alone.
#pragma once

#include <string>

#include "compare/gate.hpp"
#include "compare/summary.hpp"

namespace shallop::compare {

std::string terminal_report(const Summary& summary, bool colours);
std::string markdown_report(const Summary& summary);
// One page without any other file: inline SVG, light and dark, readable without scripts. The results are in it as JSON.
std::string html_report(const Summary& summary);

std::string gate_report(const GateResult& result);

}  // namespace shallop::compare
