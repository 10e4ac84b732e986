// SPDX-License-Identifier: Apache-2.0
// What `shallop bench` prints and writes, read by programs that know nothing of it.
#include <gtest/gtest.h>

#include <fstream>

#include "loadgen/bench_program.hpp"
#include "loadgen/truth_server.hpp"
#include "support/temporary_directory.hpp"

namespace shallop::loadgen {
namespace {

using std::chrono::milliseconds;

Reply some_delays(uint64_t number) {
  return {number % 50 == 7 ? Act::fail : Act::answer, milliseconds(number % 10 == 0 ? 3 : 0)};
}

// What a script said, or an empty text when it failed.
std::string output_of(const std::vector<std::string>& command) {
  cli::Process process(command, ".", {"PATH=/usr/bin:/bin", "HOME=/"});
  const auto [out, err, status] = process.wait();
  EXPECT_EQ(status, 0) << out << err;
  return status == 0 ? out : "";
}

TEST(Reports, TextIsReadByAParserOfRewrksLayout) {
  TruthServer server(some_delays);
  const TemporaryDirectory directory;
  const std::string json = directory.path() + "/report.json";
  const BenchRun run = bench("-c 4 -t 2 -n 500 -r 2 --pct --quiet -o " + json + " -h " + server.url());
  EXPECT_EQ(run.status, 1);
  const std::string text = directory.path() + "/report.txt";
  std::ofstream(text) << run.out;
  EXPECT_EQ(output_of({"/usr/bin/python3", "tests/loadgen/read_rewrk_report.py", text, json}), "2 rounds read\n");
}

TEST(Reports, JsonFollowsItsSchemaAndItsHistogramsDecode) {
  TruthServer server(some_delays);
  const TemporaryDirectory directory;
  const std::string json = directory.path() + "/report.json";
  const std::string log = directory.path() + "/times.hlog";
  const std::string load = "-c 4 -n 500 --quiet -o " + json + " --histogram " + log + " -h " + server.url();
  for (const char* more : {"", " -r 2", " --rate 2000"}) {
    bench(load + more);
    EXPECT_NE(output_of({"/usr/bin/python3", "tests/loadgen/check_json.py", "docs/bench.schema.json", json, log}), "")
        << more;
  }
}

TEST(Reports, JsonFollowsItsSchemaWhenNothingWasAnswered) {
  const TemporaryDirectory directory;
  const std::string json = directory.path() + "/report.json";
  EXPECT_EQ(bench("-c 2 -d 100ms --quiet -h http://127.0.0.1:1 -o " + json).status, 1);
  EXPECT_EQ(output_of({"/usr/bin/python3", "tests/loadgen/check_json.py", "docs/bench.schema.json", json}),
            "1 rounds checked\n");
  std::string line;
  std::ifstream file(json);
  std::getline(file, line);
  EXPECT_EQ(nlohmann::json::parse(line).at("latency_avg"), nullptr) << "as rewrk has it";
}

TEST(Reports, PercentileTextIsWrittenForHgrm) {
  TruthServer server(some_delays);
  const TemporaryDirectory directory;
  bench("-c 1 -n 50 --quiet --histogram " + directory.path() + "/times.hgrm -h " + server.url());
  std::string line;
  std::ifstream file(directory.path() + "/times.hgrm");
  std::getline(file, line);
  EXPECT_EQ(line, "       Value     Percentile TotalCount 1/(1-Percentile)");
}

TEST(Reports, TheTerminalShowsHowItGoesAndIsLeftClean) {
  TruthServer server([](uint64_t) { return Reply{Act::answer, milliseconds(1)}; });
  EXPECT_EQ(output_of({"/usr/bin/python3", "tests/loadgen/check_live_view.py", SHALLOP_PROGRAM, server.url()}),
            "seen\n");
}

TEST(Reports, PlainLinesAppearWhereNoTerminalIs) {
  TruthServer server([](uint64_t) { return Reply{Act::answer, milliseconds(1)}; });
  const BenchRun run = bench("-c 1 -d 5500ms -h " + server.url());
  EXPECT_TRUE(run.err.starts_with("5s  ")) << run.err;
  EXPECT_NE(run.err.find(" req/s  p50 "), std::string::npos) << run.err;
  EXPECT_EQ(run.err.find('\x1b'), std::string::npos) << run.err;
  EXPECT_EQ(run.out.find('\x1b'), std::string::npos) << run.out;
}

TEST(Reports, AnInterruptedRunStillReports) {
  TruthServer server([](uint64_t) { return Reply{Act::answer, milliseconds(1)}; });
  const auto process = start_bench("-c 2 -t 2 -d 60s -r 3 --json --quiet -h " + server.url());
  while (server.requests() < 100) std::this_thread::sleep_for(milliseconds(5));
  process->send_signal(SIGINT);
  const BenchRun run = finish_bench(*process);
  EXPECT_EQ(run.status, 130) << run.err;
  EXPECT_EQ(run.details().at("ending"), "interrupted");
  EXPECT_GE(run.completed(), 90U);
  EXPECT_EQ(run.details().at("round"), 1) << "no further round begins";
}

}  // namespace
}  // namespace shallop::loadgen
