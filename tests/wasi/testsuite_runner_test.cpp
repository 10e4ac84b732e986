// SPDX-License-Identifier: Apache-2.0
// tools/wasi_testsuite.py, which runs the official suite, on suites of the same form: what passes, what fails, what is
// told.
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/process.hpp"
#include "support/builds.hpp"
#include "support/temporary_directory.hpp"

namespace shallop {
namespace {

namespace fs = std::filesystem;

class TestsuiteRunner : public testing::Test {
 protected:
  // A program of the suite in `folder`, and what its .json says, unless that is empty.
  void add(const std::string& folder, const std::string& name, const std::string& json) {
    fs::create_directories(checkout_ / folder);
    fs::copy_file(WASM_PROGRAMS "/wasi_subject.wasm", checkout_ / (folder + "/" + name + ".wasm"));
    if (!json.empty()) checkout_.write(folder + "/" + name + ".json", json);
  }
  cli::Process::Ending run(std::vector<std::string> arguments = {}) {
    std::vector<std::string> command{"/usr/bin/env", "python3",       fs::absolute("tools/wasi_testsuite.py"),
                                     "--shallop",    SHALLOP_PROGRAM, checkout_.path()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return cli::Process(command, "/", with_test_cache({"PATH=/usr/local/bin:/usr/bin:/bin"})).wait();
  }

  TemporaryDirectory checkout_;
};

constexpr const char* c_folder = "tests/c/testsuite/wasm32-wasip1";

TEST_F(TestsuiteRunner, RunsEachProgramAsItsSpecificationSays) {
  add(c_folder, "bare", "");
  add(c_folder, "ends", R"({"args": ["exit", "33"], "exit_code": 33})");
  add(c_folder, "tells",
      R"({"args": ["tell", "a \"b\"", ""], "env": {"X": "1", "Y": "z z"}, "stdout": "[a \"b\"]\n[]\nX=1\nY=z z\n"})");
  add(c_folder, "complains", R"({"args": ["complain"], "stderr": "told so\n", "stdout": "", "wasi_functions": []})");
  // Those of other targets and proposals are none of ours.
  add("tests/c/testsuite/wasm32-wasip3", "other", "");
  // The form of operations.
  add("tests/rust/testsuite/wasm32-wasip1", "operates",
      R"({"operations": [{"type": "run", "args": ["tell", "x"], "env": {"A": "b"}},
                         {"type": "read", "id": "stdout", "payload": "[x]\n"},
                         {"type": "read", "payload": "A=b\n"}, {"type": "wait", "exit_code": 0}]})");
  add("tests/rust/testsuite/wasm32-wasip1", "reads",
      R"({"operations": [{"type": "run", "args": ["read"]}, {"type": "write", "id": "stdin", "payload": "abc"},
                         {"type": "read", "payload": "abc"}, {"type": "wait"}]})");
  // Older checkouts have no folder of the target.
  add("tests/assemblyscript/testsuite", "old", R"({"args": ["exit", "1"], "exit_code": 1})");
  const auto [out, err, status] = run();
  EXPECT_EQ(out,
            "pass  assemblyscript/old\npass  c/bare\npass  c/complains\npass  c/ends\npass  c/tells\n"
            "pass  rust/operates\npass  rust/reads\n7 passed, 0 failed, 0 skipped\n");
  EXPECT_EQ(err, "");
  EXPECT_EQ(status, 0);
}

TEST_F(TestsuiteRunner, EveryProgramGetsItsFoldersFresh) {
  for (const std::string name : {"one", "two"}) {
    add(c_folder, name, R"({"args": ["change", "fs-tests.dir"], "dirs": ["fs-tests.dir"]})");
    add(c_folder, name + "-root", R"({"args": ["change", "/"], "root": "fs-tests.dir"})");
  }
  const std::string folder = std::string(c_folder) + "/fs-tests.dir/";
  fs::create_directory(checkout_ / folder);
  checkout_.write(folder + "data", "fresh\n");
  checkout_.write(folder + "made.cleanup", "left over");
  add(c_folder, "empty", R"({"args": ["tell"], "dirs": ["not-in-git.dir"]})");
  const auto [out, err, status] = run();
  EXPECT_NE(out.find("5 passed, 0 failed, 0 skipped\n"), std::string::npos) << out << err;
  EXPECT_EQ(status, 0);
  EXPECT_EQ(checkout_.read(folder + "data"), "fresh\n");
  EXPECT_EQ(checkout_.read(folder + "made.cleanup"), "left over");
}

TEST_F(TestsuiteRunner, TellsWhatIsOtherThanSpecified) {
  add(c_folder, "code", R"({"args": ["exit", "3"], "exit_code": 4})");
  add(c_folder, "failing", R"({"args": ["change", "fs-tests.dir"], "dirs": ["fs-tests.dir"]})");
  add(c_folder, "output", R"({"args": ["tell", "x"], "stdout": "[y]\n"})");
  add(c_folder, "stderr", R"({"args": ["complain"], "stderr": ""})");
  add(c_folder, "success", R"({"args": ["exit", "0"], "exit_code": 1})");
  add(c_folder, "trapped", R"({"args": ["trap"]})");
  const auto [out, err, status] = run();
  for (const char* line :
       {"FAIL  c/code: exit status 3, not 4\n", "FAIL  c/failing: exit status 3, not 0\n",
        "FAIL  c/output: stdout is '[x]\\n', not '[y]\\n'\n", "FAIL  c/stderr: stderr is 'told so\\n', not ''\n",
        "      | told so\n", "FAIL  c/success: exit status 0, not 1\n", "FAIL  c/trapped: exit status 134, not 0\n",
        "0 passed, 6 failed, 0 skipped\n"}) {
    EXPECT_NE(out.find(line), std::string::npos) << line << "is not in\n" << out << err;
  }
  EXPECT_EQ(status, 1);
}

TEST_F(TestsuiteRunner, AProgramThatDoesNotEndFails) {
  add(c_folder, "endless", R"({"args": ["spin"]})");
  add(c_folder, "fine", "");
  const auto [out, err, status] = run({"--timeout", "0.5"});
  EXPECT_EQ(out, "FAIL  c/endless: it did not end within 0.5 s\npass  c/fine\n1 passed, 1 failed, 0 skipped\n");
  EXPECT_EQ(status, 1);
}

TEST_F(TestsuiteRunner, WhatItCannotDoItSkipsAndSaysWhy) {
  add(c_folder, "a", R"({"operations": [{"type": "run"}, {"type": "request", "method": "GET", "path": "/"}]})");
  add(c_folder, "b", R"({"magic": true})");
  add(c_folder, "c", R"({"args": [)");
  add(c_folder, "d", R"({"dirs": ["../.."]})");
  add(c_folder, "e", R"({"proposals": ["http"]})");
  const auto [out, err, status] = run();
  for (const char* part :
       {"skip  c/a: its .json asks for the operation 'request'", "skip  c/b: its .json has the key 'magic'",
        "skip  c/c: its .json is none", "skip  c/d: its folder '../..' is none beside it",
        "skip  c/e: it is for a proposal", "0 passed, 0 failed, 5 skipped\n"}) {
    EXPECT_NE(out.find(part), std::string::npos) << part << " is not in\n" << out << err;
  }
}

TEST_F(TestsuiteRunner, NamesChooseAmongThePrograms) {
  add(c_folder, "path_open", "");
  add(c_folder, "path_link", "");
  add("tests/rust/testsuite", "fd_read", "");
  EXPECT_EQ(run({"open", "rust/"}).out, "pass  c/path_open\npass  rust/fd_read\n2 passed, 0 failed, 0 skipped\n");
}

TEST_F(TestsuiteRunner, AFolderOfProgramsWillDo) {
  add(".", "alone", R"({"args": ["exit", "0"]})");
  EXPECT_NE(run().out.find("/alone\n1 passed, 0 failed, 0 skipped\n"), std::string::npos);
}

// The whole of what a user types, with a folder as it is called from where the user stands.
TEST_F(TestsuiteRunner, IsStartedByDev) {
  const fs::path release = fs::absolute("build/release/bin/shallop");
  if (fs::path(SHALLOP_PROGRAM) != release) GTEST_SKIP() << "./dev builds and runs the preset release";
  add("tests/c/testsuite", "ends", R"({"args": ["exit", "33"], "exit_code": 33})");
  add("tests/rust/testsuite", "tells", R"({"args": ["tell", "x"], "stdout": "[x]\n"})");
  for (const std::string folder : {"tests/c/testsuite", "tests/rust/testsuite"}) {
    checkout_.write(folder + "/manifest.json", R"({"name": "WASI tests"})");
  }
  const fs::path checkout = checkout_.path();
  const std::vector<std::string> command{
      "/bin/bash", fs::absolute("dev"), "test", "wasi-testsuite", checkout.filename(), "ends", "rust/"};
  cli::Process process(command, checkout.parent_path(), {"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"});
  const auto [out, err, status] = process.wait(std::chrono::seconds(100));
  EXPECT_TRUE(out.ends_with("pass  c/ends\npass  rust/tells\n2 passed, 0 failed, 0 skipped\n")) << out << err;
  EXPECT_EQ(status, 0);
}

TEST_F(TestsuiteRunner, SaysWhereProgramsAreToBeHad) {
  fs::create_directories(checkout_ / c_folder);
  const auto [out, err, status] = run();
  EXPECT_EQ(out, "");
  EXPECT_NE(err.find("holds no compiled programs"), std::string::npos) << err;
  EXPECT_EQ(status, 1);
}

#ifdef SHALLOP_HAS_COMPILER
TEST_F(TestsuiteRunner, RunsThemAsNativeCodeToo) {
  add(c_folder, "tells", R"({"args": ["tell", "a"], "env": {"X": "1"}, "stdout": "[a]\nX=1\n"})");
  const auto [out, err, status] = run({"--engine", "native"});
  EXPECT_EQ(out, "pass  c/tells\n1 passed, 0 failed, 0 skipped\n");
  EXPECT_EQ(err, "");
  EXPECT_EQ(status, 0);
}
#endif

}  // namespace
}  // namespace shallop
