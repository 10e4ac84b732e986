// SPDX-License-Identifier: Apache-2.0
#include "loadgen/silence.hpp"

#include <algorithm>

namespace shallop::loadgen {
namespace {

using Gaps = std::vector<GapRecord::Gap>;

Gaps intersection(const Gaps& left, const Gaps& right) {
  Gaps common;
  for (size_t i = 0, k = 0; i < left.size() && k < right.size();) {
    const GapRecord::Gap both{std::max(left[i].begin_ns, right[k].begin_ns), std::min(left[i].end_ns, right[k].end_ns)};
    if (both.length_ns() > 0) common.push_back(both);
    left[i].end_ns < right[k].end_ns ? ++i : ++k;
  }
  return common;
}

}  // namespace

GapRecord::GapRecord() { kept_.reserve(kept_max); }

void GapRecord::keep(Gap gap) {
  if (kept_.size() < kept_max) {
    kept_.push_back(gap);
  } else {
    *std::ranges::min_element(kept_, {}, &Gap::length_ns) = gap;
  }
  if (kept_.size() == kept_max) kept_min_ns_ = std::ranges::min_element(kept_, {}, &Gap::length_ns)->length_ns();
}

Gaps GapRecord::gaps() const {
  Gaps sorted = kept_;
  std::ranges::sort(sorted, {}, &Gap::begin_ns);
  return sorted;
}

Silence longest_silence(std::span<const Gaps> threads, int64_t origin_ns) {
  if (threads.empty()) return {};
  Gaps common = threads.front();
  for (const Gaps& each : threads.subspan(1)) common = intersection(common, each);
  const auto longest = std::ranges::max_element(common, {}, &GapRecord::Gap::length_ns);
  if (longest == common.end()) return {};
  return {.begin_ns = longest->begin_ns - origin_ns, .length_ns = longest->length_ns()};
}

}  // namespace shallop::loadgen
