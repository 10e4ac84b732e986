// SPDX-License-Identifier: Apache-2.0
// Runs each program natively and as Wasm under each engine.
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/process.hpp"
#include "support/builds.hpp"
#include "support/temporary_directory.hpp"

namespace shallop {
namespace {

using Ending = cli::Process::Ending;

class Programs : public testing::TestWithParam<Build> {
 protected:
  // A shell command that starts the program; `options` are for `shallop run`.
  static std::string start(const std::string& program, const std::string& options = "") {
    if (GetParam() == Build::native) return NATIVE_PROGRAMS "/wasi_" + program;
    std::string command = SHALLOP_PROGRAM " run ";
    for (const std::string& each : engine_options(GetParam())) command += each + ' ';
    return command + options + " " WASM_PROGRAMS "/wasi_" + program + ".wasm";
  }
  // The program gets the variables natively by the environment, as Wasm by options.
  Ending run(const std::string& script, const std::vector<std::string>& environment = {}) const {
    return cli::Process({"/bin/sh", "-c", script}, directory_.path(), with_test_cache(environment)).wait();
  }

  TemporaryDirectory directory_;
};

INSTANTIATE_TEST_SUITE_P(Builds, Programs, testing::ValuesIn(all_builds()), build_name);

TEST_P(Programs, Files) {
  std::filesystem::create_directory(directory_ / "work");
  const auto [out, err, status] = run(start("files", "--dir work") + " work");
  EXPECT_EQ(out, "all checks passed\n");
  EXPECT_EQ(err, "");
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "work"));
}

TEST_P(Programs, ArgumentsEnvironmentAndStreams) {
  const auto [out, err, status] =
      run("printf 'one\\ntwo\\n' | " + start("process", "--env GREETING=hello") + " 7 '' 'a b'", {"GREETING=hello"});
  EXPECT_EQ(out,
            "argument 1: [7]\nargument 2: []\nargument 3: [a b]\nGREETING: [hello]\nHOME: [(none)]\nterminal: 000\n"
            "input: one\ninput: two\n");
  EXPECT_EQ(err, "on standard error\n");
  EXPECT_EQ(status, 7);
}

TEST_P(Programs, StandardInputFromAFile) {
  directory_.write("input", "from a file\n");
  const auto [out, err, status] = run(start("process") + " 0 < input");
  EXPECT_NE(out.find("input: from a file\n"), std::string::npos) << out << err;
  EXPECT_EQ(status, 0);
}

TEST_P(Programs, ATerminalIsOne) {
  // script(1) gives the program a terminal of its own.
  if (std::system("command -v script >/dev/null") != 0) GTEST_SKIP() << "script(1) is not installed";
  const auto [out, err, status] = run("script -qec '" + start("process") + " 0 < /dev/tty' /dev/null < /dev/null");
  EXPECT_NE(out.find("terminal: 111"), std::string::npos) << out << err;
}

TEST_P(Programs, Waiting) {
  directory_.write("file", "x");
  // A pipe that somebody could still write to, for as long as it takes.
  const auto [out, err, status] =
      run("mkfifo in && exec 3<>in && printf 12345 >&3 && " + start("waiting", "--dir .") + " file < in");
  EXPECT_EQ(out, "all checks passed\n");
  EXPECT_EQ(err, "");
  EXPECT_EQ(status, 0);
}

// A reader that goes away is an error of write(2) for the guest, and for nobody a SIGPIPE.
TEST_P(Programs, AClosedPipeDoesNotKillTheRuntime) {
  if (GetParam() == Build::native) GTEST_SKIP() << "native programs take the signal";
  const auto [out, err, status] = run("sleep 0.3 | { " + start("process") + " 5; echo \"status $?\" >&2; } | true");
  EXPECT_NE(err.find("status 5"), std::string::npos) << err;
}

}  // namespace
}  // namespace shallop
