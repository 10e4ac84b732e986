// SPDX-License-Identifier: Apache-2.0
#include "oci/operator_configuration.hpp"

#include <gtest/gtest.h>

#include "oci/settings.hpp"

namespace shallop::oci {
namespace {

std::string error_of(std::string_view text) {
  const auto configuration = parse_operator_configuration(text);
  return configuration ? "" : configuration.error().sentence;
}

TEST(OperatorConfiguration, IsRead) {
  const auto configuration = parse_operator_configuration(R"({
    "runtimes": ["crun"], "runner": "/r", "compiler": "/c", "native_store": "", "allow_native": true,
    "native_store_mib": 64, "compiler_user": 990, "exec_programs": true,
    "listen": ["127.0.0.1:8000-8999"],
    "container_settings": ["mode"]})");
  ASSERT_TRUE(configuration) << configuration.error().sentence;
  EXPECT_EQ(configuration->runtimes, std::vector<std::string>{"crun"});
  EXPECT_EQ(configuration->runner, "/r");
  EXPECT_EQ(configuration->native_store, "");
  EXPECT_TRUE(configuration->allow_native);
  EXPECT_EQ(configuration->native_store_mib, 64U);
  EXPECT_EQ(configuration->compiler_user, 990U);
  EXPECT_TRUE(configuration->exec_programs);
  EXPECT_EQ(configuration->listen, std::vector<std::string>{"127.0.0.1:8000-8999"});
}

TEST(OperatorConfiguration, TrustsNobodyUnlessItSaysSo) {
  const OperatorConfiguration configuration;
  EXPECT_FALSE(configuration.allow_native);
  EXPECT_FALSE(configuration.exec_programs);
  EXPECT_TRUE(configuration.listen.empty());
  EXPECT_TRUE(read_operator_configuration("/nosuch/oci.json"));
}

TEST(OperatorConfiguration, TellsWhatIsWrong) {
  EXPECT_EQ(error_of("[]"), "it is no JSON object");
  EXPECT_EQ(error_of(R"({"runer": "/r"})"), "there is no member 'runer'");
  EXPECT_EQ(error_of(R"({"runner": "r"})"), "'runner' is 'r', which is no absolute path");
  EXPECT_EQ(error_of(R"({"runtimes": [1]})"), "'runtimes' is no array of strings");
  EXPECT_EQ(error_of(R"({"allow_native": 1})"), "'allow_native' is neither true nor false");
  EXPECT_EQ(error_of(R"({"listen": ["80"]})"), "'listen' has '80', which is neither ADDR:PORT nor ADDR:FIRST-LAST");
  EXPECT_EQ(error_of(R"({"compiler_user": 0})"), "'compiler_user' is no number from 1 to 4294967294");
  EXPECT_EQ(error_of(R"({"native_store_mib": "1"})"), "'native_store_mib' is no number from 1 to 1099511627776");
  EXPECT_NE(error_of("{").find("it is no JSON"), std::string::npos);
  EXPECT_EQ(error_of(std::string(1'000, '[')), "it is nested more than 100 levels deep");
}

// For the containers that were made by them.
TEST(OperatorConfiguration, NamesItsRuntimesWhateverIsWrong) {
  const auto runtimes_of = [](std::string_view text) {
    const auto configuration = parse_operator_configuration(text);
    return configuration ? std::vector<std::string>() : configuration.error().runtimes;
  };
  const std::vector<std::string> usual = OperatorConfiguration{}.runtimes;
  EXPECT_EQ(runtimes_of(R"({"typo": 1, "runtimes": ["/r", "crun"]})"), (std::vector<std::string>{"/r", "crun"}));
  EXPECT_EQ(runtimes_of(R"({"runtimes": ["/r", 1]})"), std::vector<std::string>{"/r"});
  for (const char* text : {"", "[]", R"({"runtimes": ["/r"])", R"({"runtimes": "/r"})", R"({"typo": 1})"}) {
    EXPECT_EQ(runtimes_of(text), usual) << text;
  }
}

Json config_with(std::vector<std::string> environment, Json annotations = Json::object()) {
  return {{"process", {{"env", std::move(environment)}}}, {"annotations", std::move(annotations)}};
}

TEST(Settings, ComeFromVariablesAndAnnotations) {
  const auto settings =
      read_settings(config_with({"SHALLOP_WORKERS=2", "SHALLOP_MODE=interp", "SHALLOP_MODE=aot", "SHALLOP_GRACE="},
                                {{"dev.shallop.workers", "auto"}, {"dev.shallop.preopen", "mounts"}, {"other", 1}}),
                    {});
  ASSERT_TRUE(settings) << settings.error();
  EXPECT_EQ(settings->runner_options, (std::vector<std::string>{"--engine=native", "--workers=auto"}));
  EXPECT_TRUE(settings->only_mounts);
  EXPECT_TRUE(settings->wants_native);
}

TEST(Settings, AreIgnoredWhereTheOperatorDoesNotAllowThem) {
  OperatorConfiguration strict;
  strict.container_settings = {"grace"};
  const auto settings = read_settings(config_with({"SHALLOP_WORKERS=2", "SHALLOP_GRACE=1s"}), strict);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->runner_options, std::vector<std::string>{"--grace=1s"});
  EXPECT_EQ(settings->ignored, std::vector<std::string>{"SHALLOP_WORKERS"});
}

TEST(Settings, CannotBecomeOtherOptions) {
  for (const char* value : {"1 --allow-native", "a/b", "\n", "'", "1,2"}) {
    const auto settings = read_settings(config_with({std::string("SHALLOP_WORKERS=") + value}), {});
    EXPECT_FALSE(settings) << value;
  }
  const auto settings = read_settings(config_with({"SHALLOP_MODE=fast"}), {});
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error(), "SHALLOP_MODE: 'fast' cannot be meant: write auto, aot or interp");
}

// There is no such setting, whatever an image says.
TEST(Settings, DoNotTrustNativeCode) {
  const auto settings =
      read_settings(config_with({"SHALLOP_ALLOW_NATIVE=1"}, {{"dev.shallop.allow_native", "true"}}), {});
  ASSERT_TRUE(settings);
  EXPECT_TRUE(settings->runner_options.empty());
}

}  // namespace
}  // namespace shallop::oci
