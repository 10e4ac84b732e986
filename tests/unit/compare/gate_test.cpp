// SPDX-License-Identifier: Apache-2.0
#include "compare/gate.hpp"

#include <gtest/gtest.h>

#include "unit/compare/sample_results.hpp"

namespace shallop::compare {
namespace {

// Of the row of shallop-native, 5 % worse being allowed.
GateVerdict verdict_of(const Results& earlier, const Results& later) {
  return hold_against(summarise(earlier), summarise(later), 0.05).rows.at(1).verdict;
}

TEST(Gate, KeepsWhatIsAsGood) {
  EXPECT_EQ(verdict_of(sample_results({0.9, 0.91, 0.89}), sample_results({0.89, 0.90, 0.91})), GateVerdict::kept);
  EXPECT_EQ(verdict_of(sample_results({0.5, 0.51, 0.52}), sample_results({0.9, 0.9, 0.91})), GateVerdict::kept);
}

TEST(Gate, FindsWhatIsWorseBeyondTheNoise) {
  const Results earlier = sample_results({0.90, 0.91, 0.89});
  const Results later = sample_results({0.80, 0.81, 0.79});
  EXPECT_EQ(verdict_of(earlier, later), GateVerdict::worse);
  EXPECT_FALSE(hold_against(summarise(earlier), summarise(later), 0.05).passes());
  EXPECT_TRUE(hold_against(summarise(earlier), summarise(later), 0.20).passes());
}

TEST(Gate, DoesNotTakeNoiseForARegression) {
  EXPECT_EQ(verdict_of(sample_results({0.90, 1.1, 0.8}), sample_results({0.80, 1.0, 0.7})), GateVerdict::unclear);
}

TEST(Gate, MissesWhatIsGone) {
  const Results earlier = sample_results({0.90, 0.91, 0.89});
  Results later = earlier;
  later.variants.pop_back();
  const GateResult result = hold_against(summarise(earlier), summarise(later), 0.05);
  EXPECT_EQ(result.rows.at(1).verdict, GateVerdict::gone);
  EXPECT_FALSE(result.passes());
}

// Native has no ratio, and its rate on another machine says nothing of the code.
TEST(Gate, ComparesRatesOnTheSameMachineOnly) {
  const Results earlier = sample_results({1, 1, 1});
  Results later = earlier;
  for (Measurement& run : later.runs) run.requests_per_s /= 2;
  EXPECT_EQ(hold_against(summarise(earlier), summarise(later), 0.05).rows.at(0).verdict, GateVerdict::worse);
  later.machine["processor"] = "another";
  EXPECT_EQ(hold_against(summarise(earlier), summarise(later), 0.05).rows.at(0).verdict, GateVerdict::not_comparable);
}

}  // namespace
}  // namespace shallop::compare
