// SPDX-License-Identifier: Apache-2.0
// What HdrHistogram's tools would read. tests/loadgen/check_hdr_log.py decodes a log independently.
#include "loadgen/histogram_export.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace shallop::loadgen {
namespace {

TEST(HistogramExport, PercentileTextHasHdrHistogramsColumns) {
  Histogram histogram;
  for (int i = 1; i <= 1000; ++i) histogram.record(i * int64_t{1'000'000});
  std::istringstream lines(percentile_text(histogram));
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "       Value     Percentile TotalCount 1/(1-Percentile)");
  std::getline(lines, line);
  EXPECT_EQ(line, "");

  double value = 0;
  double share = 0;
  double previous_share = -1;
  uint64_t count = 0;
  size_t rows = 0;
  while (std::getline(lines, line) && !line.starts_with('#')) {
    std::istringstream row(line);
    ASSERT_TRUE(row >> value >> share >> count) << line;
    EXPECT_GT(share, previous_share);
    EXPECT_GE(static_cast<double>(count), share * 1000 - 1e-9);
    EXPECT_NEAR(value, static_cast<double>(count), static_cast<double>(count) * 1e-3) << "the n-th time is n ms";
    previous_share = share;
    ++rows;
  }
  EXPECT_GT(rows, 40U);
  EXPECT_EQ(share, 1.0);
  EXPECT_EQ(count, 1000U);
  EXPECT_TRUE(line.starts_with("#[Mean    =   500.500000,")) << line;
  std::getline(lines, line);
  EXPECT_EQ(line, "#[Max     =  1000.000000, Total count    =         1000]");
}

TEST(HistogramExport, AnEmptyHistogramHasItsFootAndNoRows) {
  EXPECT_TRUE(percentile_text(Histogram())
                  .starts_with("       Value     Percentile TotalCount 1/(1-Percentile)\n\n#[Mean    =     0.000000,"));
}

TEST(HistogramExport, TheLogHoldsTheEncodingThatItsReadersKnow) {
  Histogram histogram;
  histogram.record(2'500'000);
  const std::string log = histogram_log(histogram, 1000, 15);
  EXPECT_TRUE(log.starts_with("#[Histogram log format version 1.3]\n")) << log;
  EXPECT_NE(log.find("\n1000.000,15.000,2.500,HISTFAAAA"), std::string::npos) << log;
}

}  // namespace
}  // namespace shallop::loadgen
