// SPDX-License-Identifier: Apache-2.0
// What the results say, row by row: one variant under one load, over all blocks. Every report is made of this.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compare/results.hpp"
#include "compare/statistics.hpp"

namespace shallop::compare {

enum class RowState : uint8_t { measured, failed, unavailable, missing };

struct Percentile {
  double ms = 0;                // median of the blocks'
  uint64_t samples_beyond = 0;  // of all blocks
  bool is_thin() const { return samples_beyond < 10; }
};

struct Row {
  const VariantResult* variant = nullptr;
  RowState state = RowState::measured;
  std::string reason;                    // unless measured
  std::vector<const Measurement*> runs;  // those that count, one for each block
  double requests_per_s = 0;             // median of the blocks
  Interval requests_interval;
  std::optional<Ratio> to_native;      // in the same place; nothing for native itself
  std::optional<Ratio> to_bare;        // the same engine on the machine itself
  Verdict verdict = Verdict::unclear;  // to native
  std::map<std::string, Percentile> percentiles;
  double server_cpu_us = 0;
  std::optional<Ratio> cpu_to_native;
  uint64_t completed = 0;
  uint64_t failed = 0;
  size_t disturbed = 0;        // of the runs
  size_t generator_bound = 0;  // of the runs

  bool is_measured() const { return state == RowState::measured; }
  // More than one request in a thousand failed: its figures are no service's.
  bool has_too_many_errors() const { return failed * 1000 > completed + failed; }
};

struct Section {
  const LoadResult* load = nullptr;
  std::vector<Row> rows;  // in the order of the plan
  std::vector<std::string> hints;
};

// The rows of one place; `title` is empty where there is no other.
struct PlaceSection {
  std::string title;
  Section section;
  bool is_bare = true;
};
// Those of the places where something was measured, or failed while it was.
std::vector<PlaceSection> by_place(const Section& section);

struct Summary {
  const Results* results = nullptr;  // outlives it
  std::vector<Section> sections;
  size_t runs = 0;
  size_t disturbed = 0;
  size_t repeated = 0;
};

Summary summarise(const Results& results);

// Whether every row was measured, but for optional variants that cannot run here.
bool is_whole(const Summary& summary);

// "shallop-native does 97.3 % of native's requests/s (96.1 to 98.5 %)".
std::string sentence(const Row& row, double margin);
// "shallop-native: unclear; about 12 more blocks would tell", when it is.
std::string uncertainty(const Row& row, double margin);

bool is_native(const VariantResult& variant);

}  // namespace shallop::compare
