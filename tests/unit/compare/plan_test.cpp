// SPDX-License-Identifier: Apache-2.0
#include "compare/plan.hpp"

#include <gtest/gtest.h>

namespace shallop::compare {
namespace {

constexpr const char* whole = R"(
title = "Two of them"
blocks = 4
starts = 0
duration = "1.5s"
warmup = "250ms"
margin = "2.5%"
seed = 9
engines = ["native", "wasmtime?"]
places = ["bare", "docker-host?"]
budget = "2m"
[[service]]
name = "echo"
native = ["bin/echo", "{port}"]
native_static = ["bin/echo_static", "{port}"]
module = "/opt/echo.wasm"
arguments = ["--port={port}"]
[[load]]
path = "/heavy"
connections = 64
any_body = true
places = ["bare", "docker-host"]
[[variant]]
name = "nginx"
command = ["nginx", "-c", "n.conf"]
optional = true
)";

std::string error_of(const std::string& text) {
  const auto plan = parse_plan(text, "p.toml", "/folder");
  return plan ? "" : plan.error();
}

TEST(Plan, IsReadWhole) {
  const auto plan = parse_plan(whole, "p.toml", "/folder");
  ASSERT_TRUE(plan) << plan.error();
  EXPECT_EQ(plan->title, "Two of them");
  EXPECT_EQ(plan->blocks, 4U);
  EXPECT_EQ(plan->starts, 0U);
  EXPECT_EQ(plan->duration_ns, 1'500'000'000);
  EXPECT_EQ(plan->warmup_ns, 250'000'000);
  EXPECT_DOUBLE_EQ(plan->margin, 0.025);
  EXPECT_EQ(plan->seed, 9U);
  ASSERT_EQ(plan->engines.size(), 2U);
  EXPECT_FALSE(plan->engines[0].optional);
  EXPECT_EQ(plan->engines[1].name, "wasmtime");
  EXPECT_TRUE(plan->engines[1].optional);
  ASSERT_EQ(plan->services.size(), 1U);
  EXPECT_EQ(plan->services[0].native, (Command{"/folder/bin/echo", "{port}"}));
  EXPECT_EQ(plan->services[0].native_static.front(), "/folder/bin/echo_static");
  EXPECT_EQ(plan->services[0].module, "/opt/echo.wasm");
  EXPECT_EQ(plan->budget_ns, 120'000'000'000);
  ASSERT_EQ(plan->places.size(), 2U);
  EXPECT_TRUE(plan->places[1].optional);
  EXPECT_TRUE(plan->loads[0].is_for("bare"));
  EXPECT_FALSE(plan->loads[0].is_for("podman"));
  ASSERT_EQ(plan->loads.size(), 1U);
  EXPECT_EQ(plan->loads[0].name(), "/heavy, 64 connections");
  EXPECT_TRUE(plan->loads[0].any_body);
  ASSERT_EQ(plan->own_variants.size(), 1U);
  EXPECT_EQ(plan->own_variants[0].command.front(), "nginx");
  EXPECT_EQ(plan->own_variants[0].service, "echo");
}

TEST(Plan, TheBuiltInOneIsOfTheExampleService) {
  const Plan plan = default_plan("/b/bin");
  ASSERT_EQ(plan.services.size(), 1U);
  EXPECT_EQ(plan.services[0].native.front(), "/b/examples/http_service");
  EXPECT_EQ(plan.loads.size(), 3U);
  EXPECT_EQ(plan.engines.front().name, "native");
}

TEST(Plan, RefusesWhatItDoesNotKnow) {
  const std::string text(whole);
  EXPECT_EQ(
      error_of("blocks = 1\nblokcs = 2\n"),
      "p.toml: line 2: a plan has no key 'blokcs'; its keys: title, blocks, starts, duration, warmup, budget, margin, "
      "seed, engines, places, service, load, variant");
  EXPECT_EQ(error_of("engines = [\"v8\"]\n"),
            "p.toml: line 1: engines has 'v8', which is none of native, shallop-interpreter, shallop-native, "
            "wasmedge-interpreter, wasmedge-aot, wasmtime");
  EXPECT_EQ(error_of(text + "\n[[load]]\nurl = \"/\"\n"),
            "p.toml: line 29: a load has no key 'url'; its keys: path, connections, any_body, places");
}

TEST(Plan, RefusesPlacesAndLoadsThatDoNotMeet) {
  EXPECT_EQ(error_of("places = [\"moon\"]\n"),
            "p.toml: line 1: places has 'moon', which is none of bare, docker, docker-host, podman, podman-host, "
            "containerd-host");
  const std::string rest =
      "engines = [\"native\"]\n[[service]]\nnative = [\"/bin/true\"]\n[[load]]\npath = \"/\"\nplaces = [\"bare\"]\n";
  EXPECT_EQ(error_of("places = [\"bare\", \"docker\"]\n" + rest), "p.toml: no [[load]] is for the place 'docker'");
  EXPECT_EQ(error_of("places = [\"docker\"]\n" + rest),
            "p.toml: line 5: the load of / is for 'bare', which is no place of the plan");
}

TEST(Plan, RefusesValuesThatCannotBeMeant) {
  EXPECT_EQ(error_of("blocks = 0\n"), "p.toml: line 1: blocks must be a whole number from 1 to 1000");
  EXPECT_EQ(error_of("blocks = \"3\"\n"), "p.toml: line 1: blocks must be a whole number from 1 to 1000");
  EXPECT_EQ(error_of("margin = \"3\"\n"), "p.toml: line 1: margin must be a share such as \"3%\"");
  EXPECT_EQ(error_of("duration = \"1ms\"\n"), "p.toml: line 1: duration is shorter than 100 ms");
  EXPECT_EQ(error_of("engines = \"native\"\n"),
            "p.toml: line 1: engines must be a list of texts: [\"PROGRAM\", \"ARGUMENT\"]");
  EXPECT_EQ(error_of("engines = [\"native\", \"native?\"]\n"), "p.toml: line 1: engines has 'native' twice");
  EXPECT_EQ(error_of("[[load]]\npath = \"heavy\"\n"), "p.toml: line 1: the path 'heavy' does not begin with /");
  EXPECT_EQ(error_of("[service]\nname = \"a\"\n"), "p.toml: line 1: service is written as [[service]]");
}

TEST(Plan, RefusesWhatIsNotEnough) {
  EXPECT_EQ(error_of(""), "p.toml: the plan has no [[service]]");
  EXPECT_EQ(error_of("[[service]]\nname = \"a\"\n"),
            "p.toml: line 1: the service 'a' has neither native = [...] nor module = \"FILE.wasm\"");
  EXPECT_EQ(error_of("[[service]]\nnative = [\"a\"]\n"), "p.toml: the plan has no [[load]]");
  EXPECT_NE(error_of("[[service]]\nnative = [\"a\"]\n[[load]]\n").find("neither engines nor a [[variant]]"),
            std::string::npos);
}

TEST(Plan, TellsWhereItIsNoToml) {
  EXPECT_EQ(error_of("blocks = 3\nduration = \n").find("p.toml: line 2: it is no TOML: "), 0U)
      << error_of("duration = \n");
}

TEST(Plan, ThatCannotBeReadIsNamed) {
  const auto plan = read_plan("/nonexistent/plan.toml");
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error(), "/nonexistent/plan.toml: it cannot be read: No such file or directory");
}

TEST(Fingerprint, ChangesWithWhatIsMeasuredButNotWithTheSeed) {
  Plan plan = default_plan("/b/bin");
  const std::string before = fingerprint(plan);
  plan.seed = 5;
  EXPECT_EQ(fingerprint(plan), before);
  plan.loads.front().connections = 9;
  EXPECT_NE(fingerprint(plan), before);
}

}  // namespace
}  // namespace shallop::compare
