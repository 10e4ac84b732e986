// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "cli/process.hpp"
#include "compare/results.hpp"
#include "support/temporary_directory.hpp"

namespace shallop::compare {
namespace {

using std::chrono::seconds;

// A service whose native form is the example, and what a test adds to it.
std::string plan_with(const std::string& variants, unsigned blocks = 2) {
  return "engines = [\"native\"]\nstarts = 1\nduration = \"200ms\"\nwarmup = \"0s\"\nblocks = " +
         std::to_string(blocks) +
         "\n[[service]]\nname = \"s\"\nnative = [\"" HTTP_SERVICE
         "\", \"{port}\"]\n[[load]]\npath = \"/\"\nconnections = 2\n" +
         variants;
}

std::string own_variant(const std::string& name, const std::string& command, bool optional = false) {
  return "[[variant]]\nname = \"" + name + "\"\ncommand = [" + command + "]\n" + (optional ? "optional = true\n" : "");
}

std::string other_server(const std::string& manner) {
  return "\"/usr/bin/python3\", \"" + (std::filesystem::current_path() / "tests/compare/other_server.py").string() +
         "\", \"{port}\", \"" + manner + "\"";
}

class CompareProgram : public testing::Test {
 protected:
  std::unique_ptr<cli::Process> start(const std::vector<std::string>& more = {}) {
    std::vector<std::string> command{SHALLOP_PROGRAM, "compare", directory_ / "plan.toml", "--out", directory_ / "out"};
    command.insert(command.end(), more.begin(), more.end());
    return std::make_unique<cli::Process>(command, ".", std::vector<std::string>{"PATH=" + path_});
  }
  // A program `docker` that runs the example without a container, and keeps a list of what it was told.
  void write_docker(const std::string& answer_to_version) {
    const std::string engines = directory_ / "engines";
    std::filesystem::create_directory(engines);
    directory_.write("engines/docker", "#!/bin/sh\ncd '" + directory_.path() + "'\n" +
                                           "echo \"$*\" >>told\n"
                                           "case $1 in\n"
                                           "version) " +
                                           answer_to_version +
                                           " ;;\n"
                                           "run) echo $$ >\"$6\"; for port; do :; done; exec " HTTP_SERVICE
                                           " \"$port\" ;;\n"
                                           "inspect) cat \"$4\" ;;\n"
                                           "esac\n");
    std::filesystem::permissions(engines + "/docker", std::filesystem::perms::owner_all);
    path_ = engines + ":/usr/bin:/bin";
  }
  size_t told(const std::string& beginning) const {
    std::ifstream file(directory_ / "told");
    size_t count = 0;
    for (std::string line; std::getline(file, line);) count += line.starts_with(beginning) ? 1 : 0;
    return count;
  }
  cli::Process::Ending run(const std::string& plan, const std::vector<std::string>& more = {}) {
    directory_.write("plan.toml", plan);
    return start(more)->wait(seconds(100));
  }
  Results results() const {
    auto read = read_results(directory_ / "out/report.json");
    EXPECT_TRUE(read) << read.error();
    return read ? *std::move(read) : Results{};
  }

  TemporaryDirectory directory_;
  std::string path_ = "/usr/bin:/bin";
};

TEST_F(CompareProgram, MeasuresEveryVariantInEveryBlock) {
  const auto ending = run(plan_with(own_variant("twin", "\"" HTTP_SERVICE "\", \"{port}\"")), {"--seed", "11"});
  EXPECT_EQ(ending.status, 0) << ending.err << ending.out;
  const Results all = results();
  EXPECT_TRUE(all.complete);
  EXPECT_EQ(all.seed, 11U);
  size_t counted = 0;
  for (const Measurement& each : all.runs) {
    counted += each.attempt == 0 ? 1 : 0;
    EXPECT_EQ(each.failure, "");
    EXPECT_GT(each.completed, 0U);
    EXPECT_GT(each.server_cpu_us_per_request, 0);
  }
  EXPECT_EQ(counted, 4U);
  EXPECT_EQ(all.variants.at(1).starts_ms.size(), 1U);
  EXPECT_GT(all.variants.at(1).peak_resident_kib, 100U);
  EXPECT_NE(ending.out.find("twin"), std::string::npos);
  for (const char* file : {"out/report.md", "out/report.html"}) {
    EXPECT_TRUE(std::filesystem::exists(directory_ / file)) << file;
  }
  cli::Process check(
      {"/usr/bin/python3", "tests/compare/check_report.py", "docs/compare.schema.json", directory_ / "out/report.json"},
      ".", {"PATH=/usr/bin:/bin"});
  const auto checked = check.wait(seconds(60));
  EXPECT_EQ(checked.status, 0) << checked.err;
}

TEST_F(CompareProgram, GoesOnWithTheRestWhenAVariantFails) {
  const auto ending =
      run(plan_with(own_variant("missing", "\"/nonexistent/server\"") +
                    own_variant("ends", "\"/bin/sh\", \"-c\", \"echo no luck; exit 4\"") +
                    own_variant("differs", other_server("other-body")) + own_variant("dies", other_server("dies"))));
  EXPECT_EQ(ending.status, 1);
  const Results all = results();
  EXPECT_EQ(all.variants.at(1).unavailable, "/nonexistent/server is missing or no program");
  EXPECT_EQ(all.variants.at(2).unavailable, "it did not start: it ended before it listened; its last words: no luck");
  EXPECT_EQ(all.variants.at(3).unavailable,
            "it answers / with another body than the first variant (24 bytes, 22 bytes)");
  bool has_died = false;
  for (const Measurement& each : all.runs) {
    if (each.variant != "dies") {
      EXPECT_EQ(each.failure, "") << each.variant;
      continue;
    }
    EXPECT_EQ(each.failure, "the server ended with status 3; its last words: I am out of answers");
    has_died = true;
  }
  EXPECT_TRUE(has_died);
  EXPECT_NE(ending.out.find("dies"), std::string::npos);
  EXPECT_NE(ending.err.find("not every row of the plan could be measured"), std::string::npos);
}

TEST_F(CompareProgram, AnOptionalVariantMayBeAway) {
  const auto ending = run(plan_with(own_variant("missing", "\"/nonexistent/server\"", true), 1));
  EXPECT_EQ(ending.status, 0) << ending.err;
}

#ifdef HTTP_SERVICE_STATIC
std::string plan_with_places(const std::string& places) {
  std::string plan = "places = " + places + "\n" + plan_with("");
  const std::string native = "native = [\"" HTTP_SERVICE "\", \"{port}\"]\n";
  return plan.insert(plan.find(native) + native.size(), "native_static = [\"" HTTP_SERVICE_STATIC "\", \"{port}\"]\n");
}

TEST_F(CompareProgram, MeasuresInContainersAndTakesThemAway) {
  write_docker("exit 0");
  const auto ending = run(plan_with_places("[\"bare\", \"docker-host\"]"));
  EXPECT_EQ(ending.status, 0) << ending.err << ending.out;
  const Results all = results();
  ASSERT_EQ(all.variants.size(), 2U);
  EXPECT_EQ(all.variants.at(1).name, "native, docker-host");
  EXPECT_EQ(all.variants.at(1).starts_ms.size(), 1U);
  EXPECT_GT(all.variants.at(1).artefact_bytes, 100'000U);
  EXPECT_NE(ending.out.find("in docker, host network"), std::string::npos) << ending.out;
  EXPECT_EQ(told("load "), 1U);
  EXPECT_EQ(told("rmi "), 1U);
  EXPECT_GE(told("run "), 4U);  // to look at it, to measure its start, in two blocks
  EXPECT_EQ(told("run "), told("rm "));
}

TEST_F(CompareProgram, AnEngineThatDoesNotAnswerIsSaidOnce) {
  write_docker("echo 'permission denied while asking dockerd' >&2; exit 1");
  const auto optional = run(plan_with_places("[\"bare\", \"docker?\"]"));
  EXPECT_EQ(optional.status, 0) << optional.err;
  EXPECT_NE(optional.out.find("Nothing was measured in docker, published port (optional): "), std::string::npos)
      << optional.out;
  EXPECT_NE(optional.out.find("permission denied while asking dockerd"), std::string::npos) << optional.out;
  EXPECT_EQ(told("run "), 0U);
  EXPECT_EQ(run(plan_with_places("[\"bare\", \"docker\"]")).status, 1);
}

TEST_F(CompareProgram, ContainersAndImagesAreGoneAfterAnInterruption) {
  write_docker("exit 0");
  directory_.write("plan.toml", plan_with_places("[\"docker-host\"]"));
  const auto process = start({"--blocks", "100"});
  for (int tries = 0; tries < 2000 && told("run ") < 3; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  process->send_signal(SIGINT);
  EXPECT_EQ(process->wait(seconds(60)).status, 130);
  EXPECT_EQ(told("run "), told("rm "));
  EXPECT_EQ(told("rmi "), 1U);
}
#endif

TEST_F(CompareProgram, AnInterruptedComparisonGoesOn) {
  directory_.write("plan.toml", plan_with("", 30));
  const auto process = start();
  for (int tries = 0; tries < 2000; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    const auto read = read_results(directory_ / "out/report.json");
    if (read && read->runs.size() >= 2) break;
  }
  process->send_signal(SIGINT);
  const auto ending = process->wait(seconds(60));
  EXPECT_EQ(ending.status, 130) << ending.err;
  EXPECT_NE(ending.err.find("--resume goes on"), std::string::npos) << ending.err;
  const Results before = results();
  EXPECT_FALSE(before.complete);
  ASSERT_GE(before.runs.size(), 2U);
  ASSERT_LT(before.runs.size(), 30U);

  const auto resumed = start({"--resume"})->wait(seconds(100));
  EXPECT_EQ(resumed.status, 0) << resumed.err;
  const Results after = results();
  EXPECT_TRUE(after.complete);
  EXPECT_EQ(after.seed, before.seed);
  EXPECT_EQ(after.runs.front().requests_per_s, before.runs.front().requests_per_s);
  EXPECT_GE(after.runs.size(), 30U);

  directory_.write("plan.toml", plan_with("", 31));
  const auto other = start({"--resume"})->wait(seconds(60));
  EXPECT_EQ(other.status, 1);
}

TEST_F(CompareProgram, TheGateFailsOnWhatIsGone) {
  ASSERT_EQ(run(plan_with(own_variant("twin", "\"" HTTP_SERVICE "\", \"{port}\""))).status, 0);
  std::filesystem::rename(directory_ / "out/report.json", directory_ / "old.json");
  const auto ending = run(plan_with(""), {"--baseline", directory_ / "old.json", "--max-regression", "99%"});
  EXPECT_EQ(ending.status, 1) << ending.out;
  EXPECT_NE(ending.out.find("twin"), std::string::npos) << ending.out;
  EXPECT_NE(ending.out.find("gone"), std::string::npos) << ending.out;
}

TEST_F(CompareProgram, ReportsAreMadeAgainFromTheResults) {
  ASSERT_EQ(run(plan_with("", 1)).status, 0);
  const std::string before = directory_.read("out/report.html");
  std::filesystem::remove(directory_ / "out/report.html");
  EXPECT_EQ(start({"--report"})->wait(seconds(30)).status, 0);
  EXPECT_EQ(directory_.read("out/report.html"), before);
}

}  // namespace
}  // namespace shallop::compare
