// SPDX-License-Identifier: Apache-2.0
// Each script of the official suites is one case for each engine. What is expected to fail stands in
// expected-failures.txt.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>

#include "aot/engine.hpp"
#ifdef SHALLOP_HAS_COMPILER
#include "aot/compiler/compile.hpp"
#endif
#include "interpreter/engine.hpp"
#include "spec/expected_failures.hpp"
#include "spec/script_runner.hpp"
#include "spec/suites.hpp"

namespace shallop::spec {

// How GoogleTest prints parameters.
static void PrintTo(const Script& script, std::ostream* out) { *out << script.name; }
static void PrintTo(const EngineUnderTest& engine, std::ostream* out) { *out << engine.name; }

namespace {

#ifdef SHALLOP_HAS_COMPILER
// -O1 is enough to show what the code means, and takes half the time.
template <bool guarded_memory>
std::shared_ptr<const Code> compile_and_prepare(std::shared_ptr<const ValidatedModule> module) {
  const aot::NativeImage image =
      aot::compile(*module, {.optimization = 1, .guarded_memory = guarded_memory, .threads = 1, .progress = {}});
  return aot::prepare(std::move(module), view(image));
}
#endif

const EngineUnderTest engines[] = {
    {.name = "interpreter", .prepare = interpreter::prepare, .memory = {}},
    {.name = "interpreter_checked", .prepare = interpreter::prepare, .memory = {.reserve = false}},
#ifdef SHALLOP_HAS_COMPILER
    {.name = "native", .prepare = compile_and_prepare<true>, .memory = {}},
#if !__has_feature(address_sanitizer)
    // Sanitizers see the compiler and the runtime, not what is compiled: one kind of memory shows them all there is.
    {.name = "native_checked", .prepare = compile_and_prepare<false>, .memory = {.reserve = false}},
#endif
#endif
};

// The proposal's scripts are those of 2.0 where it changed something, and new ones.
Features wasm2_with(Feature feature) {
  Features features = Features::wasm2();
  features.add(feature);
  return features;
}

struct Folder {
  const char* name;
  Features features;
};
const Folder folders[] = {
    {"wasm2/core", Features::wasm2()},
    {"wasm2/simd", Features::wasm2()},
    {"proposals/threads", wasm2_with(Feature::threads)},
    {"wasm3/core", Features::all()},
    {"wasm3/simd", Features::all()},
    {"wasm3/bulk-memory", Features::all()},
    {"wasm3/multi-memory", Features::all()},
    {"wasm3/exceptions", Features::all()},
};

std::vector<Script> all_scripts() {
  std::vector<Script> scripts;
  for (const auto& [name, features] : folders) {
    std::ranges::move(list_scripts(name, features), std::back_inserter(scripts));
  }
  return scripts;
}

const std::map<std::string, ExpectedFailures>& expected_failures() {
  static const auto all = [] {
    std::ifstream file("tests/spec/expected-failures.txt");
    if (!file) throw std::runtime_error("no tests/spec/expected-failures.txt: run from the top of the repository");
    return parse_expected_failures(file);
  }();
  return all;
}

const ExpectedFailures& expected_failures_of(const std::string& script) {
  static const ExpectedFailures none;
  const auto found = expected_failures().find(script);
  return found == expected_failures().end() ? none : found->second;
}

std::string describe_skipped(const std::map<std::string, int>& skipped) {
  if (skipped.empty()) return " 0";
  std::string described;
  for (const auto& [reason, count] : skipped) described += fmt::format(" {} ({})", count, reason);
  return described;
}

// A line for each folder when all scripts of a program run have ended; tools/official_suite_totals.awk reads it.
class Totals : public testing::Environment {
 public:
  struct Counts {
    size_t passed = 0;
    size_t failed = 0;
    size_t expected = 0;
    std::map<std::string, int> skipped;  // by reason
  };

  Counts& of(const Script& script) { return counts_[script.name.substr(0, script.name.rfind('/'))]; }

  void TearDown() override {
    for (const auto& [folder, counts] : counts_) {
      std::cout << fmt::format("official suite {}: {} passed, {} failed, {} failed as expected, skipped:{}\n", folder,
                               counts.passed, counts.failed, counts.expected, describe_skipped(counts.skipped));
    }
  }

 private:
  std::map<std::string, Counts> counts_;
};
Totals& totals = static_cast<Totals&>(*testing::AddGlobalTestEnvironment(new Totals));

class OfficialSuite : public testing::TestWithParam<std::tuple<EngineUnderTest, Script>> {};

TEST_P(OfficialSuite, Script) {
  const auto& [engine, script] = GetParam();
  const Report report = run_script(script, engine);
  ExpectedFailures unseen = expected_failures_of(script.name);
  size_t failed = 0;
  for (const Failure& failure : report.failures) {
    if (unseen.erase(failure.line) != 0) continue;
    ++failed;
    ADD_FAILURE() << fmt::format("{}:{}: {}", script.name, failure.line, failure.message);
  }
  for (const auto& [line, reason] : unseen) {
    ADD_FAILURE() << fmt::format("{}:{} passes: take it out of expected-failures.txt ({})", script.name, line, reason);
  }
  for (const std::string& file : report.rewritten) {
    std::cout << fmt::format("official suite {}: {} ran with its typed function references as funcref\n", script.name,
                             file);
  }
  Totals::Counts& counts = totals.of(script);
  counts.passed += static_cast<size_t>(report.passed);
  counts.expected += report.failures.size() - failed;
  counts.failed += failed;
  for (const auto& [reason, count] : report.skipped) counts.skipped[reason] += count;
  if (report.passed > 0 || !report.failures.empty()) return;
  ASSERT_FALSE(report.skipped.empty()) << "a script without commands tests nothing";
  GTEST_SKIP() << "nothing of it runs, skipped:" << describe_skipped(report.skipped);
}

std::string case_name(const testing::TestParamInfo<OfficialSuite::ParamType>& info) {
  std::string name = std::get<0>(info.param).name + "_" + std::get<1>(info.param).name;
  std::ranges::replace_if(name, [](unsigned char each) { return std::isalnum(each) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Wasm, OfficialSuite,
                         testing::Combine(testing::ValuesIn(engines), testing::ValuesIn(all_scripts())), case_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(OfficialSuite);

TEST(OfficialSuites, AreThere) {
  std::set<std::string> names;
  for (const Script& each : all_scripts()) names.insert(each.name);
  if (!names.empty()) {
    for (const std::string& unknown : unknown_scripts(expected_failures(), names)) {
      ADD_FAILURE() << unknown << " of expected-failures.txt is no script of the official suites";
    }
    return;
  }
  GTEST_SKIP() << "THE OFFICIAL SUITES ARE NOT AT " << suites_folder().string()
               << ": nothing of them is tested. Set SHALLOP_SUITES (docs/testing.md).";
}

}  // namespace
}  // namespace shallop::spec
