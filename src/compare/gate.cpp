// SPDX-License-Identifier: Apache-2.0
#include "compare/gate.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>

namespace shallop::compare {
namespace {

const Row* find(const Summary& summary, const std::string& load, const std::string& variant) {
  for (const Section& section : summary.sections) {
    if (section.load->name != load) continue;
    for (const Row& row : section.rows) {
      if (row.variant->name == variant && row.is_measured()) return &row;
    }
  }
  return nullptr;
}

bool is_same_machine(const Results& a, const Results& b) {
  return std::ranges::all_of(std::initializer_list<const char*>{"processor", "processors"}, [&](const char* key) {
    const auto in_a = a.machine.find(key);
    const auto in_b = b.machine.find(key);
    return in_a != a.machine.end() && in_b != b.machine.end() && in_a->second == in_b->second;
  });
}

// The rates of all blocks as a ratio to 1, so that two comparisons can be held against each other.
std::optional<Ratio> absolute(const Row& row) {
  std::vector<double> rates;
  rates.reserve(row.runs.size());
  for (const Measurement* run : row.runs) rates.push_back(run->requests_per_s);
  return paired_ratio(rates, std::vector<double>(rates.size(), 1.0));
}

GateVerdict judge(const Change& change, double max_regression) {
  if (change.value < 1 - max_regression) return change.interval.high < 1 ? GateVerdict::worse : GateVerdict::unclear;
  return GateVerdict::kept;
}

}  // namespace

bool GateResult::passes() const {
  return std::ranges::none_of(
      rows, [](const GateRow& row) { return row.verdict == GateVerdict::worse || row.verdict == GateVerdict::gone; });
}

GateResult hold_against(const Summary& earlier, const Summary& later, double max_regression) {
  GateResult result{.max_regression = max_regression, .rows = {}};
  const bool same_machine = is_same_machine(*earlier.results, *later.results);
  for (const Section& section : earlier.sections) {
    for (const Row& old_row : section.rows) {
      if (!old_row.is_measured()) continue;
      GateRow row{.variant = old_row.variant->name,
                  .load = section.load->name,
                  .measure = "of native",
                  .verdict = GateVerdict::kept,
                  .change = {}};
      const Row* new_row = find(later, row.load, row.variant);
      std::optional<Ratio> before = old_row.to_native;
      std::optional<Ratio> after = new_row != nullptr ? new_row->to_native : std::nullopt;
      if (!before || (new_row != nullptr && !after)) {
        row.measure = "requests/s";
        before = absolute(old_row);
        after = new_row != nullptr ? absolute(*new_row) : std::nullopt;
      }
      if (new_row == nullptr) {
        row.verdict = GateVerdict::gone;
      } else if (!before || !after || (row.measure == "requests/s" && !same_machine)) {
        row.verdict = GateVerdict::not_comparable;
      } else {
        row.change = change_between(*before, *after);
        row.verdict = judge(row.change, max_regression);
      }
      result.rows.push_back(std::move(row));
    }
  }
  return result;
}

}  // namespace shallop::compare
