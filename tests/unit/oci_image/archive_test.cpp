// SPDX-License-Identifier: Apache-2.0
// The archive against the image specification, as its readers check it: every descriptor's digest and size.
#include "oci_image/archive.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "oci_image/service_image.hpp"
#include "unit/oci_image/tar_contents.hpp"

namespace shallop::oci_image {
namespace {

using Json = nlohmann::json;

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

Image image_for(std::string architecture) {
  const Module module{.path = "/a.wasm", .bytes = bytes("module")};
  const Config config{.command = {"8080"},
                      .environment = {"LEVEL=debug"},
                      .user = "65532:65532",
                      .exposed_ports = {"8080/tcp"},
                      .health_check = {"/usr/bin/shallop-run", "health", "8080"},
                      .labels = {{"org.opencontainers.image.title", "a"}}};
  return {.platform = {.os = "linux", .architecture = architecture},
          .config = config_with_runner(config, {"--net"}, module),
          .layers = {runner_layer(bytes("runner for " + architecture), 0), module_layer(module, {}, default_user, 0)}};
}

std::vector<std::byte> write(const std::vector<Image>& images, const std::vector<std::string>& names) {
  std::vector<ImageName> parsed;
  for (const std::string& each : names) parsed.push_back(*parse_image_name(each));
  return write_archive(images, parsed, 1'700'000'000);
}

class Layout {
 public:
  explicit Layout(std::span<const std::byte> archive) : entries_(read_tar(archive)) {}

  Json document(const std::string& path) const { return Json::parse(entry_at(entries_, path).contents); }
  const std::vector<TarEntry>& entries() const { return entries_; }

  // The contents that a descriptor is of, once its digest and its size have been compared with them.
  const std::string& follow(const Json& descriptor) const {
    const std::string digest = descriptor.at("digest");
    const std::string& contents = entry_at(entries_, "blobs/sha256/" + digest.substr(7)).contents;
    EXPECT_EQ(text_of(sha256(bytes(contents))), digest);
    EXPECT_EQ(contents.size(), descriptor.at("size").get<size_t>());
    reached_.insert(digest);
    return contents;
  }
  size_t reached() const { return reached_.size(); }
  size_t blobs() const {
    size_t count = 0;
    for (const TarEntry& each : entries_)
      count += each.path.starts_with("blobs/sha256/") && !each.path.ends_with('/') ? 1 : 0;
    return count;
  }

  // Follows a manifest down to its layers, and returns its configuration.
  Json check_manifest(const Json& descriptor) const {
    EXPECT_EQ(descriptor.at("mediaType"), "application/vnd.oci.image.manifest.v1+json");
    const Json manifest = Json::parse(follow(descriptor));
    EXPECT_EQ(manifest.at("schemaVersion"), 2);
    EXPECT_EQ(manifest.at("config").at("mediaType"), "application/vnd.oci.image.config.v1+json");
    const Json config = Json::parse(follow(manifest.at("config")));
    EXPECT_EQ(config.at("rootfs").at("diff_ids").size(), manifest.at("layers").size());
    for (size_t i = 0; i < manifest.at("layers").size(); ++i) {
      const Json& layer = manifest.at("layers")[i];
      EXPECT_EQ(layer.at("mediaType"), "application/vnd.oci.image.layer.v1.tar");
      EXPECT_EQ(Json(text_of(sha256(bytes(follow(layer))))), config.at("rootfs").at("diff_ids")[i]);
    }
    return config;
  }

 private:
  std::vector<TarEntry> entries_;
  mutable std::set<std::string> reached_;
};

TEST(Archive, IsALayoutWhoseDigestsAreRight) {
  const Layout layout(write({image_for("amd64")}, {"service:1"}));
  EXPECT_EQ(layout.document("oci-layout"), Json({{"imageLayoutVersion", "1.0.0"}}));
  const Json index = layout.document("index.json");
  ASSERT_EQ(index.at("manifests").size(), 1U);
  const Json& descriptor = index["manifests"][0];
  EXPECT_EQ(descriptor.at("annotations").at("io.containerd.image.name"), "docker.io/library/service:1");
  EXPECT_EQ(descriptor.at("annotations").at("org.opencontainers.image.ref.name"), "1");
  EXPECT_EQ(descriptor.at("platform"), Json({{"architecture", "amd64"}, {"os", "linux"}}));
  const Json config = layout.check_manifest(descriptor);
  EXPECT_EQ(layout.reached(), layout.blobs()) << "there are blobs that nothing leads to";
  EXPECT_EQ(config.at("created"), "2023-11-14T22:13:20Z");
  EXPECT_EQ(config.at("os"), "linux");
  EXPECT_EQ(config.at("architecture"), "amd64");
  EXPECT_EQ(config.at("history").size(), 2U);
}

TEST(Archive, SaysHowAContainerIsStarted) {
  const Layout layout(write({image_for("amd64")}, {"service"}));
  const Json config = layout.check_manifest(layout.document("index.json")["manifests"][0]).at("config");
  EXPECT_EQ(config.at("Entrypoint"), Json({"/usr/bin/shallop-run", "--net", "/a.wasm"}));
  EXPECT_EQ(config.at("Cmd"), Json::array({"8080"}));
  EXPECT_EQ(config.at("Env"), Json({"PATH=/usr/bin", "LEVEL=debug"}));
  EXPECT_EQ(config.at("User"), "65532:65532");
  EXPECT_EQ(config.at("ExposedPorts"), Json({{"8080/tcp", Json::object()}}));
  EXPECT_EQ(config.at("Labels"), Json({{"org.opencontainers.image.title", "a"}}));
  EXPECT_EQ(config.at("Healthcheck").at("Test"), Json({"CMD", "/usr/bin/shallop-run", "health", "8080"}));
}

TEST(Archive, IsWhatDockerSavesAsWell) {
  const Layout layout(write({image_for("amd64")}, {"service:1", "service:latest"}));
  const Json manifest = layout.document("manifest.json");
  ASSERT_EQ(manifest.size(), 1U);
  EXPECT_EQ(manifest[0].at("RepoTags"), Json({"service:1", "service:latest"}));
  const Json config = Json::parse(entry_at(layout.entries(), manifest[0].at("Config")).contents);
  for (size_t i = 0; i < 2; ++i) {
    const std::string& layer = entry_at(layout.entries(), manifest[0].at("Layers").at(i)).contents;
    EXPECT_EQ(Json(text_of(sha256(bytes(layer)))), config.at("rootfs").at("diff_ids").at(i));
  }
  EXPECT_EQ(layout.document("index.json").at("manifests").size(), 2U) << "one for each name";
}

TEST(Archive, HoldsSeveralPlatformsBehindOneName) {
  const Layout layout(write({image_for("amd64"), image_for("arm64")}, {"service"}));
  const Json index = layout.document("index.json");
  ASSERT_EQ(index.at("manifests").size(), 1U);
  EXPECT_EQ(index["manifests"][0].at("mediaType"), "application/vnd.oci.image.index.v1+json");
  const Json platforms = Json::parse(layout.follow(index["manifests"][0]));
  ASSERT_EQ(platforms.at("manifests").size(), 2U);
  for (const Json& each : platforms["manifests"]) {
    EXPECT_EQ(layout.check_manifest(each).at("architecture"), each.at("platform").at("architecture"));
  }
  EXPECT_EQ(layout.reached(), layout.blobs());
  EXPECT_EQ(layout.blobs(), 1U + 2U + 2U + 3U) << "index, manifests, configurations, two runners and one module";
  EXPECT_EQ(layout.document("manifest.json").size(), 1U);
}

TEST(Archive, HasTheSameBytesEachTime) {
  const auto archive = write({image_for("amd64"), image_for("arm64")}, {"service"});
  EXPECT_EQ(archive, write({image_for("amd64"), image_for("arm64")}, {"service"}));
  for (const TarEntry& each : Layout(archive).entries()) {
    EXPECT_EQ(each.time_s, 1'700'000'000) << each.path;
    EXPECT_EQ(each.user, 0) << each.path;
  }
}

}  // namespace
}  // namespace shallop::oci_image
