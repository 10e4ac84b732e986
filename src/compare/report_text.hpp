// SPDX-License-Identifier: Apache-2.0
// The figures of a row as words, the same in every report.
#pragma once

#include <string>
#include <vector>

#include "compare/summary.hpp"

namespace shallop::compare {

std::string rate_text(double requests_per_s);                          // "112,193", "4.51"
std::string milliseconds_text(double ms);                              // "0.050", "14.8", "1,720"
std::string microseconds_text(double us);                              // "7.25", "11.6", "10,687"
std::string percentile_text(const Row& row, const std::string& name);  // "~" in front where samples are few
std::string ratio_text(const Ratio& ratio);                            // "97.3 % (96.1-98.5)"
std::string bytes_text(uint64_t bytes);                                // "1.3 MiB"
std::string interval_text(const Row& row);                             // "±1.2 %", of requests/s
std::string start_text(const VariantResult& variant);                  // ms
std::string calls_text(const VariantResult& variant, const std::string& load);

// A row of the table of a load in a place, and its heading.
std::vector<std::string> table_heading(const PlaceSection& place);
std::vector<std::string> table_cells(const Row& row, const PlaceSection& place);
// Of the table of what does not depend on the load.
const std::vector<std::string>& cost_heading();
std::vector<std::string> cost_cells(const VariantResult& variant);

// How it was measured, a sentence each.
std::vector<std::string> method_sentences(const Summary& summary);
// Which variants were not measured at all, and why.
std::vector<std::string> absence_sentences(const Results& results);
// The sentences about a load: answers first, then what is uncertain, hints, what was not measured.
std::vector<std::string> answer_sentences(const Section& section, double margin);
std::vector<std::string> warning_sentences(const Section& section, double margin);

}  // namespace shallop::compare
