// SPDX-License-Identifier: Apache-2.0
#include "compare/generator_report.hpp"

#include <gtest/gtest.h>

namespace shallop::compare {
namespace {

TEST(GeneratorReport, IsTakenOver) {
  const auto report = nlohmann::json::parse(R"({"requests_total": 1000, "shallop": {
    "window_ns": 2000000000, "completed": 1000,
    "errors": {"total": 3, "messages": [{"count": 3, "message": "the connection was reset"}]},
    "response": {"percentiles_ns": {"p50": 1500000, "p99": 9000000}, "samples_beyond": {"p50": 500, "p99": 9}},
    "generator": {"busiest_share": 0.97, "was_limit": true},
    "series": [{"begin_ns": 0, "length_ns": 1000000000, "completed": 600, "p99_ns": 8000000},
               {"begin_ns": 1000000000, "length_ns": 500000000, "completed": 200, "p99_ns": 9000000}]}})");
  Measurement run;
  read_generator_report(report, run);
  EXPECT_EQ(run.completed, 1000U);
  EXPECT_EQ(run.requests_per_s, 500);
  EXPECT_EQ(run.failed, 3U);
  EXPECT_EQ(run.first_error, "the connection was reset");
  EXPECT_EQ(run.percentiles_ms.at("p50"), 1.5);
  EXPECT_EQ(run.samples_beyond.at("p99"), 9U);
  EXPECT_TRUE(run.generator_was_limit);
  ASSERT_EQ(run.seconds.size(), 2U);
  EXPECT_EQ(run.seconds[1].requests_per_s, 400);
}

}  // namespace
}  // namespace shallop::compare
