// SPDX-License-Identifier: Apache-2.0
#include "oci_image/service_image.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "unit/oci_image/tar_contents.hpp"

namespace shallop::oci_image {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(ServiceImage, NamesTheModuleAsItsFile) {
  EXPECT_EQ(module_path_of("build/http_service.wasm"), "/http_service.wasm");
  EXPECT_EQ(module_path_of("usr"), "/usr.wasm");
  EXPECT_EQ(module_path_of("-"), "/app.wasm");
  EXPECT_EQ(module_path_of("a b.wasm"), "/app.wasm");
  EXPECT_EQ(module_path_of("dir/.wasm"), "/app.wasm");
  EXPECT_EQ(module_path_of(std::string(120, 'x')), "/app.wasm");
}

TEST(ServiceImage, HoldsTheRunnerUnderTwoNames) {
  const auto entries = read_tar(runner_layer(bytes("runner"), 5)->tar);
  const TarEntry& runner = entry_at(entries, "usr/bin/shallop-run");
  EXPECT_EQ(runner.mode, S_IFREG | 0755U);
  EXPECT_EQ(runner.contents, "runner");
  EXPECT_EQ(entry_at(entries, "usr/bin/shallop").target, "shallop-run");
  for (const TarEntry& each : entries) EXPECT_EQ(each.user, 0) << each.path;
}

TEST(ServiceImage, HoldsTheModuleAndDirectoriesOfItsUser) {
  const auto entries = read_tar(
      module_layer({.path = "/a.wasm", .bytes = bytes("module")}, {"/var/lib/data", "/data"}, default_user, 0)->tar);
  std::vector<std::string> paths;
  for (const TarEntry& each : entries) paths.push_back(each.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"data/", "var/", "var/lib/", "var/lib/data/", "a.wasm"}));
  EXPECT_EQ(entry_at(entries, "a.wasm").mode, S_IFREG | 0644U);
  EXPECT_EQ(entry_at(entries, "a.wasm").user, 0) << "what runs is not to be changed by who runs it";
  EXPECT_EQ(entry_at(entries, "var/lib/data/").user, 65532);
  EXPECT_EQ(entry_at(entries, "var/lib/").user, 0);
}

TEST(ServiceImage, StartsTheModuleByTheRunner) {
  const Module module{.path = "/a.wasm", .bytes = {}};
  const Config config = config_with_runner({.environment = {"LEVEL=debug"}}, {"--net"}, module);
  EXPECT_EQ(config.entrypoint, (std::vector<std::string>{"/usr/bin/shallop-run", "--net", "/a.wasm"}));
  EXPECT_EQ(config.environment, (std::vector<std::string>{"PATH=/usr/bin", "LEVEL=debug"}));
  EXPECT_EQ(config_with_runner({.environment = {"PATH=/x"}}, {}, module).environment,
            (std::vector<std::string>{"PATH=/x"}));
  EXPECT_EQ(config_of_module_alone({}, module).entrypoint, (std::vector<std::string>{"/a.wasm"}));
}

}  // namespace
}  // namespace shallop::oci_image
