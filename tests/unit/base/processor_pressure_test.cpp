// SPDX-License-Identifier: Apache-2.0
#include "base/processor_pressure.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include "support/temporary_directory.hpp"

namespace shallop {
namespace {

using namespace std::chrono_literals;

class ProcessorPressureTest : public testing::Test {
 protected:
  std::string path() const { return directory_ / "cpu"; }
  void write(std::string_view text) const { directory_.write("cpu", text); }

  TemporaryDirectory directory_;
};

TEST_F(ProcessorPressureTest, IsThatOfTheLastTenSeconds) {
  write("some avg10=37.50 avg60=0.87 avg300=0.73 total=1071070791\nfull avg10=99.00 avg60=0.00 avg300=0.00 total=0\n");
  EXPECT_DOUBLE_EQ(ProcessorPressure(path()).share(), 0.375);
}

TEST_F(ProcessorPressureTest, IsThatSinceTheFirstCallWhereItIsMore) {
  write("some avg10=1.00 avg60=0.00 avg300=0.00 total=1000\n");
  ProcessorPressure pressure(path());
  EXPECT_DOUBLE_EQ(pressure.share(), 0.01);
  std::this_thread::sleep_for(1ms);
  write("some avg10=1.00 avg60=0.00 avg300=0.00 total=9000001000\n");  // hours in a moment
  EXPECT_DOUBLE_EQ(pressure.share(), 1);
}

TEST_F(ProcessorPressureTest, IsNoneWhereTheKernelDoesNotTell) {
  EXPECT_EQ(ProcessorPressure(path()).share(), 0);
  for (const char* text : {"", "some", "full avg10=99.00 total=1\n", "some avg10=x total=1\n", "some avg10=99.00\n",
                           "some avg10=99.00 total=99999999999999999999999\n"}) {
    write(text);
    EXPECT_EQ(ProcessorPressure(path()).share(), 0) << text;
  }
  EXPECT_EQ(ProcessorPressure(directory_.path()).share(), 0);
}

TEST_F(ProcessorPressureTest, OfThisMachineIsAShare) {
  const double share = ProcessorPressure().share();
  EXPECT_GE(share, 0);
  EXPECT_LE(share, 1);
}

}  // namespace
}  // namespace shallop
