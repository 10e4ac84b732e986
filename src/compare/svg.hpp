// SPDX-License-Identifier: Apache-2.0
// The charts of the HTML report, as SVG elements that take their colours from the page's style sheet. Each variant has
// a colour, a dash pattern and a label of its own, so that none of them is needed.
#pragma once

#include <string>

#include "compare/summary.hpp"

namespace shallop::compare {

std::string escaped_html(std::string_view text);

// Requests/s, a bar for each variant with its interval.
std::string rate_chart(const Section& section);
// Ratio to native on a logarithmic axis: a point and its interval, the blocks' ratios behind.
std::string ratio_chart(const Section& section);
// Latency in ms against the percentile, both logarithmic, a line for each variant as far as its samples reach.
std::string latency_chart(const Section& section);
// Requests/s over the seconds of all blocks, a line for each variant; disturbed runs are marked.
std::string series_chart(const Section& section);
// The server's processor time for a request, a bar for each variant.
std::string cpu_chart(const Section& section);
// From the launch to the first answer against requests/s, both logarithmic; the area of a point is its memory.
std::string start_chart(const Section& section);

}  // namespace shallop::compare
