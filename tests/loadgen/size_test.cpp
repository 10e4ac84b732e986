// SPDX-License-Identifier: Apache-2.0
// Many connections, and little memory.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <thread>

#include "loadgen/bench_program.hpp"
#include "loadgen/truth_server.hpp"

namespace shallop::loadgen {
namespace {

uint64_t peak_resident_kib(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string word; file >> word;) {
    uint64_t kib = 0;
    if (word == "VmHWM:" && file >> kib) return kib;
  }
  return 0;
}

TEST(Size, TenThousandConnectionsMakeNoErrors) {
  constexpr rlim_t needed = 10'100;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < needed) GTEST_SKIP() << "the hard limit of descriptors is " << limit.rlim_max;
  limit.rlim_cur = std::max(limit.rlim_cur, needed);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);

  TruthServer server([](uint64_t) { return Reply{}; });
  const BenchRun run = bench_json("-c 10000 -t 2 -d 3s --connect-timeout 20s -h " + server.url());
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.total_errors(), 0U);
  EXPECT_EQ(run.details().at("connections").at("at_start"), 10'000);
  EXPECT_EQ(server.connections(), 10'000U);
  EXPECT_GE(run.completed(), 10'000U);
}

TEST(Size, MemoryStaysBelowEightMebibytes) {
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "AddressSanitizer keeps books of its own in memory";
#endif
  TruthServer server([](uint64_t) { return Reply{}; });
  const auto process = start_bench("-c 512 -n 40000 --json --quiet -h " + server.url());
  while (server.requests() < 20'000) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const uint64_t peak_kib = peak_resident_kib(process->id());
  const BenchRun run = finish_bench(*process);
  EXPECT_EQ(run.total_errors(), 0U) << run.out;
  EXPECT_GT(peak_kib, 0U);
  EXPECT_LE(peak_kib, 8192U);
}

}  // namespace
}  // namespace shallop::loadgen
