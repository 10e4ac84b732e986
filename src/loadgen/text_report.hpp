// SPDX-License-Identifier: Apache-2.0
// A round's result as text: rewrk's layout line by line, with a third column in the table of percentiles, and behind it
// what rewrk does not tell. docs/bench.md, "The report".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "loadgen/result.hpp"

namespace shallop::loadgen {

struct TextStyle {
  bool percentiles = false;  // --pct
  bool colours = false;
};

// What stands before the measuring begins; `limit` is "for 15 second(s)".
std::string round_heading(unsigned round, uint64_t connections, std::string_view url, std::string_view limit,
                          const TextStyle& style);

std::string text_report(const Result& result, const TextStyle& style);

// "0.21ms": rewrk's form, always milliseconds with two decimals.
std::string milliseconds(double duration_ns);

// "57.23 MB": rewrk's form, by powers of 1024.
std::string byte_count(double bytes);

}  // namespace shallop::loadgen
