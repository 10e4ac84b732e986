// SPDX-License-Identifier: Apache-2.0
#include "compare/summary.hpp"

#include <gtest/gtest.h>

#include "compare/report_text.hpp"
#include "unit/compare/sample_results.hpp"

namespace shallop::compare {
namespace {

const Row& row_of(const Summary& summary, size_t index) { return summary.sections.front().rows.at(index); }

TEST(Summary, RelatesBlockByBlock) {
  const Results results = sample_results({0.80, 0.80, 0.80, 0.80, 0.80});
  const Summary summary = summarise(results);
  const Row& row = row_of(summary, 1);
  ASSERT_TRUE(row.to_native);
  EXPECT_NEAR(row.to_native->value, 0.8, 1e-9);
  EXPECT_EQ(row.verdict, Verdict::lower);
  EXPECT_NEAR(row.requests_per_s, 800, 1e-9);
  EXPECT_FALSE(row_of(summary, 0).to_native);
  EXPECT_TRUE(is_whole(summary));
  EXPECT_EQ(sentence(row, 0.03), "shallop-native, bare does 80.0 % of native's requests/s (80.0 to 80.0 %)");
}

TEST(Summary, SaysWhenThereIsNoTelling) {
  const Results results = sample_results({0.80, 1.20, 0.95, 1.1, 0.9});
  const Summary summary = summarise(results);
  EXPECT_EQ(row_of(summary, 1).verdict, Verdict::unclear);
  EXPECT_NE(uncertainty(row_of(summary, 1), 0.03), "");
}

TEST(Summary, PrefersTheLessDisturbedAttempt) {
  Results results = sample_results({1, 1, 1});
  results.runs[1].is_disturbed = true;
  results.runs[1].foreign_share = 0.5;
  Measurement again = results.runs[1];
  again.attempt = 1;
  again.foreign_share = 0.01;
  again.is_disturbed = false;
  again.requests_per_s = 2000;
  results.runs.push_back(again);
  const Summary summary = summarise(results);
  EXPECT_EQ(row_of(summary, 1).runs.front()->requests_per_s, 2000);
  EXPECT_EQ(row_of(summary, 1).disturbed, 0U);
  EXPECT_EQ(summary.repeated, 1U);
}

TEST(Summary, AFailedBlockFailsTheRowWithItsReason) {
  Results results = sample_results({1, 1, 1});
  results.runs[3].failure = "the server ended with status 134";
  const Summary summary = summarise(results);
  EXPECT_EQ(row_of(summary, 1).state, RowState::failed);
  EXPECT_EQ(row_of(summary, 1).reason, "block 2: the server ended with status 134");
  EXPECT_FALSE(is_whole(summary));
}

TEST(Summary, OnlyOptionalVariantsMayBeAway) {
  Results results = sample_results({1, 1, 1});
  std::erase_if(results.runs, [](const Measurement& run) { return run.variant != "native, bare"; });
  results.variants[1].unavailable = "it is not on the PATH";
  EXPECT_FALSE(is_whole(summarise(results)));
  results.variants[1].optional = true;
  EXPECT_TRUE(is_whole(summarise(results)));
}

TEST(Summary, ARowWithErrorsIsNoneToRank) {
  Results results = sample_results({1, 1, 1});
  results.runs[1].failed = 100;
  const Summary summary = summarise(results);
  EXPECT_TRUE(row_of(summary, 1).has_too_many_errors());
  EXPECT_FALSE(is_whole(summary));
}

TEST(Summary, KnowsTheStallOfDelayedAcknowledgements) {
  Results results = sample_results({0.01, 0.01, 0.01});
  for (Measurement& run : results.runs) {
    if (run.variant == "native, bare") continue;
    run.percentiles_ms["p50"] = 42;
    run.server_share = 0.01;
  }
  const Summary summary = summarise(results);
  ASSERT_EQ(summary.sections.front().hints.size(), 1U);
  EXPECT_NE(summary.sections.front().hints.front().find("Nagle"), std::string::npos);
}

TEST(ReportText, RoundsToThreeDigits) {
  EXPECT_EQ(rate_text(112193.4), "112,193");
  EXPECT_EQ(rate_text(4.512), "4.51");
  EXPECT_EQ(milliseconds_text(0.0504), "0.050");
  EXPECT_EQ(milliseconds_text(14.83), "14.8");
  EXPECT_EQ(bytes_text(1000), "1 KiB");
  EXPECT_EQ(bytes_text(1363149), "1.3 MiB");
}

TEST(ReportText, MarksPercentilesOfFewSamples) {
  const Results results = sample_results({1, 1, 1});
  const Summary summary = summarise(results);
  EXPECT_EQ(percentile_text(row_of(summary, 1), "p99"), "10.0");
  EXPECT_EQ(percentile_text(row_of(summary, 1), "p99.9"), "~12.0");
}

}  // namespace
}  // namespace shallop::compare
