// SPDX-License-Identifier: Apache-2.0
#include "oci/operator_configuration.hpp"

#include <gtest/gtest.h>

#include "oci/settings.hpp"

namespace shallop::oci {
namespace {

std::string error_of(std::string_view text) {
  const auto configuration = parse_operator_configuration(text);
  return configuration ? "" : configuration.error();
}

TEST(OperatorConfiguration, IsRead) {
  const auto configuration = parse_operator_configuration(R"({
    "runtimes": ["crun"], "runner": "/r", "compiler": "/c", "native_store": "", "allow_native": true,
    "container_settings": ["mode"]})");
  ASSERT_TRUE(configuration) << configuration.error();
  EXPECT_EQ(configuration->runtimes, std::vector<std::string>{"crun"});
  EXPECT_EQ(configuration->runner, "/r");
  EXPECT_EQ(configuration->native_store, "");
  EXPECT_TRUE(configuration->allow_native);
}

TEST(OperatorConfiguration, TrustsNobodyUnlessItSaysSo) {
  const OperatorConfiguration configuration;
  EXPECT_FALSE(configuration.allow_native);
  EXPECT_TRUE(read_operator_configuration("/nosuch/oci.json"));
}

TEST(OperatorConfiguration, TellsWhatIsWrong) {
  EXPECT_EQ(error_of("[]"), "it is no JSON object");
  EXPECT_EQ(error_of(R"({"runer": "/r"})"), "there is no member 'runer'");
  EXPECT_EQ(error_of(R"({"runner": "r"})"), "'runner' is 'r', which is no absolute path");
  EXPECT_EQ(error_of(R"({"runtimes": [1]})"), "'runtimes' is no array of strings");
  EXPECT_EQ(error_of(R"({"allow_native": 1})"), "'allow_native' is neither true nor false");
  EXPECT_NE(error_of("{").find("it is no JSON"), std::string::npos);
  EXPECT_EQ(error_of(std::string(1'000, '[')), "it is nested more than 100 levels deep");
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
