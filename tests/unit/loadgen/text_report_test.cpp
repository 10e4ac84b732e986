// SPDX-License-Identifier: Apache-2.0
// rewrk's layout to the letter. What rewrk itself computes is checked in histogram_test.
#include "loadgen/text_report.hpp"

#include <gtest/gtest.h>

namespace shallop::loadgen {
namespace {

// 1000 times of 1 ms to 1000 ms in 10 s.
void fill(Result& result) {
  for (int i = 1; i <= 1000; ++i) result.response.record(i * int64_t{1'000'000});
  result.window_ns = 10'000'000'000;
  result.bytes_received = 98'000;
  result.connections = result.connected = 8;
  result.statuses[200] = 1000;
  result.silence = {.begin_ns = 4'000'000'000, .length_ns = 1'000'000'000};
  result.threads.push_back({.busy_share = 0.43, .waiting_share = 0.01});
}

TEST(TextReport, IsRewrksLineByLine) {
  Result result;
  fill(result);
  result.failures.push_back({{FailureKind::closed, 0}, 3});
  EXPECT_EQ(round_heading(1, 8, "http://localhost:8080", "for 10 second(s)", {}),
            "Beginning round 1...\n"
            "Benchmarking 8 connections @ http://localhost:8080 for 10 second(s)\n");
  const std::string report = text_report(result, {.percentiles = true, .colours = false});
  EXPECT_TRUE(
      report.starts_with("  Latencies:\n"
                         "    Avg      Stdev    Min      Max      \n"
                         "    500.50ms  288.67ms  1.00ms   1000.00ms  \n"
                         "  Requests:\n"
                         "    Total:  1000   Req/Sec: 100.00 \n"
                         "  Transfer:\n"
                         "    Total: 95.70 KB Transfer Rate: 9.57 KB/Sec\n"
                         "+ --------------- + --------------- + --------------- +\n"
                         "|   Percentile    |   Avg Latency   |      Value      |\n"
                         "+ --------------- + --------------- + --------------- +\n"
                         "|      99.9%      |    1000.00ms    |    ~999.29ms    |\n"
                         "|       99%       |    995.50ms     |    990.38ms     |\n"
                         "|       95%       |    975.50ms     |    950.01ms     |\n"
                         "|       90%       |    950.50ms     |    900.20ms     |\n"
                         "|       75%       |    875.50ms     |    750.26ms     |\n"
                         "|       50%       |    750.50ms     |    500.17ms     |\n"
                         "+ --------------- + --------------- + --------------- +\n"
                         "\n"
                         "3 Errors: connection closed before the response\n"
                         "\n"))
      << report;
  EXPECT_TRUE(report.ends_with("\n\n")) << "one blank line ends a round";
}

TEST(TextReport, TellsWhatRewrkDoesNot) {
  Result result;
  fill(result);
  result.in_flight = 8;
  result.oldest_in_flight_ns = 2'500'000;
  const std::string report = text_report(result, {});
  for (const char* line : {"\nStatus: 200 1000x\n", "\nLongest silence: 1000.00ms at 4.00s\n",
                           "\nIn flight at the end: 8 (oldest 2.50ms)\n",
                           "\nGenerator: 43 % of a core in the busiest of 1 thread(s), not the limit\n"}) {
    EXPECT_NE(report.find(line), std::string::npos) << line << "is missing in\n" << report;
  }
  EXPECT_EQ(report.find("Percentile "), std::string::npos) << "the table is for --pct";
}

TEST(TextReport, WithoutASuccessSaysSo) {
  Result result;
  result.failures.push_back({{FailureKind::status, 500}, 12});
  EXPECT_TRUE(text_report(result, {.percentiles = true, .colours = false})
                  .starts_with("No requests completed successfully\n\n12 Errors: unexpected status 500\n\n"));
}

TEST(TextReport, WarnsOfAGeneratorThatWasTheLimit) {
  Result result;
  fill(result);
  result.threads.push_back({.busy_share = 0.99, .waiting_share = 0});
  EXPECT_NE(text_report(result, {}).find("it was the bottleneck"), std::string::npos);
}

TEST(TextReport, ColoursTheLabelsOnly) {
  Result result;
  fill(result);
  const std::string plain = text_report(result, {});
  std::string coloured = text_report(result, {.percentiles = false, .colours = true});
  EXPECT_NE(coloured.find("\x1b[33mAvg    \x1b[0m"), std::string::npos);
  for (size_t escape = coloured.find('\x1b'); escape != std::string::npos; escape = coloured.find('\x1b')) {
    coloured.erase(escape, coloured.find('m', escape) - escape + 1);
  }
  EXPECT_EQ(coloured, plain);
}

TEST(ByteCount, SwitchesUnitsAboveEachPower) {
  EXPECT_EQ(byte_count(1024), "1024.00 B");
  EXPECT_EQ(byte_count(1025), "1.00 KB");
  EXPECT_EQ(byte_count(1048577), "1.00 MB");
  EXPECT_EQ(byte_count(3.0 * 1024 * 1024 * 1024), "3.00 GB");
}

}  // namespace
}  // namespace shallop::loadgen
